"""The examples work as they stand."""

import ast
import json
import shutil
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


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.name)
def test_notebooks_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cells one after the other in one namespace, as a kernel executes them; what stands last is shown."""
    for study in EXAMPLES.glob("*.toml"):
        shutil.copy(study, tmp_path)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    shown = []
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    for cell in (cell for cell in cells if cell["cell_type"] == "code"):
        body = ast.parse("".join(cell["source"])).body
        last = ast.Expression(body.pop().value) if isinstance(body[-1], ast.Expr) else None  # type: ignore[attr-defined]
        exec(compile(ast.Module(body, []), path.name, "exec"), names)
        shown += [eval(compile(last, path.name, "eval"), names)] if last else []
    pages = [value._repr_html_() for value in shown if hasattr(value, "_repr_html_")]
    assert len(pages) >= 3 and any(page.startswith("<iframe srcdoc=") for page in pages)
    assert all(not cell.get("outputs") for cell in cells), "keep notebooks without outputs"
