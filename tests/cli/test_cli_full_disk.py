"""A disk that is full: whatever is written, the program ends with a sentence and status 2.

A limit on the size of files stands in for it: every write that goes beyond is refused by the system, in the program and
in its workers.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_study import TINY

from seedbed.store import Workspace

if sys.platform == "win32":
    pytest.skip("limits of POSIX", allow_module_level=True)
import resource

COMMANDS = {
    "train": ["train", "flatten linear(300) relu linear(10)", "--data", "digits", "--epochs", "2"],
    "study": ["study", "run", "tiny.toml", "--quick", "--jobs", "2"],
    "compare": ["compare", "softmax", "mlp", "--data", "digits", "--epochs", "1", "--seeds", "2"],
    "sweep": ["sweep", "softmax", "--data", "digits", "--epochs", "1", "--seeds", "2", "--grid", "lr=0.1,0.2"],
}


def limited(most_bytes: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))


@pytest.mark.parametrize("most_bytes", [0, 100, 3_000], ids=["nothing", "a lock", "a small file"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_is_told(command: str, most_bytes: int, tmp_path: Path) -> None:
    Workspace(tmp_path / "w")
    (tmp_path / "tiny.toml").write_text(TINY, "utf-8")
    words = [sys.executable, "-B", "-m", "seedbed.cli.app", *COMMANDS[command], "--workspace", "w"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, preexec_fn=limited(most_bytes))
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr and "defect" not in done.stderr
    error = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(error) == 1 and ("File too large" in error[0] or "written" in error[0] or "disk" in error[0]), error
    # Nothing is held, and nothing is in the way of the next attempt.
    assert list((tmp_path / "w").rglob("*.lock")) == []
    assert len(Workspace(tmp_path / "w").ledger.all_keys()) == 0
