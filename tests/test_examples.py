"""The examples work as they stand."""

import subprocess
import sys
from pathlib import Path

import pytest

from seedbed.study import Study

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_scripts_run(path: Path, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "test error" in done.stdout


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.name)
def test_studies_run(path: Path, tmp_path: Path) -> None:
    result = Study.load(str(path)).run(quick=True, seeds=2, epochs=1, jobs=1, workspace=tmp_path)
    assert all(len(variant.errors) == 2 for variant in result.variants)
