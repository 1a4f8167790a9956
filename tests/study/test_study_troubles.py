"""Sentences about runs without a result, as the program really writes them, in both languages."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from seedbed.language import speaking
from seedbed.store import Workspace
from seedbed.study import Study
from seedbed.study.troubles import failure_text

ENGLISH = re.compile(r"[A-Za-z]+ [A-Za-z]+")


def in_korean(sentence: str) -> str:
    with speaking("ko"):
        return failure_text(sentence)


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (
            "its process was killed (SIGSEGV), 3 times; given up",
            "프로세스가 강제로 종료됨(SIGSEGV), 3번 되풀이되어 포기함",
        ),
        ("its process ended with status 3, 3 times; given up", "프로세스가 상태 3으로 끝남, 3번 되풀이되어 포기함"),
        (
            "its process ended with status 1: OSError: no, 3 times; given up",
            "프로세스가 “OSError: no”라는 메시지를 남기고 상태 1로 끝남, 3번 되풀이되어 포기함",
        ),
        (
            "something else wrote to its file, 3 times; given up",
            "다른 프로그램이 이 실행의 기록 파일에 씀, 3번 되풀이되어 포기함",
        ),
        ("not enough memory", "메모리 부족"),
        ("relu2: unknown layer", "프로그램의 메시지 “relu2: unknown layer”"),
    ],
)
def test_runs_that_were_given_up(reason: str, expected: str) -> None:
    sentence = f"LeNet-5, seeds, seed 4 failed: {reason}."
    assert in_korean(sentence) == f"LeNet-5, seeds, 시드 4 실패: {expected}."
    assert failure_text(sentence) == sentence
    assert in_korean(f"winner (lr 0.1), seed 4 failed: {reason}.") == f"최고 지점(lr 0.1), 시드 4 실패: {expected}."


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
    assert failure_text(failure) == failure
    text = in_korean(failure)
    assert expected in text and text.endswith("실험을 다시 실행하면 새로 만듦.")
    assert ENGLISH.findall(re.sub(r"'.*?'|^.*?, 시드", "", text)) == []


def test_other_sentences_stay() -> None:
    assert in_korean("Something else.") == "Something else."
