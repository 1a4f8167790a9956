"""The example notebooks, executed by a Jupyter kernel."""

import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.name)
def test_notebooks_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for study in EXAMPLES.glob("*.toml"):
        shutil.copy(study, tmp_path)
    # The kernel of this Python, not one that the user has registered under its name, and nothing in the user's home.
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    notebook = nbformat.read(path, as_version=4)
    codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs for cell in codes), "keep notebooks without outputs"
    where = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=where).execute()
    shown = [output for cell in codes for output in cell.outputs if output.output_type == "execute_result"]
    pages = [output.data["text/html"] for output in shown if "text/html" in output.data]
    assert len(pages) >= 3 and any(page.startswith("<iframe srcdoc=") for page in pages)
