"""Locks: one holder at a time, whose name is told, and nothing left of them, whatever ends him."""

import errno
import io
import os
import platform
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from seedbed.errors import StoreError
from seedbed.store import Ledger, LockedError, RunKey, Workspace
from seedbed.store.lock import holding

KEY, OTHER = RunKey("a" * 64, 3, "native"), RunKey("b" * 64, 3, "native")
ME = f"process {os.getpid()} on {platform.node()}"
HOLDER = """
import sys
from pathlib import Path
from seedbed.store.lock import holding
with holding(Path(sys.argv[1]), "it"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_elsewhere(path: Path) -> "Iterator[subprocess.Popen[str]]":
    """Held by another process while its input is open."""
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        yield process


def is_free(path: Path) -> bool:
    try:
        with holding(path, "it"):
            return True
    except LockedError:
        return False


def test_its_file_exists_only_while_it_is_held(tmp_path: Path) -> None:
    with holding(tmp_path / "lock", "it"):
        assert (tmp_path / "lock").read_text() == ME
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(RuntimeError), holding(tmp_path / "lock", "it"):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_second_holder_is_told_who_the_first_is(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path / "lock") as process:
        with (
            pytest.raises(
                LockedError, match=r"^run 'x' is in use by process \d+ on .*\. Wait until it is done"
            ) as told,
            holding(tmp_path / "lock", "run 'x'"),
        ):
            pass
        assert told.value.holder == f"process {process.pid} on {platform.node()}"
        assert (tmp_path / "lock").exists()
    assert is_free(tmp_path / "lock")
    assert list(tmp_path.iterdir()) == []


def test_it_vanishes_with_a_killed_process(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path / "lock") as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert (tmp_path / "lock").exists()
        assert is_free(tmp_path / "lock")
    assert list(tmp_path.iterdir()) == []


def test_whoever_waits_gets_it_when_it_is_free(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path / "lock") as process:
        assert process.stdin is not None
        threading.Timer(0.2, process.stdin.close).start()
        begun = time.monotonic()
        with holding(tmp_path / "lock", "it", patience_s=30):
            assert 0.1 < time.monotonic() - begun < 20


def test_threads_of_one_process_exclude_each_other(tmp_path: Path) -> None:
    inside, most = [0], [0]

    def work() -> None:
        for _ in range(20):
            with holding(tmp_path / "lock", "it", patience_s=60):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0.001)
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] and list(tmp_path.iterdir()) == []
    with holding(tmp_path / "lock", "it"):
        assert not is_free(tmp_path / "lock")


def test_a_file_that_was_taken_away_in_between_counts_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last holder unlinks it after it was opened, and before it was locked."""
    from seedbed.store import lock

    acquire, calls = lock._acquire, []

    def late(file: io.FileIO) -> None:
        if not calls:
            (tmp_path / "lock").unlink()
        calls.append(file)
        acquire(file)

    monkeypatch.setattr(lock, "_acquire", late)
    with holding(tmp_path / "lock", "it", patience_s=5):
        assert len(calls) == 2 and calls[0].closed
        assert (tmp_path / "lock").read_text() == ME


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSPC, errno.EIO, errno.EOPNOTSUPP, errno.EROFS])
@pytest.mark.parametrize("place", ["_acquire", "write"])
def test_a_disk_that_has_no_locks_or_no_room_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, place: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    if place == "write":
        monkeypatch.setattr("seedbed.store.lock.platform.node", fail)
    else:
        monkeypatch.setattr(f"seedbed.store.lock.{place}", fail)
    words = f"^it cannot be locked: '{tmp_path}/lock': {os.strerror(number)}"
    with pytest.raises(StoreError, match=words) as told, holding(tmp_path / "lock", "it"):
        pass
    assert not isinstance(told.value, LockedError)
    monkeypatch.undo()
    assert is_free(tmp_path / "lock")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(StoreError, match=r"it cannot be locked: .*No such file"),
        holding(tmp_path / "no" / "lock", "it"),
    ):
        pass


def test_one_holds_a_run_and_not_the_workspace(tmp_path: Path) -> None:
    words = f"run '{KEY.identity}' is in use by {ME}"
    with Workspace(tmp_path).hold(KEY), Workspace(tmp_path).hold(OTHER), pytest.raises(LockedError, match=words):
        Workspace(tmp_path).hold(KEY).__enter__()
    with Workspace(tmp_path).hold(KEY):
        pass
    assert list((tmp_path / "staging").iterdir()) == []


def test_an_error_inside_frees_the_run(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), Workspace(tmp_path).hold(KEY):
        raise RuntimeError
    with Workspace(tmp_path).hold(KEY):
        pass


def test_a_run_is_free_again_when_its_process_was_killed(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    with held_elsewhere(workspace.staging / f"{KEY.file_name}.lock") as process:
        with pytest.raises(LockedError, match=f"in use by process {process.pid} on"), workspace.hold(KEY):
            pass
        with workspace.hold(OTHER):
            pass
        process.kill()
        process.wait()
        with workspace.hold(KEY):
            pass


def test_whoever_writes_the_ledger_too_long_is_named(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger", patience_s=0.2)
    with held_elsewhere(tmp_path / "ledger.lock") as process:
        begun = time.monotonic()
        with pytest.raises(LockedError, match=f"^ledger '.*' is in use by process {process.pid} on"):
            ledger.remove(KEY)
        assert 0.2 <= time.monotonic() - begun < 10
        # Reading needs no lock.
        assert ledger.find(KEY) is None and ledger.all_keys() == set()
    ledger.remove(KEY)
    assert [path.name for path in tmp_path.iterdir()] == ["ledger"]


def test_many_processes_write_one_ledger(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from seedbed.store import Ledger, RunKey\n"
        "sys.path.insert(0, sys.argv[3])\n"
        "from test_ledger import ENTRY; from dataclasses import replace\n"
        "ledger = Ledger(Path(sys.argv[1]))\n"
        "for n in range(15): ledger.add(replace(ENTRY, key=RunKey(sys.argv[2] * 64, n, 'native')))"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "ledger")]
    with ExitStack() as stack:
        running = [
            stack.enter_context(subprocess.Popen([*command, name, str(Path(__file__).parent)])) for name in "abc"
        ]
        assert [process.wait(120) for process in running] == [0, 0, 0]
    found = Ledger(tmp_path / "ledger").all_keys()
    assert found == {RunKey(name * 64, n, "native") for name in "abc" for n in range(15)}


@pytest.mark.skipif(sys.platform == "win32", reason="pretends to be Windows")
def test_it_can_be_imported_where_locks_are_those_of_windows(tmp_path: Path) -> None:
    """With the modules and the name of that system; locking itself cannot be tried here."""
    program = (
        "import sys, types\n"
        "import pathlib, subprocess, asyncio, multiprocessing, numpy, sqlite3, platform\n"
        "msvcrt = types.ModuleType('msvcrt'); msvcrt.LK_NBLCK = 2\n"
        "msvcrt.locking = lambda *arguments: print(*arguments[1:])\n"
        "sys.modules['msvcrt'] = msvcrt; sys.modules['fcntl'] = None; sys.platform = 'win32'\n"
        "from seedbed.store.lock import holding\n"
        "with holding(pathlib.Path(sys.argv[1]), 'it'): pass\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "lock")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("2 1\n", "")
    assert list(tmp_path.iterdir()) == []
