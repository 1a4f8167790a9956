"""Calls that change the disk, counted, and one of them going wrong: the other side of disk_calls.c."""

import ctypes
import mmap
import os
import shutil
import subprocess
import sys
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import ClassVar

_SOURCE = Path(__file__).with_suffix(".c")


class Action(IntEnum):
    """What happens at the call; the order is that of ``enum action`` in C."""

    NOTHING = 0
    KILL = 1
    """The process dies before the call."""
    KILL_AFTER = 2
    """The process dies after the call, a write being half done."""
    FAIL = 3
    """This call fails."""
    FAIL_FROM_HERE = 4
    """This call fails and all that follow."""
    STOP = 5
    """The process stops (SIGSTOP) until it is told to go on."""
    CLOCK_BACK = 6
    """The clock is set back from here on."""


class _Plan(ctypes.Structure):
    """``struct plan`` in C."""

    _fields_: ClassVar = [
        ("calls", ctypes.c_int64),
        ("at", ctypes.c_int64),
        ("action", ctypes.c_int32),
        ("error", ctypes.c_int32),
        ("stopped", ctypes.c_int32),
        ("has_fired", ctypes.c_int32),
        ("clock_s", ctypes.c_int64),
        ("what", ctypes.c_char * 64),
    ]


def can_count() -> bool:
    """Whether the library can be built and preloaded here."""
    return sys.platform == "linux" and _compiler() is not None


@cache
def _compiler() -> str | None:
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


class DiskCalls:
    """The plan that a program and its children follow.

    Parameters
    ----------
    folder : Path
        For the library and the plan.
    under : Path
        Calls count whose path begins with it.
    """

    def __init__(self, folder: Path, under: Path) -> None:
        compiler = _compiler()
        assert compiler is not None, "no C compiler"
        library, plan = folder / "disk_calls.so", folder / "plan"
        subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, _SOURCE, "-ldl"], check=True)
        plan.write_bytes(bytes(ctypes.sizeof(_Plan)))
        with plan.open("r+b") as file:
            self._plan = _Plan.from_buffer(mmap.mmap(file.fileno(), 0))
        self.environment = {
            "LD_PRELOAD": str(library),
            "DISK_CALLS_PLAN": str(plan),
            "DISK_CALLS_UNDER": f"{under.resolve()}{os.sep}",
        }

    def arm(self, action: Action, at: int = 0, error: int = 0, clock_s: int = 0) -> None:
        """Count from 0; at the call ``at``, the first being 1, the action happens."""
        plan = self._plan
        plan.action = Action.NOTHING
        plan.at, plan.error, plan.clock_s = at, error, clock_s
        plan.calls = plan.stopped = plan.has_fired = 0
        plan.what = b""
        plan.action = action

    @property
    def calls(self) -> int:
        """How many there were since."""
        return int(self._plan.calls)

    @property
    def has_fired(self) -> bool:
        """Whether the call came at which something happens."""
        return bool(self._plan.has_fired)

    @property
    def what(self) -> str:
        """Kind of that call: write, fsync, rename, unlink, create, truncate, mkdir or chmod."""
        return bytes(self._plan.what).decode()

    @property
    def stopped(self) -> int:
        """Number of the process that stopped; 0 if none did."""
        return int(self._plan.stopped)
