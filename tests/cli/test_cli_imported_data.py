"""Runs on data that a user brought, whose name may come to stand for other images."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from two_networks import invoke

import seedbed as sb
from seedbed.data.dataset import Dataset
from seedbed.data.sets.imported_set import save_imported
from seedbed.store import Workspace

NETWORK = "flatten linear(10)"


@pytest.fixture
def bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Imports the digits, some of them, under the name ``own``."""
    monkeypatch.setenv("SEEDBED_CACHE", str(tmp_path / "cache"))
    digits = sb.load_data("digits")

    def bring(tests: int, validation: int = 0) -> None:
        held = {
            "validation_images": digits.test_images[-validation:],
            "validation_labels": digits.test_labels[-validation:],
        }
        arrays = (digits.train_images, digits.train_labels, digits.test_images[:tests], digits.test_labels[:tests])
        save_imported(
            Dataset("own", *arrays, classes=digits.classes, source="a test", **(held if validation else {})),
            tmp_path / "cache",
        )

    return bring


def test_a_run_belongs_to_the_images_it_was_trained_on(bring: Callable[..., None], tmp_path: Path) -> None:
    words = ("train", NETWORK, "--data", "own", "--epochs", "1", "--workspace", tmp_path / "w")
    bring(tests=200)
    assert invoke(*words).exit_code == 0
    assert "already trained" in invoke(*words).stdout
    (key,) = Workspace(tmp_path / "w").ledger.all_keys()
    bring(tests=100)
    result = invoke("inspect", Path(key.file_name).stem, "--workspace", tmp_path / "w")
    assert result.exit_code == 2
    assert "was trained on images that 'own' had before it was imported anew" in result.stderr
    result = invoke(*words)
    assert result.exit_code == 0 and "already trained" not in result.stdout
    bring(tests=200)
    assert "already trained" in invoke(*words).stdout


def test_a_study_mixes_no_runs_on_other_images(bring: Callable[..., None], tmp_path: Path) -> None:
    study = f"""
name = "own"
title = "Own"
question = "Which?"
[defaults]
data = "own"
[full]
seeds = 1
epochs = 1
[quick]
seeds = 1
epochs = 1
[[variants]]
name = "one"
title = "One"
network = "{NETWORK}"
"""
    (tmp_path / "own.toml").write_text(study, encoding="utf-8")
    errors = []
    for tests, seeds in ((200, 1), (50, 2)):
        bring(tests)
        found = sb.Study.load(tmp_path / "own.toml").run(workspace=tmp_path / "w", seeds=seeds)
        errors.append(found.variants[0].errors)
    assert [len(some) for some in errors] == [1, 2]
    assert np.allclose(np.array(errors[1]) % 2, 0)


def test_a_sweep_judges_by_the_images_that_the_data_comes_with(bring: Callable[..., None], tmp_path: Path) -> None:
    bring(tests=100, validation=30)
    words = ("--data", "own", "--grid", "lr=0.1,0.01", "--epochs", "1", "--seeds", "1", "--final-seeds", "1")
    result = invoke("sweep", NETWORK, *words, "--workspace", tmp_path / "w")
    assert result.exit_code == 0, result.stderr
    assert "on 30 held-out images" in " ".join(result.stdout.split())
