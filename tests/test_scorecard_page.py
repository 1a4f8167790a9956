"""README shows the table of the scorecard's numbers."""

import json
import runpy
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_readme_shows_the_numbers() -> None:
    table = runpy.run_path(str(ROOT / "benchmarks/scorecard/table.py"))
    rows = json.loads((ROOT / "docs/results/scorecard.json").read_text("utf-8"))["rows"]
    text = (ROOT / "README.md").read_text("utf-8")
    assert text.partition(table["BEGIN"])[2].partition(table["END"])[0].strip() == table["summary"](rows)
    assert {row["kind"] for row in rows} == {"kills", "faults", "surroundings", "fuzz", "hostile", "load"}
