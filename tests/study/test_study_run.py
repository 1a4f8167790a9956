import io
import math
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_study import TINY, written_out

from seedbed.errors import DataError, EngineError, StoreError, StudyError
from seedbed.runner import worker
from seedbed.runner.failures import FileDamaged
from seedbed.runner.job import Job
from seedbed.runner.local_pool import WorkerProcess
from seedbed.runner.messages import Task, encode
from seedbed.store import RunEntry, Workspace
from seedbed.study import Study, Watcher
from seedbed.study.run import run_study
from seedbed.training import Progress, Recipe

Bits = Callable[[Path], dict[str, str]]


class Diary(Watcher):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        self.lines.append(f"note {text}")

    def planned(self, total: int, missing: tuple[Job, ...]) -> None:
        self.lines.append(f"planned {total} {len(missing)}")

    def started(self, worker: int, job: Job, epoch: int) -> None:
        self.lines.append(f"started {job.name} {epoch}")

    def finished(self, worker: int, job: Job, entry: RunEntry, test_error: float | None) -> None:
        self.lines.append(f"finished {job.name} {entry.outcome.kind}")


@pytest.mark.parametrize(("seeds", "threads"), [(1, 4), (2, 2), (3, 1)])
def test_fewer_runs_than_cores_get_several_threads_each(
    tiny: Path, tmp_path: Path, seeds: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []

    def note(process: WorkerProcess, task: Task) -> None:
        given.append(task.threads)
        begin(process, task)

    begin = WorkerProcess.begin
    monkeypatch.setattr(WorkerProcess, "begin", note)
    monkeypatch.setattr("seedbed.runner.local_pool.usable_cores", lambda: 9)
    Study.load(tiny).run(quick=True, seeds=seeds, jobs=8, workspace=tmp_path / "w")
    assert given == [threads] * 2 * seeds


@pytest.mark.parametrize(("engine", "threads"), [("native", 3), ("torch", 1)])
def test_a_run_gets_threads_only_where_they_leave_no_trace(
    engine: str, threads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []

    def start(*arguments: Any) -> None:
        given.append(arguments[4])
        raise StudyError("enough")

    recipe = Recipe.make("flatten linear(10)", "digits").to_dict()
    task = Task("run", recipe, 0, engine, "data", 10.0, threads=3)
    monkeypatch.setattr(worker, "map_dataset", lambda folder: None)
    monkeypatch.setattr("seedbed.runner.driver.TrainingLoop", start)
    folders = worker.Folders(tmp_path, tmp_path, tmp_path)
    worker._Worker(folders, io.StringIO(encode(task)), io.StringIO()).work()
    assert given == [threads]


def test_runs_all_and_collects_the_same_later(tiny: Path, tmp_path: Path) -> None:
    diary = Diary()
    study = Study.load(tiny)
    result = study.run(quick=True, workspace=tmp_path / "w", watch=diary)
    assert diary.lines[0] == "planned 4 4"
    assert sorted(line for line in diary.lines if line.startswith("finished")) == [
        f"finished {title}, seed {seed} finished" for title in ("High rate", "Low rate") for seed in (0, 1)
    ]
    assert (result.name, result.size, result.failures) == ("tiny", "quick", ())
    assert [variant.name for variant in result.variants] == ["low", "high"]
    for variant in result.variants:
        assert [run.seed for run in variant.runs] == [0, 1]
        assert all(run.outcome.kind == "finished" and len(run.history.epochs) == 1 for run in variant.runs)
        assert all(run.engine.startswith("native (") and run.images_per_second > 0 for run in variant.runs)
        assert variant.parameter_count == 650
    assert result.variants[0].published is not None
    assert result.claims[0].difference == pytest.approx(
        sum(result.variants[0].errors) / 2 - sum(result.variants[1].errors) / 2
    )
    assert result.data_source.startswith("scikit-learn")
    assert {"processor", "cores", "operating system"} <= result.machine.keys()
    assert {"seedbed", "python", "numpy"} <= result.versions.keys()
    assert result.command == f"seedbed study run {tiny} --quick --workspace {tmp_path / 'w'}"
    assert written_out(study.result(quick=True, workspace=tmp_path / "w")) == written_out(result)
    assert repr(result) == "<StudyResult tiny, quick: variants=2, runs=4, claims=1>"
    assert repr(study) == f"<Study tiny: {study.definition.title}>"


def test_a_second_call_does_only_what_is_missing(tiny: Path, tmp_path: Path, workers: list[WorkerProcess]) -> None:
    study = Study.load(tiny)
    study.run(quick=True, seeds=1, workspace=tmp_path / "w")
    diary = Diary()
    study.run(quick=True, workspace=tmp_path / "w", watch=diary)
    assert diary.lines[0] == "planned 4 2"
    assert not [line for line in diary.lines if "seed 0" in line]
    started = len(workers)
    study.run(quick=True, workspace=tmp_path / "w", watch=diary)
    assert diary.lines[-1] == "planned 4 0"
    assert len(workers) == started


def test_the_number_of_workers_does_not_change_a_bit(tiny: Path, tmp_path: Path, run_bits: Bits) -> None:
    study = Study.load(tiny)
    study.run(workspace=tmp_path / "one", jobs=1)
    study.run(workspace=tmp_path / "three", jobs=3)
    assert run_bits(tmp_path / "one") == run_bits(tmp_path / "three")
    assert len(run_bits(tmp_path / "one")) == 6


def test_the_reference_engine_has_runs_of_its_own_with_nearly_the_same_errors(tiny: Path, tmp_path: Path) -> None:
    study = Study.load(tiny)
    native = study.run(quick=True, seeds=1, workspace=tmp_path / "w")
    reference = study.run(quick=True, seeds=1, workspace=tmp_path / "w", engine="reference")
    for one, other in zip(native.variants, reference.variants, strict=True):
        assert other.runs[0].engine.startswith("reference")
        assert one.runs[0].history.train_loss == pytest.approx(other.runs[0].history.train_loss, rel=1e-5)


def test_a_study_without_runs_has_a_result_too(tiny: Path, tmp_path: Path) -> None:
    result = Study.load(tiny).result(workspace=tmp_path / "w")
    assert [variant.runs for variant in result.variants] == [(), ()]
    assert result.claims[0].verdict == "undecided"


def test_diverged_runs_are_kept_and_not_done_again(tmp_path: Path) -> None:
    path = tmp_path / "wild.toml"
    path.write_text(TINY.replace("sgd(lr=0.2)", "sgd(lr=1e38)"), "utf-8")
    study = Study.load(path)
    result = study.run(quick=True, workspace=tmp_path / "w")
    wild = result.variants[1]
    assert [run.outcome.kind for run in wild.runs] == ["diverged", "diverged"]
    assert all("not finite at step" in run.outcome.text and math.isnan(run.test_error) for run in wild.runs)
    assert wild.errors == ()
    diary = Diary()
    study.run(quick=True, workspace=tmp_path / "w", watch=diary)
    assert diary.lines == ["planned 4 0"]


def test_a_damaged_run_is_left_out_of_results_and_done_again(tiny: Path, tmp_path: Path, run_bits: Bits) -> None:
    study = Study.load(tiny)
    study.run(quick=True, workspace=tmp_path / "w")
    before = run_bits(tmp_path / "w")
    path = sorted((tmp_path / "w" / "runs").iterdir())[0]
    path.write_bytes(path.read_bytes()[:-5] + b"wrong")
    (failure,) = study.result(quick=True, workspace=tmp_path / "w").failures
    assert isinstance(failure.reason, FileDamaged) and failure.reason.damage.kind == "changed"
    assert "is left out: run file" in failure.text
    assert "is damaged" in failure.text
    diary = Diary()
    assert study.run(quick=True, workspace=tmp_path / "w", watch=diary).failures == ()
    assert diary.lines[0] == "planned 4 1"
    assert "is damaged" in diary.lines[1] and diary.lines[1].endswith("; the run is done again.")
    assert path.with_name(f"{path.name}.damaged").read_bytes().endswith(b"wrong")
    assert run_bits(tmp_path / "w") == before


def test_a_lost_ledger_costs_no_run(tiny: Path, tmp_path: Path, run_bits: Bits) -> None:
    study = Study.load(tiny)
    study.run(quick=True, workspace=tmp_path / "w")
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "w" / "runs").iterdir()}
    bits = run_bits(tmp_path / "w")
    (tmp_path / "w" / "ledger.sqlite").write_bytes(b"garbage" * 1000)
    with pytest.raises(StoreError, match=r"is damaged: .*taken up from the folder"):
        study.run(quick=True, workspace=tmp_path / "w")
    (tmp_path / "w" / "ledger.sqlite").rename(tmp_path / "w" / "ledger.sqlite.damaged")
    diary = Diary()
    result = study.run(quick=True, workspace=tmp_path / "w", watch=diary)
    assert sum(line.endswith("seed 0 2") or line.endswith("seed 1 2") for line in diary.lines) == 4
    assert run_bits(tmp_path / "w") == bits
    assert before.keys() == run_bits(tmp_path / "w").keys()
    assert result.failures == ()


