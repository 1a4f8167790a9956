"""A recipe is read once: each text, its network, its preparation; its fingerprint needs nothing but itself."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import seedbed as sb
from seedbed import notation
from seedbed.cli.app import app
from seedbed.data import CATALOGUE, load_data
from seedbed.data.preparation.preparation import Preparation
from seedbed.errors import NetworkError
from seedbed.network import Conv2d, Flatten, Linear, Network, ReLU
from seedbed.network import network as network_module
from seedbed.training import Recipe

TEXTS = {
    "network": "conv2d(2, 3) relu flatten linear(10)",
    "optimizer": "sgd(0.1)",
    "schedule": "warmup(1) cosine",
    "weight_decay": "l2(0.1, of=linear1)",
    "input": "pad(1) standardize",
    "augment": "shift(1)",
    "init": "he_uniform constant(0.1, of=bias)",
    "loss": "cross_entropy(label_smoothing=0.1)",
}


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """What is read and built from here on."""
    found: dict[str, list[Any]] = {"texts": [], "networks": [], "preparations": []}
    parse_calls = notation.parse_calls

    def parse(text: str) -> list[notation.Call]:
        found["texts"].append(text)
        return parse_calls(text)

    for module in (notation, network_module):
        monkeypatch.setattr(module, "parse_calls", parse)
    for made_of, name in ((Network, "networks"), (Preparation, "preparations")):
        init = made_of.__init__

        def counting(self: Any, *values: Any, init: Any = init, name: str = name, **named: Any) -> None:
            found[name].append(self)
            init(self, *values, **named)

        monkeypatch.setattr(made_of, "__init__", counting)
    return found


def test_a_run_reads_each_text_once(counted: dict[str, list[Any]]) -> None:
    settings = {name: text for name, text in TEXTS.items() if name != "network"}
    sb.train(TEXTS["network"], "digits", epochs=2, progress=False, **settings)
    assert sorted(counted["texts"]) == sorted(TEXTS.values())
    assert (len(counted["networks"]), len(counted["preparations"])) == (1, 1)


def test_objects_are_not_read_at_all(counted: dict[str, list[Any]]) -> None:
    layers = [Conv2d(2, 3), ReLU(), Flatten(), Linear(10)]
    sb.train(layers, "digits", epochs=1, optimizer=sb.SGD(lr=0.1), progress=False)
    assert sorted(counted["texts"]) == ["", "", "constant", "lecun_uniform", "standardize"]


def test_the_command_reads_each_text_once(counted: dict[str, list[Any]], tmp_path: Path) -> None:
    words = [f"--{name.replace('_', '-')}={text}" for name, text in TEXTS.items() if name != "network"]
    place = ["--workspace", str(tmp_path)]
    result = CliRunner().invoke(app, ["train", TEXTS["network"], "--data", "digits", "--epochs", "2", *words, *place])
    assert result.exit_code == 0, result.output
    assert sorted(counted["texts"]) == sorted(TEXTS.values())
    assert (len(counted["networks"]), len(counted["preparations"])) == (1, 1)


def test_a_list_of_layers_is_a_network() -> None:
    layers = [Conv2d(2, 3), ReLU(), Flatten(), Linear(10)]
    assert Recipe.make(layers, "digits") == Recipe.make("conv2d(2, 3) relu flatten linear(10)", "digits")
    with pytest.raises(NetworkError, match="number 2 of the list is 'relu'") as caught:
        Recipe.make([Conv2d(2, 3), "relu"], "digits")  # type: ignore[list-item]
    assert caught.value.field == "network"


def test_a_recipe_resolves_to_all_that_a_run_needs() -> None:
    dataset = load_data("digits")
    resolved = Recipe.make("mlp", "digits", schedule="cosine", input="pad(2) standardize").resolve(dataset, seed=7)
    assert resolved.plan.seed == 7
    assert resolved.plan.network.input_shape == resolved.preparation.image_shape == (1, 12, 12)
    assert str(resolved.schedule) == "cosine"
    assert set(resolved.first_state()) == set(resolved.plan.network.parameter_shapes)


@pytest.mark.parametrize(
    ("arguments", "settings", "begin"),
    [
        (("lenet5",), {"optimizer": "sgd(0.02)", "schedule": "constant"}, "a94f6e477a640640"),
        (
            ("softmax", "digits"),
            {
                "optimizer": "adam(0.002, weight_decay=0.0001)",
                "schedule": "warmup(1) cosine",
                "augment": "shift(1) brightness(20)",
                "init": "he_uniform constant(0.1, of=bias)",
                "average": 0.9,
                "clip_norm": 1,
                "validation": 10,
                "patience": 2,
                "epochs": 5,
                "batch_size": 7,
            },
            "a2c417fe2c938317",
        ),
        (
            ("  flatten\n linear(10) sigmoid", "spiral(noise=0.1)"),
            {"weight_decay": "l2(0.1, of=linear1)"},
            "17eee5919f521e67",
        ),
        (
            (Network([Flatten(), Linear(10)], (1, 8, 8)), "digits"),
            {"optimizer": sb.SGD(lr=1), "input": ""},
            "e0286247a7656941",
        ),
    ],
)
def test_fingerprints_are_those_of_the_first_version(arguments: Any, settings: Any, begin: str) -> None:
    assert Recipe.make(*arguments, **settings).fingerprint.startswith(begin)


def test_imported_data_is_part_of_a_recipe_once_it_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDBED_CACHE", str(tmp_path))
    monkeypatch.delenv("SEEDBED_DATA", raising=False)
    versions = []
    for seed in (0, 1):
        images = np.random.default_rng(seed).integers(0, 256, (40, 8, 8), dtype=np.uint8)
        np.savez(tmp_path / "own.npz", train_images=images, train_labels=np.arange(40) % 4)
        sb.import_data(tmp_path / "own.npz", name="own", replace=True)
        versions.append(Recipe.make("flatten linear(4)", "own"))
    old, new = versions
    assert old.data_version and old.data_version != new.data_version
    assert old.fingerprint != new.fingerprint
    # As the first version computed it, from what lay on the disk.
    plain = {name: value for name, value in new.to_dict().items() if name != "data_version"}
    assert Recipe.load(plain) == new == Recipe.load(new.to_dict())
    assert Recipe.load(old.to_dict()) == old

    def no_disk(*arguments: object) -> None:
        raise AssertionError("the disk is read")

    monkeypatch.setattr(type(CATALOGUE), "find", no_disk)
    assert (old.fingerprint, new.fingerprint) == tuple(recipe.fingerprint for recipe in versions)
