"""Watching runs elsewhere: what observers are told, what is written, and that they cannot stop a run."""

import csv
import math
import struct
from pathlib import Path
from typing import Any

import pytest
from tiny_study import TINY
from typer.testing import CliRunner

import seedbed as sb
from seedbed.cli.app import app
from seedbed.errors import EngineError, StoreError
from seedbed.observers import CSV, MLflow, Observer, Parquet, TensorBoard, observer_named, observing

TRAIN: dict[str, Any] = {"epochs": 3, "seed": 4, "progress": False}


class Kept(Observer):
    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    def started(self, run: Any, epoch: int) -> None:
        self.told.append(("started", run.id, epoch))

    def epoch_ended(self, run: Any, record: Any) -> None:
        self.told.append(("epoch", run.id, record.epoch))

    def ended(self, run: Any, outcome: Any, test_error: float | None) -> None:
        self.told.append(("ended", run.id, str(outcome.kind), test_error))

    def close(self) -> None:
        self.told.append(("closed",))


def test_one_run_is_told_from_start_to_end(tmp_path: Path) -> None:
    seen, again = Kept(), Kept()
    run = sb.train("softmax", "digits", observers=[seen], workspace=tmp_path, **TRAIN)
    wanted = [
        ("started", run.id, 0),
        *(("epoch", run.id, epoch) for epoch in (1, 2, 3)),
        ("ended", run.id, "finished", run.test_error),
        ("closed",),
    ]
    assert seen.told == wanted
    assert sb.train("softmax", "digits", observers=[again], workspace=tmp_path, **TRAIN).was_there
    assert again.told == wanted


def test_an_observer_that_fails_stops_nothing(tmp_path: Path) -> None:
    class Broken(Kept):
        def epoch_ended(self, run: Any, record: Any) -> None:
            raise OSError("disk full")

    broken, seen = Broken(), Kept()
    run = sb.train("softmax", "digits", observers=[broken, seen], **TRAIN)
    assert run.outcome is not None and run.outcome.is_complete
    assert [each[0] for each in broken.told] == ["started"]
    assert [each[0] for each in seen.told] == ["started", "epoch", "epoch", "epoch", "ended", "closed"]


def test_runs_of_a_study_are_told(tmp_path: Path) -> None:
    seen = Kept()
    path = tmp_path / "tiny.toml"
    path.write_text(TINY, encoding="utf-8")
    with observing([seen]) as watcher:
        result = sb.Study.load(path).run(quick=True, jobs=2, workspace=tmp_path / "w", watch=watcher)
    runs = sum(len(variant.errors) for variant in result.variants)
    assert len({each[1] for each in seen.told if each[0] == "started"}) == runs
    assert sum(each[0] == "ended" for each in seen.told) == runs and seen.told[-1] == ("closed",)


def test_tables(tmp_path: Path) -> None:
    observers: list[Observer] = [CSV(tmp_path / "t" / "epochs.csv")]
    if _has("pyarrow"):
        observers.append(Parquet(tmp_path / "epochs.parquet"))
    runs = [sb.train("softmax", "digits", observers=observers, epochs=2, seed=seed, progress=False) for seed in (0, 1)]
    with (tmp_path / "t" / "epochs.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["run"], row["epoch"]) for row in rows] == [(run.id, str(epoch)) for run in runs for epoch in (1, 2)]
    assert float(rows[-1]["test_error"]) == runs[1].test_error and rows[0]["validation_error"] == ""
    pytest.importorskip("pyarrow")
    frame = pytest.importorskip("pandas").read_parquet(tmp_path / "epochs.parquet", engine="pyarrow")
    assert list(frame["test_error"]) == [float(row["test_error"]) for row in rows]
    assert frame["seed"].dtype.kind == "i" and all(math.isnan(value) for value in frame["validation_error"])


def scalars(path: Path) -> dict[tuple[str, int], float]:
    """By name and step, from the records of an event file: length, checksum, content, checksum."""
    from tensorboardX.proto.event_pb2 import Event

    found, content = {}, path.read_bytes()
    while content:
        (length,) = struct.unpack("<Q", content[:8])
        event = Event.FromString(content[12 : 12 + length])
        content = content[16 + length :]
        for value in event.summary.value:
            if value.HasField("simple_value"):
                found[value.tag, event.step] = value.simple_value
    return found


def test_event_files_of_tensorboard(tmp_path: Path) -> None:
    pytest.importorskip("tensorboardX")
    run = sb.train("softmax", "digits", observers=[TensorBoard(tmp_path)], **TRAIN)
    found: dict[tuple[str, int], float] = {}
    for path in (tmp_path / run.id).rglob("*tfevents*"):
        found |= scalars(path)
    for record in run.history.epochs:
        assert found["test_error", record.epoch] == pytest.approx(record.test_error, rel=1e-6)
        assert found["train_loss", record.epoch] == pytest.approx(record.train_loss, rel=1e-6)
    assert ("validation_error", 1) not in found
    assert any(name == "final/test_error" for name, _ in found)


@pytest.mark.filterwarnings("ignore")
def test_runs_in_mlflow(tmp_path: Path) -> None:
    mlflow = pytest.importorskip("mlflow")
    pytest.importorskip("alembic")
    place = f"sqlite:///{tmp_path}/runs.db"
    run = sb.train("softmax", "digits", observers=[MLflow(place, "mine")], **TRAIN)
    client = mlflow.tracking.MlflowClient(place)
    (found,) = client.search_runs([client.get_experiment_by_name("mine").experiment_id])
    assert found.info.status == "FINISHED" and found.data.tags["seedbed.run"] == run.id
    assert found.data.params["seed"] == "4" and found.data.params["data"] == "digits"
    steps = {one.step: one.value for one in client.get_metric_history(found.info.run_id, "test_error")}
    assert steps == {record.epoch: record.test_error for record in run.history.epochs}


def _has(package: str) -> bool:
    from importlib.util import find_spec

    return find_spec(package) is not None


def test_the_command_names_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["train", "softmax", "--data", "digits", "--epochs", "2", "--observe", "csv=e.csv"])
    assert done.exit_code == 0, done.output
    assert len((tmp_path / "e.csv").read_text(encoding="utf-8").splitlines()) == 3
    for text in ("wandb=x", "csv", "csv="):
        with pytest.raises(StoreError, match="expected tensorboard, mlflow, csv, parquet, then = and where to"):
            observer_named(text)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for package, made in (("tensorboardX", TensorBoard), ("mlflow", MLflow), ("pandas", Parquet)):
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(EngineError, match=rf"needs the package {package}.*pip install 'seedbed\["):
            made("x")
