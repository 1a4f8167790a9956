"""Numbers that PyTorch has trained, in a network of ours."""

from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from typer.testing import CliRunner

import seedbed as sb
from seedbed.cli.app import app
from seedbed.errors import RecipeError, StoreError
from seedbed.training import Model

torch = pytest.importorskip("torch")
NETWORK = "conv2d(4, 3, padding=1) batchnorm relu maxpool2d(2) flatten linear(12) tanh linear(10)"


class Theirs(torch.nn.Module):
    """As PyTorch's users write it."""

    def __init__(self) -> None:
        super().__init__()
        self.features = torch.nn.Sequential(
            torch.nn.Conv2d(1, 4, 3, padding=1), torch.nn.BatchNorm2d(4), torch.nn.ReLU(), torch.nn.MaxPool2d(2)
        )
        self.hidden, self.head = torch.nn.Linear(64, 12), torch.nn.Linear(12, 10)

    def forward(self, input: Any) -> Any:
        return self.head(torch.tanh(self.hidden(self.features(input).flatten(1))))


@pytest.fixture(scope="module")
def theirs() -> Any:
    torch.manual_seed(0)
    model = Theirs()
    model(torch.rand(50, 1, 8, 8))  # moves the running statistics
    return model.eval()


def images() -> np.ndarray:
    return sb.load_data("digits").test_images


def assert_alike(model: Model, theirs: Any) -> None:
    with torch.no_grad():
        wanted = theirs(torch.from_numpy(images() / np.float32(255))).numpy()
    np.testing.assert_allclose(model.logits(images()), wanted, atol=1e-5)


def test_a_file_of_pytorch_is_read_by_its_order(theirs: Any, tmp_path: Path) -> None:
    torch.save(theirs.state_dict(), tmp_path / "w.pt")
    model = Model.from_state_dict(NETWORK, tmp_path / "w.pt", data="digits")
    assert_alike(model, theirs)
    assert model.classes == sb.load_data("digits").classes and model.appearance is not None
    torch.save({"epoch": 3, "state_dict": theirs.state_dict()}, tmp_path / "checkpoint.pth")
    assert_alike(Model.from_state_dict(f"input(1, 8, 8) {NETWORK}", tmp_path / "checkpoint.pth"), theirs)


def test_safetensors_are_read_by_name_number_or_word(theirs: Any, tmp_path: Path) -> None:
    path, arrays = tmp_path / "w.safetensors", {key: one.numpy() for key, one in theirs.state_dict().items()}
    safetensors.numpy.save_file(arrays, path)
    with pytest.raises(
        StoreError, match=r"a safetensors file has no order. Say which is which with layers.*'features.0'"
    ):
        Model.from_state_dict(NETWORK, path, data="digits")
    named = {"conv1": "features.0", "norm1": "features.1", "linear1": "hidden", "linear2": "head"}
    assert_alike(Model.from_state_dict(NETWORK, path, data="digits", layers=named), theirs)
    ours = {}
    for key, array in arrays.items():
        layer, _, name = key.rpartition(".")
        ours[f"{ {there: here for here, there in named.items()}[layer] }.{name}"] = array
    safetensors.numpy.save_file(ours, path)
    assert_alike(Model.from_state_dict(NETWORK, path, data="digits"), theirs)
    order = {"conv1": 0, "norm1": 1, "linear1": 9, "linear2": 11}
    numbered = {f"net.{order[key.split('.')[0]]}.{key.split('.')[1]}": array for key, array in ours.items()}
    safetensors.numpy.save_file(numbered, path)
    assert_alike(Model.from_state_dict(NETWORK, path, data="digits"), theirs)


def test_what_was_exported_comes_back(tmp_path: Path) -> None:
    text = "conv2d(6, 3) tanh conv2d(16, 3, table=lenet5) batchnorm(unbiased=false) flatten linear(84) rbf"
    model = sb.train(text, "digits", epochs=1, progress=False).model
    _, numbers = model.export(tmp_path / "net.py", "torch")
    again = Model.from_state_dict(text, numbers, input="standardize", data="digits")
    np.testing.assert_array_equal(again.logits(images()), model.logits(images()))
    torch.save(model.to_torch().state_dict(), tmp_path / "net.pt")
    again = Model.from_state_dict(text, tmp_path / "net.pt", input="standardize", data="digits")
    np.testing.assert_array_equal(again.logits(images()), model.logits(images()))


