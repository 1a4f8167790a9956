"""``seedbed export``, and ``train --save`` of another program's file."""

from pathlib import Path

import numpy as np
import pytest
from exported_answers import answers
from typer.testing import CliRunner, Result

import seedbed as sb
from seedbed.cli.app import app

TRAIN = ["train", "softmax", "--data", "digits", "--epochs", "1"]


def call(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_run_and_a_file_are_exported(place: Path) -> None:
    assert call(*TRAIN, "--save", "m.safetensors").exit_code == 0
    (run,) = (place / "seedbed-workspace" / "runs").glob("*.safetensors")
    images = sb.load_data("digits").test_images
    wanted = sb.Model.load(place / "m.safetensors").probabilities(images)
    done = call("export", run.stem[:8], "--to", "numpy")
    assert done.exit_code == 0, done.output
    assert f"{run.stem}.py" in done.stdout and "images: uint8, shape (n, 1, 8, 8)" in done.stdout
    np.testing.assert_allclose(answers("numpy", place / f"{run.stem}.py", images), wanted, atol=1e-6)
    done = call("export", "m.safetensors", "--to", "torch", "-o", "net.py")
    assert done.exit_code == 0 and "import net; net.load()" in done.stdout
    assert (place / "net.py").exists() and (place / "net.safetensors").exists()


def test_saving_as_onnx_means_export(place: Path) -> None:
    pytest.importorskip("onnxruntime")
    done = call(*TRAIN, "--save", "m.onnx")
    assert done.exit_code == 0 and "m.onnx" in done.stdout
    images = sb.load_data("digits").test_images
    wanted = sb.train("softmax", "digits", epochs=1, progress=False).model.probabilities(images)
    np.testing.assert_allclose(answers("onnx", place / "m.onnx", images), wanted, atol=1e-6)


def test_what_cannot_be_is_said_before_the_training(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seedbed.export.needing.find_spec", lambda name: None)
    done = call(*TRAIN, "--save", "m.onnx")
    assert done.exit_code == 2 and "needs the package onnx" in done.stderr
    done = call(*TRAIN, "--save", "m.py")
    assert done.exit_code == 2 and "models are written as safetensors files" in done.stderr
    assert not (place / "seedbed-workspace").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing.safetensors", "--to", "onnx"], "no such file"),
        (["0123", "--to", "onnx"], "no"),
        (["nothing.safetensors", "-o", "m.py"], "Say which: --to torch"),
        (["nothing.safetensors"], "expected one of onnx, torch, keras, numpy, safetensors"),
    ],
)
def test_wrong_input(words: list[str], said: str, place: Path) -> None:
    done = call("export", *words)
    assert done.exit_code == 2 and said in done.stderr
    assert "Traceback" not in done.output
