"""What kills a study, for real: each time the same command goes on and ends with the bits of an undisturbed study."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_study import SLOW

from seedbed.language import speaking
from seedbed.runner.failures import Death, Reason, RunFailure
from seedbed.runner.job import Job
from seedbed.runner.local_pool import WorkerProcess
from seedbed.store import Workspace
from seedbed.study import Study, Watcher
from seedbed.study.run import run_study
from seedbed.training import Progress
from seedbed.training.checkpoint import load_run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

Bits = Callable[[Path], dict[str, str]]

# Checkpoints ten times a second, and the process numbers of the workers on stdout.
PROGRAM = """
import sys
from pathlib import Path
from seedbed.store import Workspace
from seedbed.runner import local_pool
from seedbed.study import Study
from seedbed.study.run import run_study
class WorkerProcess(local_pool.WorkerProcess):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        print(self.process.pid, flush=True)
local_pool.WorkerProcess = WorkerProcess
run_study(Study.load(sys.argv[1]).definition, Workspace(sys.argv[2]), "quick", checkpoint_s=0.1)
"""


# A terminal's foreground process hears Ctrl-C; one that a script put into the background would inherit deafness.
COMMAND_LINE = """
import functools, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from seedbed.cli.app import main
from seedbed.study import run, study
study.run_study = functools.partial(run.run_study, checkpoint_s=0.1)
main()
"""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, run_bits: Bits) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("undisturbed")
    (folder / "slow.toml").write_text(SLOW, "utf-8")
    Study.load(folder / "slow.toml").run(quick=True, workspace=folder / "w")
    return run_bits(folder / "w")


def wait_for(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:3]
    except FileNotFoundError:
        return False


def checkpointed_epochs(workspace: Path) -> list[int]:
    return [len(load_run(path)[0].history.epochs) for path in (workspace / "staging").glob("*.safetensors")]


def start(study: Path, workspace: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", PROGRAM, str(study), str(workspace)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def in_korean(failure: RunFailure) -> str:
    with speaking("ko"):
        return failure.text


class Killer(Watcher):
    """Kills the workers of a variant when they have done a share of their run."""

    def __init__(self, workers: list[WorkerProcess], victim: str, times: int, share: float) -> None:
        self.workers, self.victim, self.times, self.share = workers, victim, times, share
        self.restarts: list[str] = []
        self.resumed_in: list[int] = []
        self.failures: list[str] = []

    def started(self, worker: int, job: Job, epoch: int) -> None:
        self.resumed_in.append(epoch)
        self.kill(worker, job, 0)

    def progressed(self, worker: int, job: Job, progress: Progress) -> None:
        self.kill(worker, job, progress.step / progress.steps)

    def kill(self, worker: int, job: Job, share: float) -> None:
        if job.title == self.victim and self.times > 0 and share >= self.share:
            self.times -= 1
            next(one for one in reversed(self.workers) if one.number == worker).process.kill()

    def restarted(self, job: Job, reason: Death) -> None:
        self.restarts.append(f"{job.name}: {reason.text}")

    def failed(self, job: Job, reason: Reason) -> None:
        self.failures.append(f"{job.name}: {reason.text}")


def test_a_killed_worker_is_replaced_and_its_run_goes_on(
    slow: Path, tmp_path: Path, workers: list[WorkerProcess], undisturbed: dict[str, str], run_bits: Bits
) -> None:
    killer = Killer(workers, "Low rate", times=1, share=0.2)
    workspace = Workspace(tmp_path / "w")
    result = run_study(Study.load(slow).definition, workspace, "quick", watch=killer, checkpoint_s=0.1)
    assert killer.restarts == ["Low rate, seed 0: its process was killed (SIGKILL, perhaps because memory ran out)"]
    assert max(killer.resumed_in) > 1
    assert result.failures == ()
    assert run_bits(tmp_path / "w") == undisturbed


def test_a_run_whose_worker_dies_again_and_again_is_given_up_and_the_others_go_on(
    slow: Path, tmp_path: Path, workers: list[WorkerProcess], undisturbed: dict[str, str], run_bits: Bits
) -> None:
    killer = Killer(workers, "Low rate", times=3, share=0)
    workspace = Workspace(tmp_path / "w")
    result = run_study(Study.load(slow).definition, workspace, "quick", watch=killer, checkpoint_s=0.1)
    assert len(killer.restarts) == 2
    assert [failure.text for failure in result.failures] == [
        "Low rate, seed 0 failed: its process was killed (SIGKILL, perhaps because memory ran out), 3 times; given up.",
    ]
    reason = "프로세스가 강제로 종료됨(SIGKILL, 메모리가 부족했을 수 있음), 3번 되풀이되어 포기함"
    assert in_korean(result.failures[0]) == f"Low rate, 시드 0 실패: {reason}."
    assert [len(variant.runs) for variant in result.variants] == [0, 1]
    assert run_bits(tmp_path / "w").items() < undisturbed.items()
    # The next call goes on with it.
    result = run_study(Study.load(slow).definition, workspace, "quick")
    assert result.failures == ()
    assert run_bits(tmp_path / "w") == undisturbed


def test_a_worker_that_cannot_even_start_is_told_with_its_last_words(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedbed.runner.local_pool._PROGRAM", "import seedbed.nothing")
    result = Study.load(tiny).run(quick=True, seeds=1, workspace=tmp_path / "w")
    assert len(result.failures) == 2
    assert all(
        "ended with status 1: ModuleNotFoundError: No module named" in failure.text for failure in result.failures
    )
    assert "시드 0 실패: 프로세스가 “ModuleNotFoundError: No module named" in in_korean(result.failures[0])


def test_kill_9_of_the_study_ends_its_workers_and_loses_nothing(
    slow: Path, tmp_path: Path, undisturbed: dict[str, str], run_bits: Bits
) -> None:
    with start(slow, tmp_path / "w") as study:
        assert study.stdout is not None
        workers = [int(study.stdout.readline()) for _ in range(min(2, len(os.sched_getaffinity(0))))]
        wait_for(lambda: max(checkpointed_epochs(tmp_path / "w"), default=0) >= 3, "a checkpoint")
        study.kill()
    wait_for(lambda: not any(is_running(pid) for pid in workers), "the workers to end")
    assert not run_bits(tmp_path / "w")
    epochs = checkpointed_epochs(tmp_path / "w")
    resumed: list[int] = []

    class Listener(Watcher):
        def started(self, worker: int, job: Job, epoch: int) -> None:
            resumed.append(epoch)

    Study.load(slow).run(quick=True, workspace=tmp_path / "w", watch=Listener())
    assert sorted(epoch - 1 for epoch in resumed if epoch) == sorted(epochs)
    assert run_bits(tmp_path / "w") == undisturbed


def test_kill_9_of_everything_at_once_loses_little(
    slow: Path, tmp_path: Path, undisturbed: dict[str, str], run_bits: Bits
) -> None:
    with start(slow, tmp_path / "w") as study:
        wait_for(lambda: max(checkpointed_epochs(tmp_path / "w"), default=0) >= 3, "a checkpoint")
        os.killpg(study.pid, signal.SIGKILL)
    assert max(checkpointed_epochs(tmp_path / "w")) >= 3
    Study.load(slow).run(quick=True, workspace=tmp_path / "w")
    assert run_bits(tmp_path / "w") == undisturbed
    assert not [path for path in (tmp_path / "w" / "staging").iterdir() if path.suffix == ".part"]


def test_ctrl_c_stores_all_runs_and_the_same_command_goes_on(
    slow: Path, tmp_path: Path, undisturbed: dict[str, str], run_bits: Bits
) -> None:
    options = ["--quick", "--no-report", "--workspace", str(tmp_path / "w")]
    command = [sys.executable, "-c", COMMAND_LINE, "study", "run", str(slow), *options]
    # As a terminal does it: the signal goes to the workers too.
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as study:
        assert study.stderr is not None
        assert study.stderr.readline() == "2 runs to do, 0 of 2 already there\n"
        wait_for(lambda: max(checkpointed_epochs(tmp_path / "w"), default=0) >= 1, "a checkpoint")
        os.killpg(study.pid, signal.SIGINT)
        words = study.stderr.read()
    assert words == "stopped: 0 of 2 runs done; run the same command again to go on\n"
    assert study.returncode == 130
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "2 of 2 done" in done.stderr
    assert run_bits(tmp_path / "w") == undisturbed
