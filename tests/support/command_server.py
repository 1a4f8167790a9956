"""The command line, thousands of times: one process imports Seedbed, each command is carried out by a fork of it.

Checkpoints are taken every few steps, in the middle of epochs, so that a run of a moment has many. Worker processes are
real ones. What each command does to the disk can go wrong as ``disk_calls`` has it.
"""

import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from disk_calls import Action, DiskCalls

MOST_S = 60.0
"""A command that takes longer hangs."""

FREE_RUN = "free.safetensors"
"""File of the run that a person changes."""

_SERVER = "import sys; sys.path.insert(0, {support!r}); from command_server import serve; serve()"
_WORKER = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from command_server import take_many_checkpoints; "
    "take_many_checkpoints(); from seedbed.runner.worker import main; sys.exit(main(*sys.argv[2:]))"
)


@dataclass(frozen=True)
class Ended:
    """How a command ended.

    Attributes
    ----------
    status : int
        Exit status; a signal's number, negative, for a process that was killed; None for one that hung.
    out, err : str
    calls : int
        Calls that changed the disk.
    """

    status: int | None
    out: str
    err: str
    calls: int

    @property
    def is_told(self) -> bool:
        """Whether it ended well, or in words: one line of an error, no traceback."""
        if self.status == 0:
            return True
        lines = [line for line in self.err.splitlines() if line.startswith("error: ")]
        return self.status == 2 and len(lines) == 1 and "Traceback" not in self.err and "defect" not in self.err


