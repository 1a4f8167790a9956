"""One copy of the data for all workers: mapped is what was published, read-only, and gone in the end."""

from pathlib import Path

import numpy as np
import pytest

from seedbed.data import Dataset, load_data
from seedbed.data.dataset import ARRAYS
from seedbed.errors import StoreError
from seedbed.runner.job import Job
from seedbed.runner.shared_data import map_dataset, sharing
from seedbed.store import RunEntry, Workspace
from seedbed.study import Study, Watcher


def names_of(dataset: Dataset) -> tuple[object, ...]:
    return dataset.name, dataset.classes, dataset.sha256, dataset.source


@pytest.mark.parametrize("validation", [0, 100])
def test_what_is_mapped_is_what_was_published(validation: int, tmp_path: Path) -> None:
    dataset = load_data("digits").split(validation)
    with sharing(tmp_path) as shared:
        found = map_dataset(shared.folder / shared.publish(dataset))
        for name in ARRAYS:
            np.testing.assert_array_equal(getattr(found, name), getattr(dataset, name))
            assert not getattr(found, name).flags.writeable
        assert names_of(found) == names_of(dataset)
    assert list(tmp_path.iterdir()) == []


def test_mapped_arrays_are_maps_of_their_files(tmp_path: Path) -> None:
    with sharing(tmp_path) as shared:
        folder = shared.folder / shared.publish(load_data("digits"))
        base = map_dataset(folder).train_images
        while isinstance(base.base, np.ndarray):
            base = base.base
        assert isinstance(base, np.memmap)
        assert base.filename == folder / "train_images.npy"


def test_data_sets_have_one_name_unless_they_hold_out_different_images(tmp_path: Path) -> None:
    digits = load_data("digits")
    with sharing(tmp_path) as shared:
        assert shared.publish(digits.split(10)) == shared.publish(digits.split(10))
        assert shared.publish(digits.split(10)) != shared.publish(digits.split(11))
        assert len(list(shared.folder.iterdir())) == 2


@pytest.mark.parametrize("name", ["lent-123", "shared-0123456789ab"])
def test_what_a_killed_process_left_is_cleared_away(name: str, tmp_path: Path) -> None:
    left = tmp_path / name / "abc-0"
    left.mkdir(parents=True)
    (left / "train_images.npy").write_bytes(b"half of a fi")
    (tmp_path / f"{name}.lock").write_bytes(b"process 4711 on laptop")
    other = tmp_path / "0123-0-native.safetensors"
    other.write_bytes(b"a checkpoint")
    with sharing(tmp_path):
        assert [path for path in tmp_path.iterdir() if path.suffix != ".lock"] == [other]
    assert list(tmp_path.iterdir()) == [other]


def test_what_another_process_shares_stays(tmp_path: Path) -> None:
    with sharing(tmp_path) as shared:
        name = shared.publish(load_data("digits"))
        with sharing(tmp_path):
            pass
        assert map_dataset(shared.folder / name).name == "digits"


def test_data_that_is_not_there_any_more_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"shared data in .*nowhere' cannot be read: .*No such file"):
        map_dataset(tmp_path / "nowhere")


def test_data_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with sharing(tmp_path) as shared:
        shared.folder.write_bytes(b"")
        with pytest.raises(StoreError, match=r"data 'digits' cannot be written to .* Make room on the disk"):
            shared.publish(load_data("digits"))
        shared.folder.unlink()


def test_a_study_shares_while_it_runs_and_leaves_nothing(tiny: Path, tmp_path: Path) -> None:
    seen: list[int] = []

    class Looker(Watcher):
        def finished(self, worker: int, job: Job, entry: RunEntry, test_error: float | None) -> None:
            seen.append(len(list(staging.glob("shared-*/*/train_images.npy"))))

    staging = Workspace(tmp_path / "w").staging
    Study.load(tiny).run(quick=True, seeds=1, workspace=tmp_path / "w", watch=Looker())
    assert seen == [1, 1]
    assert list(staging.iterdir()) == []
