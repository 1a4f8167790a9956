"""Commands and Python of README and docs, as a reader would type them."""

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    if path.parent.name != "results" and path.name != "calibration.md"
)
_BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)


def name_of(path: Path) -> str:
    """Of a page."""
    return str(path.relative_to(ROOT))


def commands(path: Path) -> list[list[str]]:
    """The words of every command line of Seedbed that stands in a code block of a page, without the program's name."""
    text = path.read_text("utf-8")
    lines = [line for kind, block in _BLOCK.findall(text) if kind != "python" for line in block.splitlines()]
    lines += [line[4:] for line in _BLOCK.sub("", text).splitlines() if line.startswith("    ")]
    found, begun = [], ""
    for line in lines:
        whole = begun + line.strip()
        begun = ""
        if whole.endswith("\\"):
            begun = whole[:-1]
            continue
        # What is piped into it is no argument.
        command = whole.rpartition("| ")[2] if re.match(r"\w+ .*\| seedbed ", whole) else whole
        if re.match(r"(\.venv/bin/)?seedbed( |$)", command):
            found.append(shlex.split(command, comments=True)[1:])
    return found


def python_blocks(path: Path) -> list[str]:
    """The fenced blocks of Python of a page."""
    return [block for kind, block in _BLOCK.findall(path.read_text("utf-8")) if kind == "python"]
