"""Killed at a call that changes the disk, or told no by it, a command goes on and ends with the same bits.

Here at a few calls of each command; ``make scorecard-long`` tries each in turn.
"""

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_cases import CASES, copied, problem_of, told_wrong, what_counts
from command_server import CommandServer
from disk_calls import Action, can_count

pytestmark = pytest.mark.skipif(not can_count(), reason="needs Linux and a C compiler")

QUICK = [case for case in CASES if case.is_quick]
PARTS = 6
WAYS = [
    *((Action.KILL, 0), (Action.KILL_AFTER, 0), (Action.FAIL, errno.ENOSPC), (Action.FAIL_FROM_HERE, errno.EROFS)),
    *((Action.FAIL, errno.EIO), (Action.CLOCK_BACK, 0)),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandServer]:
    with CommandServer(tmp_path_factory.mktemp("server")) as one:
        yield one


@pytest.mark.parametrize("case", QUICK, ids=[case.name for case in QUICK])
def test_the_same_command_again_ends_with_the_same_bits(server: CommandServer, case) -> None:  # type: ignore[no-untyped-def]
    before, words = case.prepare(server)
    folder = copied(before, f"{case.name} undisturbed")
    calls = server.run(words, folder).calls
    expected = what_counts(folder)
    for number, (action, error) in enumerate(WAYS):
        at = 1 + (number * calls) // PARTS
        folder = copied(before, f"{case.name} {number}")
        ended = server.run(words, folder, action, at=at, error=error, clock_s=10**8)
        assert ended.status == -9 or told_wrong(ended) == "", (action, at, server.calls.what)
        again = server.run(words, folder)
        assert again.status == 0 or (case.may_be_done and again.status == 2), (action, at, again.err)
        assert problem_of(lambda folder=folder: what_counts(folder)) == "", (action, at)  # type: ignore[misc]
        assert what_counts(folder) == expected, (action, at)
        shutil.rmtree(folder)


@pytest.mark.parametrize("change", ["renamed", "removed"])
def test_a_workspace_that_goes_away_while_a_run_trains(server: CommandServer, change: str) -> None:
    case = next(case for case in CASES if case.name == "train")
    folder = server.work / change
    folder.mkdir()
    expected = server.work / f"{change} expected"
    expected.mkdir()
    server.run(case.words, expected)

    def meanwhile() -> None:
        (folder / "w").rename(folder / "moved")
        if change == "removed":
            shutil.rmtree(folder / "moved")

    ended = server.run(case.words, folder, Action.STOP, at=60, meanwhile=meanwhile)
    assert told_wrong(ended) == ""
    if change == "renamed":
        shutil.rmtree(folder / "w", ignore_errors=True)
        Path(folder / "moved").rename(folder / "w")
    assert server.run(case.words, folder).status == 0
    assert what_counts(folder) == what_counts(expected)
