"""The table of README, from the numbers: a line for each kind of trouble."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- scorecard -->", "<!-- end of scorecard -->"
_LINES = (
    ("kills", "at every write", "`kill -9` before or in each call that changes the disk, then the same command again"),
    ("kills", "at random", "`kill -9` at random moments, of one process or all, up to three times"),
    ("faults", "", "each of these calls failing with ENOSPC, EIO, EDQUOT or EROFS, once or from then on"),
    ("surroundings", "clock", "the clock set back by a second to thirty years"),
    ("surroundings", "workspace", "the workspace renamed, removed or made read-only while it runs"),
    ("surroundings", "processes", "eight processes on one workspace, half of them killed"),
    ("fuzz", "", "spoiled inputs of {count} readers: no crash, 1 s, 512 MB, errors that say what to do"),
    ("hostile", "model", "model files made to hurt"),
    ("hostile", "archives", "archives and folders made to hurt"),
    ("hostile", "names", "outputs full of names that would be carried out"),
    ("load", "", "runs in one process, of one study, of eight side by side: memory and open files flat"),
)


def summary(rows: Iterable[Mapping[str, Any]]) -> str:
    """Markdown: what, how often it was tried of how many there are, how often it went wrong."""
    listed = list(rows)
    lines = ["| trouble | tried | of | wrong |", "|---|---|---|---|"]
    for kind, word, text in _LINES:
        found = [row for row in listed if row["kind"] == kind and word in row["what"]]
        if found:
            tried, of, wrong = (sum(row[name] for row in found) for name in ("tried", "of", "wrong"))
            lines.append(f"| {text.format(count=len(found))} | {tried:,} | {of:,} | {wrong:,} |")
    return "\n".join(lines)


def put_into(path: Path, table: str) -> None:
    """Replace the table between the marks of a page."""
    text = path.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    path.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", "utf-8")
