"""Fixtures of tests that do studies: small ones as files, their worker processes, and what makes two runs the same."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_study import SLOW, TINY

from seedbed.runner.local_pool import Lines, WorkerProcess
from seedbed.store import Workspace
from seedbed.training.checkpoint import load_run


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.toml"
    path.write_text(TINY, "utf-8")
    return path


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    path = tmp_path / "slow.toml"
    path.write_text(SLOW, "utf-8")
    return path


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> list[WorkerProcess]:
    """Every worker process that a study of this test starts."""
    found: list[WorkerProcess] = []

    def start(number: int, lines: Lines, arguments: list[str]) -> WorkerProcess:
        found.append(WorkerProcess(number, lines, arguments))
        return found[-1]

    monkeypatch.setattr("seedbed.runner.local_pool.WorkerProcess", start)
    return found


@pytest.fixture(scope="session")
def run_bits() -> Callable[[Path], dict[str, str]]:
    """Hash of all that training decides, and no clock, of each run of a workspace."""

    def bits(workspace: Path) -> dict[str, str]:
        found = {}
        for path in sorted(Workspace(workspace).runs.glob("*.safetensors")):
            run, recipe, seed = load_run(path)
            digest = hashlib.sha256(f"{recipe} {seed} {run.outcome} {run.history.test_error}".encode())
            for name in sorted(run.state):
                digest.update(name.encode() + run.state[name].tobytes())
            digest.update(run.history.step_losses.tobytes() + run.history.step_wrong.tobytes())
            digest.update(run.outputs.tobytes() if run.outputs is not None else b"")
            found[path.name] = digest.hexdigest()
        return found

    return bits
