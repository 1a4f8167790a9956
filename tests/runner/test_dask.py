"""Runs on a Dask cluster: the same bits as on this machine, whoever is killed."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tiny_study import SLOW as LONGER

from seedbed.data import load_data
from seedbed.errors import SeedbedError, StudyError
from seedbed.runner.dask_cluster import open_dask_pool
from seedbed.runner.dask_worker import Place
from seedbed.runner.messages import Failed, Finished, Task
from seedbed.runner.pool import Pool
from seedbed.runner.watcher import Watcher
from seedbed.store import Workspace
from seedbed.study import Study
from seedbed.study.run import run_study
from seedbed.training import Recipe
from seedbed.training.checkpoint import load_run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")

Bits = Callable[[Path], dict[str, str]]

SLOW = LONGER.replace("epochs = 60", "epochs = 25")

DRIVER = """
import sys
from seedbed.store import Workspace
from seedbed.study import Study
from seedbed.study.run import run_study
run_study(Study.load(sys.argv[1]).definition, Workspace(sys.argv[2]), "quick", checkpoint_s=0.05, on=sys.argv[3])
"""


class Cluster:
    """A scheduler and its workers, each a process."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._folder = folder
        self.workers: list[subprocess.Popen[bytes]] = []
        self.start_scheduler()

    @property
    def on(self) -> str:
        return f"dask://127.0.0.1:{self.port}"

    def start_scheduler(self) -> None:
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")

    def add_worker(self, seedbed: str = "") -> subprocess.Popen[bytes]:
        address, folder = f"tcp://127.0.0.1:{self.port}", str(self._folder)
        options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--memory-limit", "0")
        self.workers.append(self._start("worker", address, "--local-directory", folder, *options, seedbed=seedbed))
        return self.workers[-1]

    def close(self) -> None:
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait()

    def _start(self, what: str, *arguments: str, seedbed: str = "") -> subprocess.Popen[bytes]:
        change = f"import seedbed; seedbed.__version__ = {seedbed!r}; " if seedbed else ""
        program = f"{change}from distributed.cli.dask_{what} import main; main()"
        command = [sys.executable, "-c", program, *arguments]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path / "dask")
    yield made
    made.close()


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    path = tmp_path / "slow.toml"
    path.write_text(SLOW, "utf-8")
    return path


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, run_bits: Bits) -> dict[str, str]:
    """Bits of the slow study on this machine's worker processes."""
    folder = tmp_path_factory.mktemp("undisturbed")
    (folder / "slow.toml").write_text(SLOW, "utf-8")
    Study.load(folder / "slow.toml").run(quick=True, workspace=folder / "w")
    return run_bits(folder / "w")


class Killer(Watcher):
    """Kills once, when a run is well on its way."""

    def __init__(self, kill: Callable[[], None], after: int = 3) -> None:
        self.kill, self.after, self.epochs, self.lines = kill, after, 0, list[str]()

    def started(self, worker: int, job: object, epoch: int) -> None:
        self.lines.append(f"started {epoch}")

    def note(self, text: str) -> None:
        self.lines.append(text)

    def epoch_ended(self, worker: int, job: object, event: object) -> None:
        self.epochs += 1
        if self.epochs == self.after:
            self.kill()


def kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def test_a_cluster_of_this_machine_gives_the_same_bits(tiny: Path, tmp_path: Path, run_bits: Bits) -> None:
    here = Study.load(tiny).run(quick=True, workspace=tmp_path / "here")
    there = Study.load(tiny).run(quick=True, workspace=tmp_path / "there", on="dask", jobs=2)
    assert run_bits(tmp_path / "there") == run_bits(tmp_path / "here") != {}
    assert [claim.sentence for claim in there.claims] == [claim.sentence for claim in here.claims]
    assert there.failures == ()


def test_a_killed_worker_is_replaced_and_its_run_goes_on(
    slow: Path, tmp_path: Path, cluster: Cluster, undisturbed: dict[str, str], run_bits: Bits
) -> None:
    first = cluster.add_worker()

    def replace() -> None:
        kill(first)
        cluster.add_worker()

    killer = Killer(replace, after=6)
    definition = Study.load(slow).definition
    result = run_study(definition, Workspace(tmp_path / "w"), "quick", watch=killer, checkpoint_s=0.05, on=cluster.on)
    assert result.failures == ()
    assert run_bits(tmp_path / "w") == undisturbed
    assert any(line.startswith("started") and line != "started 0" for line in killer.lines), killer.lines


def test_a_scheduler_that_goes_leaves_what_is_done_and_the_same_command_goes_on(
    slow: Path, tmp_path: Path, cluster: Cluster, undisturbed: dict[str, str], run_bits: Bits
) -> None:
    cluster.add_worker()
    definition, killer = Study.load(slow).definition, Killer(lambda: kill(cluster.scheduler))
    with pytest.raises(StudyError, match=r"is gone\. Runs that have ended are kept; start the cluster again"):
        run_study(definition, Workspace(tmp_path / "w"), "quick", watch=killer, checkpoint_s=0.05, on=cluster.on)
    cluster.close()
    cluster.start_scheduler()
    cluster.add_worker()
    run_study(definition, Workspace(tmp_path / "w"), "quick", checkpoint_s=0.05, on=cluster.on)
    assert run_bits(tmp_path / "w") == undisturbed


