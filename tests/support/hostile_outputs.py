"""Names that would be carried out if they were taken for more than text, in every output of a whole study."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from picture_samples import picture, write
from report_documents import Document

NAMES = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "javascript:alert(1)",
    "[x](javascript:alert(1))",
    "=HYPERLINK(1;2)",
    "+cmd|' !A0",
    "-2+3+cmd|x",
    "@SUM(1)",
    "＝1+1",
    "\t=1+1",
    "\x1b[2J\x1b]0;owned\x07",
    "\u202egnp.exe",
    "{{ 7*7 }} {% raw %}",
    "$(touch opened) `touch opened`",
    "%s %n {0.__class__}",
    "a\nerror: b\r\nc",
    "| a | b |\n|---|---|",
)
"""Of classes, variants, titles, claims and sources."""

_STUDY = """name = "hostile"
title = {0}
question = {1}
source = {2}
remarks = [{3}]

[defaults]
data = "hostile-classes"
batch_size = 16
network = "flatten linear({classes})"

[full]
seeds = 2
epochs = 1

[quick]
seeds = 2
epochs = 1

[[variants]]
name = "low"
title = {4}
optimizer = "sgd(lr=0.005)"
published = {{ error = 20.0, remark = {5} }}

[[variants]]
name = "high"
title = {6}
optimizer = "sgd(lr=0.2)"

[[claims]]
text = {7}
better = "high"
worse = "low"
"""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[-+]?[\d.]+(e[-+]?\d+)?|-|−?[\d.]+|[-+]?inf|nan")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def output_problems(folder: Path) -> Iterator[str]:
    """Do a study full of such names; for each output what of it is no text, empty if all is."""
    place = folder / "hostile-names"
    place.mkdir()
    for turn in range(0, len(NAMES), 8):
        yield from _of_names(place / str(turn), [NAMES[(turn + number) % len(NAMES)] for number in range(8)])


def _of_names(place: Path, names: list[str]) -> Iterator[str]:
    place.mkdir()
    classes = [name.replace("/", "\\") for name in names]
    pictures = {f"{name}/{n}.png": picture(n, (8, 8))[1] for name in classes for n in range(6)}
    write(place / "classes", pictures)
    texts = [json.dumps(name) for name in names]
    (place / "hostile.toml").write_text(_STUDY.format(*texts, classes=len(names)).replace("\\u007f", "?"), "utf-8")
    environment = os.environ | {"SEEDBED_CACHE": str(place / "cache"), "SEEDBED_DATA": "", "COLUMNS": "200"}

    def seedbed(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-B", "-m", "seedbed.cli.app", *words]
        return subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)

    commands = (
        ("data", "import", "classes", "--name", "hostile-classes"),
        ("data", "show", "hostile-classes"),
        ("study", "show", "hostile.toml"),
        ("study", "run", "hostile.toml", "--workspace", "w"),
        ("report", "hostile.toml", "--workspace", "w", "--format", "md", "--format", "html", "--output", "out/report"),
        ("inspect", "hostile.toml/high", "--workspace", "w", "--output", "out/inside"),
        ("train", "flatten linear(8)", "--data", "hostile-classes", "--epochs", "1", "--save", "m.safetensors"),
        ("predict", "m.safetensors", *sorted(pictures)[:3]),
        ("runs", "--workspace", "w"),
    )
    (place / "out").mkdir()
    for words in commands:
        ended = seedbed(*words)
        wrong = "" if ended.returncode in (0, 2) and "Traceback" not in ended.stderr else ended.stderr[-200:]
        yield _told(f"{words[0]} {words[1]}", wrong or terminal_problem(ended.stdout + ended.stderr))
    made = [path for path in (*place.glob("w/reports/**/*"), *place.glob("out/**/*")) if path.is_file()]
    for path in made:
        text = path.read_text("utf-8", errors="replace")
        check = {".html": page_problem, ".svg": page_problem, ".md": markdown_problem, ".csv": table_problem}
        yield _told(path.name, check.get(path.suffix, lambda text: "")(text))
    lacking = {".html", ".svg", ".md", ".csv", ".json"} - {path.suffix for path in made}
    yield _told("outputs", f"none of {sorted(lacking)}" if lacking else "")
    yield _told("files outside", "" if not (place / "opened").exists() else "a command was carried out")


def page_problem(text: str) -> str:
    """What a browser would carry out, or a reader would see turned round."""
    document = Document(text)
    for element in document.elements:
        if element.tag in ("script", "iframe", "object", "embed", "foreignobject"):
            return f"<{element.tag}>"
        for name, value in element.attributes.items():
            if name.startswith("on") or value.strip().lower().startswith("javascript:"):
                return f"{name}={value[:40]}"
    return _controls(text)


def markdown_problem(text: str) -> str:
    """HTML or links that a renderer would take for its own, outside code."""
    plain = re.sub(r"(`+).*?\1", "", re.sub(r"```.*?```", "", text, flags=re.DOTALL), flags=re.DOTALL)
    if found := re.search(r"(?<!\\)<\s*/?(script|img|svg|iframe|style)", plain):
        return plain[found.start() : found.start() + 60]
    # What stands in a line of HTML is no Markdown: there brackets are brackets.
    linked = re.sub(r"<summary>.*?</summary>", "", plain, flags=re.DOTALL)
    if found := re.search(r"(?<!\\)\]\(javascript:", linked):
        return linked[found.start() : found.start() + 60]
    return _controls(text)


def table_problem(text: str) -> str:
    """Cells that a spreadsheet would work out."""
    for row in csv.reader(io.StringIO(text)):
        for cell in row:
            if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell):
                return f"cell {cell[:40]!r}"
    return _controls(text)


def terminal_problem(text: str) -> str:
    """Codes that steer a terminal."""
    return _controls(text)


def _controls(text: str) -> str:
    found = _CONTROLS.search(text)
    return f"U+{ord(found[0]):04X} near {text[max(0, found.start() - 20) : found.start()]!r}" if found else ""


def _told(what: str, wrong: str) -> str:
    return f"{what}: {wrong}" if wrong else ""
