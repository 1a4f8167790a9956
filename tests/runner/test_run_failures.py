"""Sentences about runs without a result, as the program really writes them, in both languages."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from seedbed.language import speaking
from seedbed.runner.failures import (
    ErrorRaised,
    FileDamaged,
    FileReplaced,
    GivenUp,
    OutOfMemory,
    Reason,
    RunFailure,
    WorkerExited,
    WorkerKilled,
)
from seedbed.store import Workspace
from seedbed.study import Study

ENGLISH = re.compile(r"[A-Za-z]+ [A-Za-z]+")


def in_korean(failure: RunFailure) -> str:
    with speaking("ko"):
        return failure.text


@pytest.mark.parametrize(
    ("reason", "english", "korean"),
    [
        (
            GivenUp(WorkerKilled("SIGSEGV"), 3),
            "its process was killed (SIGSEGV), 3 times; given up",
            "프로세스가 강제로 종료됨(SIGSEGV), 3번 되풀이되어 포기함",
        ),
        (
            GivenUp(WorkerKilled("SIGKILL"), 3),
            "its process was killed (SIGKILL, perhaps because memory ran out), 3 times; given up",
            "프로세스가 강제로 종료됨(SIGKILL, 메모리가 부족했을 수 있음), 3번 되풀이되어 포기함",
        ),
        (
            GivenUp(WorkerExited(3), 3),
            "its process ended with status 3, 3 times; given up",
            "프로세스가 상태 3으로 끝남, 3번 되풀이되어 포기함",
        ),
        (
            GivenUp(WorkerExited(1, "OSError: no"), 3),
            "its process ended with status 1: OSError: no, 3 times; given up",
            "프로세스가 “OSError: no”라는 메시지를 남기고 상태 1로 끝남, 3번 되풀이되어 포기함",
        ),
        (
            GivenUp(FileReplaced(), 3),
            "something else wrote to its file, 3 times; given up",
            "다른 프로그램이 이 실행의 기록 파일에 씀, 3번 되풀이되어 포기함",
        ),
        (OutOfMemory(), "not enough memory", "메모리 부족"),
        (ErrorRaised("relu2: unknown layer."), "relu2: unknown layer", "프로그램의 메시지 “relu2: unknown layer”"),
        (ErrorRaised("{x} of {"), "{x} of {", "프로그램의 메시지 “{x} of {”"),
    ],
)
def test_runs_that_were_given_up(reason: Reason, english: str, korean: str) -> None:
    failure = RunFailure("LeNet-5, seeds", 4, reason)
    assert in_korean(failure) == f"LeNet-5, seeds, 시드 4 실패: {korean}."
    assert failure.text == f"LeNet-5, seeds, seed 4 failed: {english}."
    winner = RunFailure("lr 0.1", 4, reason, is_winner=True)
    assert in_korean(winner) == f"최고 지점(lr 0.1), 시드 4 실패: {korean}."
    assert winner.text == f"winner (lr 0.1), seed 4 failed: {english}."


def spoil(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5] + b"wrong")


@pytest.mark.parametrize(
    ("harm", "expected"),
    [(Path.unlink, "실행 기록 파일이 없음"), (spoil, "SHA-256의 기댓값")],
    ids=["missing", "damaged"],
)
def test_runs_whose_file_is_damaged(harm: Callable[[Path], None], expected: str, tiny: Path, tmp_path: Path) -> None:
    study = Study.load(tiny)
    study.run(quick=True, seeds=1, workspace=tmp_path, jobs=1)
    harm(sorted(Workspace(tmp_path).path.glob("runs/*.safetensors"))[0])
    (failure,) = study.result(quick=True, seeds=1, workspace=tmp_path).failures
    assert isinstance(failure.reason, FileDamaged) and " is left out: run file '" in failure.text
    text = in_korean(failure)
    assert expected in text and text.endswith("실험을 다시 실행하면 새로 만듦.")
    assert ENGLISH.findall(re.sub(r"'.*?'|^.*?, 시드", "", text)) == []


def test_an_outcome_that_was_changed_in_the_ledger_drops_no_run_silently(tiny: Path, tmp_path: Path) -> None:
    study = Study.load(tiny)
    before = study.run(quick=True, seeds=2, workspace=tmp_path, jobs=1)
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as connection, connection:
        connection.execute("UPDATE runs SET outcome = 'diverged', outcome_step = 3 WHERE seed = '1'")
    failures = study.result(quick=True, seeds=2, workspace=tmp_path).failures
    assert len(failures) == 2 and all("ended as 'diverged'" in failure.text for failure in failures)
    assert "원장" in in_korean(failures[0])
    # It is put right from the files, whose runs have ended.
    again = study.run(quick=True, seeds=2, workspace=tmp_path, jobs=1)
    assert again.failures == ()
    assert [[run.test_error for run in variant.runs] for variant in again.variants] == [
        [run.test_error for run in variant.runs] for variant in before.variants
    ]
    assert [[run.outcome for run in variant.runs] for variant in again.variants] == [
        [run.outcome for run in variant.runs] for variant in before.variants
    ]
    assert not list(tmp_path.rglob("*.damaged"))