@pytest.mark.parametrize(
    ("network", "said"),
    [
        (
            "conv2d(4, 5, padding=2) batchnorm",
            r"conv2d 'conv1': weight: expected \(4, 1, 5, 5\), got \(4, 1, 3, 3\) from",
        ),
        (
            "conv2d(4, 3, padding=1, bias=false) batchnorm",
            r"conv2d 'conv1': bias: expected none, got \(4,\) from 'features.0.bias'",
        ),
        (
            "conv2d(4, 3, padding=1)",
            r"linear 'linear1': weight: expected \(12, 64\), got \(4,\) from 'features.1.weight'",
        ),
        ("conv2d(4, 3, padding=1) batchnorm batchnorm", r"norm 'norm2'|batchnorm 'norm2': weight: expected \(4,\)"),
    ],
)
def test_the_first_layer_that_differs_is_named(network: str, said: str, theirs: Any, tmp_path: Path) -> None:
    torch.save(theirs.state_dict(), tmp_path / "w.pt")
    with pytest.raises(StoreError, match=said):
        Model.from_state_dict(
            f"{network} relu maxpool2d(2) flatten linear(12) tanh linear(10)", tmp_path / "w.pt", data="digits"
        )


def test_more_or_fewer_layers_are_named(theirs: Any, tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    torch.save(theirs.state_dict(), path)
    with pytest.raises(StoreError, match=r"expected 5 layers with numbers, got 4: it has no 'linear3'"):
        Model.from_state_dict(f"{NETWORK} tanh linear(10)", path, data="digits")
    with pytest.raises(StoreError, match=r"expected 3 layers with numbers, got 4: it has 'head' too"):
        Model.from_state_dict(NETWORK.removesuffix(" tanh linear(10)"), path, data="digits")
    with pytest.raises(StoreError, match=r"layers: there is no layer 'conv7' with numbers. There are conv1"):
        Model.from_state_dict(NETWORK, path, data="digits", layers={"conv7": "head"})
    with pytest.raises(StoreError, match=r"layers: .*w.pt has no 'conv1' as 'front'. It has 'features.0'"):
        Model.from_state_dict(NETWORK, path, data="digits", layers={"conv1": "front"})


class Evil:
    """Runs a command when it is unpickled."""

    def __reduce__(self) -> Any:
        return (Path.touch, (Path("executed"),))


def test_nothing_in_a_file_is_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for content in (Evil(), {"conv1.weight": Evil()}, OrderedDict(a=Evil()), Theirs()):
        torch.save(content, "w.pt")
        with pytest.raises(StoreError, match="would run code when it is read"):
            Model.from_state_dict(NETWORK, "w.pt", data="digits")
    assert not Path("executed").exists()


@pytest.mark.parametrize("name", ["w.pt", "w.safetensors"])
@pytest.mark.parametrize("content", [b"", b"nothing of the kind", b"PK\x03\x04", b"\x80\x02}"])
def test_other_files_are_refused(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(StoreError, match=f"weights '.*{name}': expected"):
        Model.from_state_dict(NETWORK, tmp_path / name, data="digits")
    with pytest.raises(StoreError, match="no such file"):
        Model.from_state_dict(NETWORK, tmp_path / f"no-{name}", data="digits")


def test_other_values_than_tensors_and_numbers_are_refused(theirs: Any, tmp_path: Path) -> None:
    torch.save([1, 2], tmp_path / "w.pt")
    with pytest.raises(StoreError, match="expected a dict of tensors by name, got list"):
        Model.from_state_dict(NETWORK, tmp_path / "w.pt", data="digits")
    state = dict(theirs.state_dict())
    state["head.bias"] = torch.full((10,), torch.nan)
    torch.save(state, tmp_path / "w.pt")
    with pytest.raises(StoreError, match="linear 'linear2': bias: expected finite"):
        Model.from_state_dict(NETWORK, tmp_path / "w.pt", data="digits")


def test_input_steps_without_data(theirs: Any, tmp_path: Path) -> None:
    torch.save(theirs.state_dict(), tmp_path / "w.pt")
    text = f"input(1, 8, 8) {NETWORK}"
    model = Model.from_state_dict(text, tmp_path / "w.pt", input="standardize(0.1, 0.5)")
    with torch.no_grad():
        wanted = theirs(torch.from_numpy((images() / np.float32(255) - np.float32(0.1)) * np.float32(2))).numpy()
    np.testing.assert_allclose(model.logits(images()), wanted, atol=1e-5)
    for steps in ("standardize", "pca(3)", "pad(1)"):
        with pytest.raises(RecipeError, match=r"and there are none. Name the data"):
            Model.from_state_dict(text, tmp_path / "w.pt", input=steps)


def test_the_command(theirs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save(theirs.state_dict(), "w.pt")
    done = CliRunner().invoke(app, ["import-weights", NETWORK, "w.pt", "--data", "digits"])
    assert done.exit_code == 0, done.output
    model = Model.load("model.safetensors")
    assert_alike(model, theirs)
    wrong = int((model.predict(images()) != sb.load_data("digits").test_labels).sum())
    assert f"({wrong} of 360 images of digits)" in done.stdout
    done = CliRunner().invoke(app, ["import-weights", NETWORK, "w.pt", "--data", "digits", "--layer", "conv1"])
    assert done.exit_code == 2 and "expected OURS=THEIRS" in done.stderr