@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGINT])
def test_a_driver_that_goes_stops_its_runs_and_the_same_command_goes_on(
    signal_number: int, slow: Path, tmp_path: Path, cluster: Cluster, undisturbed: dict[str, str], run_bits: Bits
) -> None:
    cluster.add_worker()
    workspace = tmp_path / "w"
    command = [sys.executable, "-c", DRIVER, str(slow), str(workspace), cluster.on]
    driver = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    wait_for(lambda: any((workspace / "staging").glob("*.safetensors")), "a checkpoint")
    driver.send_signal(signal_number)
    driver.wait()
    checkpoint = next((workspace / "staging").glob("*.safetensors"))
    # The worker hears of it from the scheduler, and stores the run as it stands.
    wait_for(lambda: stands_still(checkpoint), "the worker to stop")
    assert load_run(checkpoint)[0].outcome is None
    killer = Killer(lambda: None)
    run_study(Study.load(slow).definition, Workspace(workspace), "quick", watch=killer, on=cluster.on)
    assert run_bits(workspace) == undisturbed
    assert killer.lines[0] != "started 0"


def wait_for(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)


def stands_still(path: Path) -> bool:
    before = path.stat().st_mtime_ns
    time.sleep(1.0)
    return path.stat().st_mtime_ns == before


def test_files_come_back_from_workers_that_see_another_disk(
    tmp_path: Path, cluster: Cluster, run_bits: Bits, tiny: Path
) -> None:
    """Recordings too; and the worker keeps none of them."""
    cluster.add_worker()
    there, here = Workspace(tmp_path / "there"), tmp_path / "here"
    Study.load(tiny).run(quick=True, workspace=here)
    definition = Study.load(tiny).definition
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("seedbed.runner.dask_worker.Place", lambda mark, *rest: Place("/nowhere/at/all", *rest))
        run_study(definition, there, "quick", on=cluster.on)
    assert run_bits(there.path) == run_bits(here)
    recorded = [sorted(path.name for path in (place / "recordings").rglob("*.*")) for place in (here, there.path)]
    assert recorded[0] == recorded[1] != []
    assert not [path for path in (tmp_path / "dask").rglob("*.safetensors")]


def test_a_cluster_without_workers_is_told_and_waited_for(slow: Path, tmp_path: Path, cluster: Cluster) -> None:
    """The last worker goes while it works; another comes."""
    only = cluster.add_worker()

    class Patient(Killer):
        def note(self, text: str) -> None:
            super().note(text)
            if "no worker is connected" in text:
                cluster.add_worker()

    patient = Patient(lambda: kill(only))
    result = run_study(Study.load(slow).definition, Workspace(tmp_path / "w"), "quick", watch=patient, on=cluster.on)
    assert result.failures == () and any("no worker is connected to tcp://127" in line for line in patient.lines)


@pytest.mark.parametrize(
    ("on", "message"),
    [
        ("dsk", "on: expected dask, dask://HOST:PORT, tls://HOST:PORT or tcp://HOST:PORT, got 'dsk'."),
        ("dask://", "on: expected dask, dask://HOST:PORT"),
        ("dask://host", "on: expected dask, dask://HOST:PORT"),
        ("dask://host:99999", "on: expected dask, dask://HOST:PORT"),
        ("dask://host:1/path", "on: expected dask, dask://HOST:PORT"),
        ("http://host:1", "on: expected dask, dask://HOST:PORT"),
        ("dask://10.0.0.1:8786", "on: tls://10.0.0.1:8786 leaves this machine, so it is encrypted"),
        ("tcp://127.0.0.1:9", "on: nothing answers as a Dask scheduler at tcp://127.0.0.1:9"),
    ],
)
def test_what_is_no_cluster_is_refused(
    on: str, message: str, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedbed.runner.dask_cluster._CONNECT_S", 0.5)
    with pytest.raises(SeedbedError) as caught:
        Study.load(tiny).run(quick=True, workspace=tmp_path / "w", on=on)
    assert str(caught.value).startswith(message)


def test_a_worker_with_another_version_is_refused(tiny: Path, tmp_path: Path, cluster: Cluster) -> None:
    cluster.add_worker(seedbed="0.0.1")
    with pytest.raises(StudyError, match=r"was expected to have Seedbed .*, it has version 0\.0\.1"):
        Study.load(tiny).run(quick=True, workspace=tmp_path / "w", on=cluster.on)


def test_what_a_task_raises_is_told(tmp_path: Path, cluster: Cluster) -> None:
    """A recipe that cannot be done fails that run; a disk that cannot be written fails all."""
    cluster.add_worker()
    with open_dask_pool(cluster.on, None, tmp_path / "mark", tmp_path / "runs", tmp_path / "recordings") as pool:
        data = pool.publish(load_data("digits"))
        recipe = Recipe.make("flatten linear(10)", "digits", epochs=1).to_dict()
        pool.submit(Task("one", recipe, 0, "abacus", data, 10.0))
        pool.submit(Task("two", recipe, 0, "native", data, 10.0))
        ends = {report.run: report for report in two_ends(pool)}
    assert isinstance(ends["one"], Failed) and "unknown engine 'abacus'" in ends["one"].reason.text
    assert isinstance(ends["two"], Failed) and ends["two"].is_fatal


def two_ends(pool: Pool) -> list[Failed | Finished]:
    ends: list[Failed | Finished] = []
    while len(ends) < 2:
        report = pool.next(1.0)
        if report is not None and isinstance(report.content, Failed | Finished):
            ends.append(report.content)
    return ends