def test_a_damaged_checkpoint_is_set_aside_and_the_run_begins_anew(tiny: Path, tmp_path: Path) -> None:
    study = Study.load(tiny)
    workspace = Workspace(tmp_path / "w")
    study.run(quick=True, workspace=workspace.path)
    path = next(workspace.runs.iterdir())
    shutil.rmtree(workspace.path)
    workspace = Workspace(workspace.path)
    (workspace.staging / path.name).write_bytes(b"garbage")
    diary = Diary()
    study.run(quick=True, workspace=workspace.path, watch=diary)
    (note,) = [line for line in diary.lines if line.startswith("note")]
    assert "it is set aside and the run begins anew" in note
    assert (workspace.staging / f"{path.name}.damaged").read_bytes() == b"garbage"


def test_a_run_file_under_a_wrong_name_is_not_taken_for_another(tiny: Path, tmp_path: Path) -> None:
    study = Study.load(tiny)
    result = study.run(quick=True, workspace=tmp_path / "w")
    workspace = Workspace(tmp_path / "w")
    one, other = sorted(workspace.ledger.all_keys(), key=lambda key: (key.fingerprint, key.seed))[:2]
    workspace.run_file(one).write_bytes(workspace.run_file(other).read_bytes())
    entries = workspace.ledger.find(one), workspace.ledger.find(other)
    assert entries[0] is not None and entries[1] is not None
    workspace.ledger.add(replace(entries[0], sha256=entries[1].sha256))
    found = study.result(quick=True, workspace=tmp_path / "w")
    assert "belongs to another run" in found.failures[0].text
    assert sum(len(v.runs) for v in found.variants) == sum(len(v.runs) for v in result.variants) - 1


