"""What a Dask cluster costs a run, and what kills do to it.

python benchmarks/cluster.py kills [--times 10]   # worker, scheduler or driver killed at random; hashes compared
python benchmarks/cluster.py cost [--runs 1000]   # tiny runs: time and bytes of each, with a cluster and without
"""

import argparse
import hashlib
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

STUDY = """
name = "cluster"
title = "Two learning rates"
question = "What does a cluster cost?"
[defaults]
data = "digits"
network = "{network}"
batch_size = 32
[full]
seeds = {seeds}
epochs = {epochs}
[quick]
seeds = 1
epochs = 1
[[variants]]
name = "low"
title = "Low rate"
optimizer = "sgd(lr=0.005)"
[[variants]]
name = "high"
title = "High rate"
optimizer = "sgd(lr=0.2)"
[[claims]]
text = "A higher rate lowers the error."
better = "high"
worse = "low"
"""
DRIVER = """
import sys
from seedbed.store import Workspace
from seedbed.study import Study
from seedbed.study.run import run_study
on = sys.argv[3] if len(sys.argv) > 3 else None
run_study(Study.load(sys.argv[1]).definition, Workspace(sys.argv[2]), checkpoint_s=0.2, on=on, jobs=2)
"""


class Cluster:
    """A scheduler and two workers of one thread, each a process."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder = folder
        self.begin()

    def begin(self) -> None:
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")
        self.workers = [self.worker(), self.worker()]

    def worker(self) -> subprocess.Popen[bytes]:
        more = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--memory-limit", "0")
        return self._start("worker", f"tcp://127.0.0.1:{self.port}", "--local-directory", str(self.folder), *more)

    def end(self) -> None:
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait()

    @staticmethod
    def _start(what: str, *arguments: str) -> subprocess.Popen[bytes]:
        program = f"from distributed.cli.dask_{what} import main; main()"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen([sys.executable, "-c", program, *arguments], **quiet)


def drive(study: Path, workspace: Path, *on: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", DRIVER, str(study), str(workspace), *on]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def hashes(workspace: Path) -> dict[str, str]:
    """SHA-256 of parameters, losses and outputs of every run."""
    from seedbed.training.checkpoint import load_run

    found = {}
    for path in sorted((workspace / "runs").glob("*.safetensors")):
        run = load_run(path)[0]
        parts = [run.state[name].tobytes() for name in sorted(run.state)]
        parts += [run.history.step_losses.tobytes(), run.outputs.tobytes() if run.outputs is not None else b""]
        found[path.stem] = hashlib.sha256(b"".join(parts)).hexdigest()
    return found


def write_study(folder: Path, network: str, seeds: int, epochs: int) -> Path:
    path = folder / "study.toml"
    path.write_text(STUDY.format(network=network, seeds=seeds, epochs=epochs), "utf-8")
    return path


def kills(times: int, seed: int) -> None:
    chosen = random.Random(seed)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        study = write_study(folder, "conv2d(32, 5, padding=2) relu conv2d(32, 5) relu flatten linear(10)", 2, 15)
        begun = time.monotonic()
        assert drive(study, folder / "local").wait() == 0
        whole_s = time.monotonic() - begun
        expected = hashes(folder / "local")
        print(f"{len(expected)} runs without a cluster: {whole_s:.1f} s", flush=True)
        equal = 0
        for number in range(times):
            cluster, workspace = Cluster(folder / f"dask-{number}"), folder / f"w-{number}"
            driver = drive(study, workspace, f"dask://127.0.0.1:{cluster.port}")
            victim = ("worker", "scheduler", "driver")[number % 3]
            delay_s = chosen.uniform(1.0, 1.0 + whole_s)
            time.sleep(delay_s)
            if victim == "worker":
                cluster.workers[0].kill()
            elif victim == "scheduler":
                cluster.end()
                driver.wait()
                cluster.begin()
            else:
                driver.send_signal(signal.SIGKILL)
                driver.wait()
            done = len(hashes(workspace))
            status = (
                driver.wait()
                if victim == "worker"
                else drive(study, workspace, f"dask://127.0.0.1:{cluster.port}").wait()
            )
            same = status == 0 and hashes(workspace) == expected
            equal += same
            print(
                f"{victim} killed after {delay_s:.1f} s, {done} runs done: {'equal' if same else 'DIFFERENT'}",
                flush=True,
            )
            cluster.end()
        print(f"equal: {equal} of {times}")


def cost(runs: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        study = write_study(folder, "flatten linear(10)", runs // 2, 1)
        cluster = Cluster(folder / "dask")
        time.sleep(3)
        scheduler = psutil.Process(cluster.scheduler.pid)
        workers = [psutil.Process(worker.pid) for worker in cluster.workers]
        before = [used_s(process) for process in (scheduler, *workers)]
        for name, on in (("cluster", [f"dask://127.0.0.1:{cluster.port}"]), ("no cluster", [])):
            begun = time.monotonic()
            driver = drive(study, folder / name, *on)
            driver_s = 0.0
            watched = psutil.Process(driver.pid)
            while driver.poll() is None:
                try:
                    driver_s = used_s(watched)
                except psutil.Error:
                    break
                time.sleep(0.05)
            assert driver.wait() == 0
            wall_s = time.monotonic() - begun
            each_ms, driver_ms = 1000 * wall_s / runs, 1000 * driver_s / runs
            print(f"{name}: {runs} runs in {wall_s:.1f} s, {each_ms:.1f} ms a run; driver {driver_ms:.2f} ms a run")
            if on:
                after = [used_s(process) for process in (scheduler, *workers)]
                spent_ms = [1000 * (end - start) / runs for start, end in zip(before, after, strict=True)]
                size = sum(path.stat().st_size for path in (folder / name / "runs").iterdir()) / runs
                memory = scheduler.memory_info().rss / 1e6
                print(f"  scheduler {spent_ms[0]:.2f} ms of processor time a run, {memory:.0f} MB of memory")
                print(
                    f"  workers {sum(spent_ms[1:]):.1f} ms of processor time a run; a run's file {size / 1000:.1f} kB"
                )
        assert hashes(folder / "cluster") == hashes(folder / "no cluster")
        cluster.end()


def used_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("kills", "cost"))
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    kills(given.times, given.seed) if given.what == "kills" else cost(given.runs)