class CommandServer:
    """Carries out commands below one folder; close it in the end.

    Parameters
    ----------
    folder : Path
        An empty one. Commands run in ``work`` below it, where calls are counted; temporary files lie there too.
    """

    def __init__(self, folder: Path) -> None:
        self.work, own = folder / "work", folder / "own"
        for one in (self.work, own, self.work / "tmp"):
            one.mkdir()
        self.calls = DiskCalls(own, self.work)
        self._out, self._err, self._is_ready = own / "out", own / "err", False
        environment = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "TMPDIR": str(self.work / "tmp")}
        self._process = subprocess.Popen(
            [sys.executable, "-B", "-c", _SERVER.format(support=str(Path(__file__).parent))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | environment | self.calls.environment,
            cwd=self.work,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def run(
        self,
        words: Sequence[str],
        folder: Path,
        action: Action = Action.NOTHING,
        *,
        at: int = 0,
        error: int = 0,
        clock_s: int = 0,
        user: int = 0,
        meanwhile: Callable[[], None] | None = None,
        kill_s: float | None = None,
        victim: str = "group",
    ) -> Ended:
        """Carry out one command to its end, in a folder below ``work``.

        Parameters
        ----------
        action, at, error, clock_s
            See ``DiskCalls.arm``.
        user : int
            Who carries it out, if this is root.
        meanwhile : callable, optional
            What is done while the process is stopped at the call, with ``Action.STOP``.
        kill_s : float, optional
            Seconds after which the ``victim`` is killed: ``group``, the command with its workers, or ``one`` of its
            workers, the command itself where it has none.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        self.wait_until_ready()
        self.calls.arm(action, at, error, clock_s)
        task = {"words": list(words), "folder": str(folder), "out": str(self._out), "err": str(self._err), "user": user}
        task |= {"kill_s": kill_s, "victim": victim}
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        pid = int(self._process.stdout.readline())
        if action is Action.STOP:
            self._wait_for_stop(pid)
            if self.calls.stopped and meanwhile is not None:
                meanwhile()
            if self.calls.stopped:
                os.kill(self.calls.stopped, signal.SIGCONT)
        status = json.loads(self._process.stdout.readline())
        return Ended(status, _text(self._out), _text(self._err), self.calls.calls)

    def wait_until_ready(self) -> None:
        """Until all is imported; the first command waits for it too."""
        assert self._process.stdout is not None
        if not self._is_ready:
            self._is_ready = bool(self._process.stdout.readline())

    def _wait_for_stop(self, pid: int) -> None:
        end = time.monotonic() + MOST_S
        while not self.calls.stopped and time.monotonic() < end and Path(f"/proc/{pid}").exists():
            if "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:3]:
                return
            time.sleep(0.001)


def _text(path: Path) -> str:
    return path.read_bytes().decode(errors="replace")


def take_many_checkpoints() -> None:
    """After every tenth step, whatever it costs."""
    from seedbed.runner import driver
    from seedbed.training.loop import TrainingLoop

    driver._CHECKPOINT_SHARE = 1e9
    _store_always(driver.Driver.__init__)
    TrainingLoop.advance.__defaults__ = (10,)


def _kill(pid: int, victim: str) -> None:
    workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    if victim == "one" and workers:
        os.kill(int(workers[-1]), signal.SIGKILL)
    elif victim == "one":
        os.kill(pid, signal.SIGKILL)
    else:
        # The group is made by the fork itself, a moment after it was born.
        os.killpg(pid, signal.SIGKILL) if os.getpgid(pid) == pid else os.kill(pid, signal.SIGKILL)


def _store_always(function: Any) -> None:
    """Let it store a checkpoint after no time at all, unless its caller says otherwise."""
    if "checkpoint_s" in (function.__kwdefaults__ or {}):
        function.__kwdefaults__["checkpoint_s"] = 0.0
        return
    code = function.__code__
    places = code.co_varnames[code.co_argcount - len(function.__defaults__) : code.co_argcount]
    function.__defaults__ = tuple(
        0.0 if name == "checkpoint_s" else value for name, value in zip(places, function.__defaults__, strict=True)
    )


def serve() -> None:
    """Import everything and say so, then carry out tasks, one a line of standard input; answer process and status."""
    from seedbed.cli.app import main
    from seedbed.engine import load_engine
    from seedbed.runner import local, local_pool
    from seedbed.study import run
    from seedbed.study.sweep import Sweep

    for name in ("train", "compare", "study", "sweep", "report", "data", "predict", "runs", "class_lines", "outcome"):
        importlib.import_module(f"seedbed.cli.{name}")
    for name in ("scipy.stats", "matplotlib.figure", "sklearn.decomposition", "seedbed.report.figures"):
        importlib.import_module(name)
    load_engine("native")
    take_many_checkpoints()
    for function in (local.conduct, run.run_study, Sweep.run):
        _store_always(function)
    local_pool._PROGRAM = _WORKER
    _import_what_a_run_imports(main)
    _answer(os.getpid())
    for line in sys.stdin:
        task = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _carry_out(task, main)
        _answer(pid)
        _answer(_wait(pid, task["kill_s"], task["victim"]))
        # Workers that outlive their runner must not count among the calls of the next command.
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def _import_what_a_run_imports(main: Callable[[], None]) -> None:
    """What a command imports on its way would be imported again by every fork, and cannot be by another user."""
    # Not one that its fork would take away at its end.
    folder = tempfile.mkdtemp()
    modules = Path(folder, "modules")
    words = ["train", "softmax", "--data", "digits", "--epochs", "1"]
    task = {"words": words, "folder": folder, "out": f"{folder}/out", "err": f"{folder}/err", "user": 0}
    if (pid := os.fork()) == 0:
        _carry_out(task | {"modules": str(modules)}, main)
    os.waitpid(pid, 0)
    for name in modules.read_text("utf-8").split():
        with suppress(ImportError):
            importlib.import_module(name)
    shutil.rmtree(folder)


def _answer(value: int | None) -> None:
    sys.stdout.write(f"{json.dumps(value)}\n")
    sys.stdout.flush()


def _wait(pid: int, kill_s: float | None, victim: str) -> int | None:
    begun = time.monotonic()
    while time.monotonic() < begun + MOST_S:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if kill_s is not None and time.monotonic() > begun + kill_s:
            with suppress(ProcessLookupError):
                _kill(pid, victim)
            kill_s = None
        time.sleep(0.002)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


def free_run(folder: Path) -> None:
    """A run in which a person changes the learning rate at a step, as the lab keeps it; it goes on where it was."""
    from seedbed.data import load_data
    from seedbed.engine import load_engine
    from seedbed.runner.driver import Driver
    from seedbed.training import Recipe

    recipe = Recipe.make("flatten linear(16) batchnorm tanh linear(10)", "digits", batch_size=64, epochs=2)
    driver = Driver(recipe, load_data("digits"), 3, load_engine("native"), file=folder / FREE_RUN, is_free=True)
    for _ in driver.events():
        history = driver.loop.run.history
        if len(history.step_losses) == 20 and not history.interventions:
            driver.loop.set_learning_rate(0.5)


def _carry_out(task: dict[str, object], main: Callable[[], None]) -> None:
    """In the fork; never comes back."""
    import atexit

    from seedbed.cli.console import ending_well

    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for path, handle in (("/dev/null", 0), (task["out"], 1), (task["err"], 2)):
        flags = os.O_RDONLY if handle == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        os.dup2(os.open(str(path), flags, 0o644), handle)
    os.chdir(str(task["folder"]))
    os.environ["SEEDBED_CACHE"] = f"{task['folder']}/cache"
    if task["user"]:
        os.setuid(int(str(task["user"])))
    sys.argv = ["seedbed", *map(str, task["words"])]  # type: ignore[call-overload]
    status = 0
    try:
        if task["words"] == ["free"]:
            with ending_well():
                free_run(Path(str(task["folder"])))
        else:
            main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        import traceback

        traceback.print_exc()
        status = 1
    if "modules" in task:
        Path(str(task["modules"])).write_text("\n".join(set(sys.modules) - {"__main__"}), "utf-8")
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
