"""One experiment in other forms: the command, the script and the study file give the lab's runs to the last bit."""

import ast
import json
import os
import shlex
import subprocess
import sys
import tomllib

import pytest

from seedbed.lab.configuration import Configuration
from seedbed.lab.forms import command, forms, python, study
from seedbed.training.checkpoint import load_run

SETTINGS = [
    {},
    {"first_seed": 5, "lr": 0.1},
    {"optimizer": "adam(0.001)", "schedule": "warmup(1) cosine", "augment": "shift(1)", "batch_size": 50},
    {"weight_decay": "l2(0.001)", "average": 0.9, "clip_norm": 2.0, "init": "he_normal", "loss": "hinge"},
    {"validation": 200, "patience": 1, "epochs": 4, "lr": 0.5},
]
HOSTILE = [
    "'); import os; os.abort() #",
    '"\n[full]\nseeds = 9\n"',
    "\\",
    '"""',
    "$(touch x)`touch x`;touch x",
    "a\nb\tc\x7f",
    "'",
    "한국어",
]


def errors(lab):
    """Test errors of each side's runs, by seed."""
    for run in lab.runs:
        while run.outcome is None:
            lab.advance(run, 1000)
    return {side: [run.tested[-1][1] for run in lab.of_side(side)] for side in lab.sides}


def run(words, folder):
    place = os.environ | {"SEEDBED_WORKSPACE": str(folder / "w")}
    done = subprocess.run(words, cwd=folder, env=place, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def entered(folder):
    """Test errors of all runs of the workspace, ascending."""
    return sorted(load_run(path)[0].history.result.test_error for path in (folder / "w" / "runs").glob("*.safetensors"))


def seedbed(words):
    assert words[0] == "seedbed"
    return [sys.executable, "-m", "seedbed.cli.app", *words[1:]]


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda one: "-".join(one) or "plain")
def test_the_script_gives_the_same_errors(experiment, tmp_path, settings):
    lab = experiment(**settings, b_lr=0.05)
    printed = run([sys.executable, "-c", python(lab)], tmp_path).splitlines()
    assert [ast.literal_eval(line) for line in printed[-2:]] == list(errors(lab).values())


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda one: "-".join(one) or "plain")
def test_the_command_gives_the_same_bits(experiment, tmp_path, settings):
    lab = experiment(seeds=1, **settings)
    run(seedbed(shlex.split(command(lab))), tmp_path)
    assert entered(tmp_path) == errors(lab)["a"]


@pytest.mark.parametrize(
    "settings", [one for one in SETTINGS if "first_seed" not in one], ids=lambda one: "-".join(one) or "plain"
)
def test_the_study_file_gives_the_same_errors(experiment, tmp_path, settings):
    lab = experiment(seeds=3, **settings, b_lr=0.05)
    (tmp_path / "experiment.toml").write_text(study(lab), "utf-8")
    run([*seedbed(shlex.split(command(lab))), "--no-report"], tmp_path)
    assert entered(tmp_path) == sorted(error for side in errors(lab).values() for error in side)


def test_the_address_is_the_configuration(experiment):
    lab = experiment(b_lr=0.05, first_seed=7)
    values = forms(lab).values
    assert Configuration.from_fragment(values["address"]) == lab.configuration
    json.dumps(values)


class Hostile:
    """An experiment whose texts nobody checked."""

    def __init__(self, lab, text):
        self.configuration = Configuration({"network": text, "data": text, "optimizer": text})
        self.sides = lab.sides
        values = {name: text if isinstance(value, str) else value for name, value in lab.recipes[0].to_dict().items()}
        self.recipes = [type("Recipe", (), {"to_dict": lambda self: dict(values), "epochs": 2})()]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_out_of_its_quotes(experiment, text):
    lab = Hostile(experiment(), text)
    words = shlex.split(command(lab))
    assert words[:3] == ["seedbed", "train", text]
    tree = ast.parse(python(lab))
    assert [type(one).__name__ for one in tree.body] == ["Import", "Assign", "Expr"]
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert texts == {text}
    (variant,) = tomllib.loads(study(lab))["variants"]
    assert variant["network"] == variant["data"] == text
    assert tomllib.loads(study(lab))["full"] == {"seeds": 3, "epochs": 2}
