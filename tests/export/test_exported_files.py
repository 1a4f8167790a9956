"""Exported files: what they say of themselves, what cannot become code, and what is refused."""

import importlib.util
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from exported_answers import load_module

import seedbed as sb
from seedbed.errors import EngineError, StoreError
from seedbed.export import FORMS, SUFFIXES
from seedbed.training import Model

HOSTILE = ('"""', "'''\nraise SystemExit('run')\n", "\\", "{0}", "한글\u2028", "#", "7", "8", "9", "10")


@pytest.fixture(scope="module")
def model() -> Model:
    text = "conv2d(3, 3) batchnorm(unbiased=false) scaled_tanh flatten linear(10)"
    return sb.train(text, "digits", epochs=1, progress=False).model


@pytest.fixture(scope="module")
def hostile(model: Model) -> Model:
    return Model(model.network, model.state, model.input, classes=HOSTILE, provenance=model.provenance)


def test_onnx_says_what_it_is(hostile: Model, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    (path,) = hostile.export(tmp_path / "m.onnx")
    read = onnx.load(path)
    about = {one.key: json.loads(one.value) for one in read.metadata_props}
    assert about["classes"] == list(HOSTILE)
    assert about["seedbed"]["network"] == str(hostile.network)
    assert about["seedbed"]["provenance"]["data"] == "digits"
    assert [one.name for one in read.graph.input] == ["images"]
    assert read.opset_import[0].version == 17 and read.producer_name == "seedbed"
    names = [one.name for one in read.graph.initializer]
    assert len(set(names)) == len(names) and {"conv1.weight", "norm1.running_var", "linear1.bias"} <= set(names)


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning:keras")
def test_keras_says_what_it_is(hostile: Model, tmp_path: Path) -> None:
    pytest.importorskip("keras")
    (path,) = hostile.export(tmp_path / "m.keras")
    with zipfile.ZipFile(path) as file:
        about = json.loads(file.read("metadata.json"))
    assert about["classes"] == list(HOSTILE) and about["keras_version"]
    assert about["seedbed"]["provenance"]["recipe"]["epochs"] == 1


@pytest.mark.parametrize("form", ["numpy", "torch"])
def test_no_text_becomes_code(form: str, hostile: Model, tmp_path: Path) -> None:
    path = hostile.export(tmp_path / "m", form)[0]
    module = load_module(path)
    assert module.CLASSES == HOSTILE
    assert module.ABOUT.startswith("trained on digits, seed 0")
    path.read_text(encoding="utf-8").encode("utf-8")


def test_a_file_of_numpy_stands_alone(model: Model, tmp_path: Path) -> None:
    (path,) = model.export(tmp_path / "digits_net", "numpy")
    images = sb.load_data("digits").test_images[:5]
    np.save(tmp_path / "images.npy", images)
    # -I: neither the folder that the tests run in nor PYTHONPATH is searched.
    code = f"""
import runpy, sys
sys.modules["seedbed"] = sys.modules["torch"] = sys.modules["scipy"] = None
sys.argv = ["digits_net.py", {str(tmp_path / "images.npy")!r}]
runpy.run_path({str(path)!r}, run_name="__main__")"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == [model.classes[place] for place in model.predict(images)]
    lines = path.read_text(encoding="utf-8").splitlines()
    assert max(len(line) for line in lines if not line.startswith(("ABOUT", "CLASSES"))) <= 140


def test_code_for_pytorch_is_what_to_torch_gives(model: Model, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    path, numbers = model.export(tmp_path / "net.py", "torch")
    assert numbers == tmp_path / "net.safetensors"
    theirs = load_module(path).load()
    ours = model.to_torch()
    assert not theirs.training
    assert theirs.state_dict().keys() == ours.state_dict().keys() == safetensors.numpy.load_file(numbers).keys()
    images = torch.from_numpy(sb.load_data("digits").test_images.copy())
    with torch.no_grad():
        assert torch.equal(theirs(images), ours(images))
    theirs.train()
    torch.nn.functional.cross_entropy(theirs(images[:8]), torch.arange(8)).backward()
    assert all(parameter.grad is not None for parameter in theirs.parameters())
    # The biased variance of the batch enters, as in training here.
    batch = theirs.conv1(theirs.input(images[:8]))
    theirs.norm1.momentum = 1.0
    theirs.norm1(batch)
    assert torch.allclose(theirs.norm1.running_var, batch.var(dim=(0, 2, 3), correction=0))


def test_code_for_pytorch_is_written_without_it(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path / "m.safetensors")
    code = f"""
import sys
class WithoutTorch:
    def find_spec(self, name, path=None, target=None):
        if name == "torch": raise ModuleNotFoundError(name)
sys.meta_path.insert(0, WithoutTorch())
import seedbed as sb
sb.Model.load({str(tmp_path / "m.safetensors")!r}).export({str(tmp_path / "net.py")!r}, "torch")"""
    subprocess.run([sys.executable, "-c", code], check=True)
    assert (tmp_path / "net.py").exists()


def test_our_own_form_too(model: Model, tmp_path: Path) -> None:
    assert model.export(tmp_path / "m", "safetensors") == [tmp_path / "m.safetensors"]
    assert Model.load(tmp_path / "m.safetensors").classes == model.classes


@pytest.mark.parametrize("form", FORMS)
def test_a_missing_suffix_is_added_and_a_wrong_one_refused(form: str, model: Model, tmp_path: Path) -> None:
    with pytest.raises(
        StoreError, match=rf"expected the suffix '{SUFFIXES[form]}' for {form}. Say '.*m{SUFFIXES[form]}'"
    ):
        model.export(tmp_path / "m.txt", form)
    with pytest.raises(StoreError, match=r"there is no form 'tflite'. Known: onnx"):
        model.export(tmp_path / "m", "tflite")
    with pytest.raises(StoreError, match=r"'.py' is that of torch and numpy. Say which: --to torch"):
        model.export(tmp_path / "m.py")
    with pytest.raises(StoreError, match=r"got the suffix ''. Say which: --to onnx"):
        model.export(tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["onnx", "keras"])
def test_a_missing_package_is_named(form: str, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr("seedbed.export.needing.find_spec", lambda name: None if name == form else find(name))
    with pytest.raises(
        EngineError, match=rf"export to {form} needs the package {form}.*pip install 'seedbed\[{form}\]'"
    ):
        model.export(tmp_path / "m", form)


def test_parameters_that_are_not_finite_are_not_written(model: Model, tmp_path: Path) -> None:
    broken = Model(model.network, model.state, model.input)
    broken.state["linear1.bias"] = np.full(10, np.inf, np.float32)
    with pytest.raises(StoreError, match=r"'linear1.bias' is not finite"):
        broken.export(tmp_path / "m", "numpy")


def test_a_folder_that_cannot_be_is_said(model: Model, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written to folder"):
        model.export(tmp_path / "file" / "m.py", "numpy")