def test_wrong_arguments_and_unknown_things_are_told_before_anything_runs(
    tiny: Path, tmp_path: Path, workers: list[WorkerProcess]
) -> None:
    study = Study.load(tiny)
    with pytest.raises(StudyError, match="jobs: expected a whole number from 1 to 4096, got 0"):
        study.run(workspace=tmp_path / "w", jobs=0)
    with pytest.raises(EngineError, match="unknown engine 'abacus'"):
        study.run(workspace=tmp_path / "w", engine="abacus")
    with pytest.raises(EngineError, match="unknown engine 'abacus'"):
        study.result(workspace=tmp_path / "w", engine="abacus")
    tiny.write_text(TINY.replace('data = "digits"', 'data = "digit"'), "utf-8")
    with pytest.raises(DataError, match=r"unknown data set 'digit'\. Did you mean 'digits'"):
        Study.load(tiny).run(workspace=tmp_path / "w")
    assert not workers


def test_a_workspace_that_can_no_longer_be_written_ends_the_study(slow: Path, tmp_path: Path) -> None:
    class Saboteur(Watcher):
        def started(self, worker: int, job: Job, epoch: int) -> None:
            shutil.rmtree(tmp_path / "w" / "staging", ignore_errors=True)

    with pytest.raises(StoreError, match=r"staging/.* cannot be (written|read): .*No such file"):
        run_study(Study.load(slow).definition, Workspace(tmp_path / "w"), "quick", watch=Saboteur(), checkpoint_s=0.01)


def test_workers_do_not_run_the_script_that_started_them(tiny: Path, tmp_path: Path) -> None:
    # A script without a main guard must not run a second time in its workers.
    script = tmp_path / "script.py"
    script.write_text(
        "import seedbed as sb, sys\nprint('once')\n"
        "result = sb.Study.load(sys.argv[1]).run(quick=True, workspace=sys.argv[2])\nprint(len(result.variants))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script), str(tiny), str(tmp_path / "w")], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["once", "2"]


def test_progress_is_told_a_few_times_a_second(slow: Path, tmp_path: Path) -> None:
    told: dict[str, list[Progress]] = {}

    class Listener(Watcher):
        def progressed(self, worker: int, job: Job, progress: Progress) -> None:
            told.setdefault(job.name, []).append(progress)

    begun = time.monotonic()
    result = Study.load(slow).run(quick=True, workspace=tmp_path / "w", watch=Listener())
    most = (time.monotonic() - begun) / 0.2 + 1
    for variant in result.variants:
        heard = told[f"{variant.title}, seed 0"]
        assert 2 <= len(heard) <= most
        assert [progress.step for progress in heard] == sorted({progress.step for progress in heard})


def test_a_study_that_ends_between_a_run_file_and_its_entry_loses_nothing(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    study = Study.load(tiny)
    with monkeypatch.context() as patched:
        patched.setattr("seedbed.store.ledger.Ledger.add", die)
        with pytest.raises(KeyboardInterrupt):
            study.run(quick=True, seeds=1, jobs=1, workspace=tmp_path / "w")
    (path,) = (tmp_path / "w" / "runs").iterdir()
    content = path.read_bytes()
    diary = Diary()
    study.run(quick=True, seeds=1, jobs=1, workspace=tmp_path / "w", watch=diary)
    assert diary.lines[1].endswith("seed 0 2")
    assert path.read_bytes() == content
