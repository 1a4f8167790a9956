"""One copy of the data for all workers: what is lent is what was split, shared and read-only, and gone in the end."""

from pathlib import Path

import numpy as np
import pytest

from seedbed.data import load_data
from seedbed.data.dataset import ARRAYS
from seedbed.errors import StoreError
from seedbed.store import RunEntry, Workspace
from seedbed.study import Study, Watcher
from seedbed.study.lending import borrow, lending
from seedbed.study.plan import Job
from seedbed.training import Recipe


def recipe(validation: int = 0) -> Recipe:
    return Recipe.make("softmax", "digits", validation=validation)


@pytest.mark.parametrize("validation", [0, 100])
def test_what_is_borrowed_is_what_was_lent(validation: int, tmp_path: Path) -> None:
    mine = recipe(validation)
    dataset = mine.split(load_data("digits"))
    with lending(tmp_path) as lent:
        lent.lend(mine, dataset)
        found = borrow(lent.folder(mine))
        for name in ARRAYS:
            np.testing.assert_array_equal(getattr(found, name), getattr(dataset, name))
            assert not getattr(found, name).flags.writeable
        assert (found.name, found.classes, found.sha256, found.source) == (
            dataset.name,
            dataset.classes,
            dataset.sha256,
            dataset.source,
        )
    assert list(tmp_path.iterdir()) == []


def test_borrowed_arrays_are_maps_of_their_files(tmp_path: Path) -> None:
    mine = recipe()
    with lending(tmp_path) as lent:
        lent.lend(mine, load_data("digits"))
        base = borrow(lent.folder(mine)).train_images
        while isinstance(base.base, np.ndarray):
            base = base.base
        assert isinstance(base, np.memmap)
        assert base.filename == lent.folder(mine) / "train_images.npy"


def test_recipes_share_data_unless_they_hold_out_different_images(tmp_path: Path) -> None:
    with lending(tmp_path) as lent:
        assert lent.folder(recipe(10)) == lent.folder(Recipe.make("mlp", "digits", validation=10))
        assert lent.folder(recipe(10)) != lent.folder(recipe(11))


def test_what_a_killed_study_left_is_cleared_away(tmp_path: Path) -> None:
    left = tmp_path / "lent-123" / "abc-0"
    left.mkdir(parents=True)
    (left / "train_images.npy").write_bytes(b"half of a fi")
    other = tmp_path / "0123-0-native.safetensors"
    other.write_bytes(b"a checkpoint")
    with lending(tmp_path):
        assert list(tmp_path.iterdir()) == [other]


def test_data_that_is_not_there_any_more_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"data of the study in .*nowhere' cannot be read: .*No such file"):
        borrow(tmp_path / "nowhere")


def test_data_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "staging").write_bytes(b"")
    with (
        pytest.raises(StoreError, match=r"data 'digits' cannot be written to .* Make room on the disk"),
        lending(tmp_path / "staging") as lent,
    ):
        lent.lend(recipe(), load_data("digits"))


def test_a_study_lends_while_it_runs_and_leaves_nothing(tiny: Path, tmp_path: Path) -> None:
    seen: list[int] = []

    class Looker(Watcher):
        def finished(self, core: int, job: Job, entry: RunEntry, test_error: float | None) -> None:
            seen.append(len(list(staging.glob("lent-*/*/train_images.npy"))))

    staging = Workspace(tmp_path / "w").staging
    Study.load(tiny).run(quick=True, seeds=1, workspace=tmp_path / "w", watch=Looker())
    assert seen == [1, 1]
    assert list(staging.iterdir()) == []
