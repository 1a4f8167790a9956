"""Links in Markdown: what they point to is there."""

import json
import re
import runpy
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_BLOCK = re.compile(r"```.*?```", re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"(?<!\\)\]\(<?([^()<>\s]+)>?\)|(?:src|href)=\"([^\"]+)\"")
_TEST = re.compile(r"\[(test_\w+)\]\(([^)]+\.py)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)


def anchor(heading: str) -> str:
    """The name that GitHub gives to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def links(path: Path) -> list[str]:
    found = _LINK.findall(_CODE.sub("", _BLOCK.sub("", path.read_text(encoding="utf-8"))))
    return [one or other for one, other in found if not re.match(r"[a-z]+:", one or other)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for link in links(path):
        name, _, heading = unquote(link).partition("#")
        target = path.parent / name if name else path
        assert target.exists(), f"{path.name} links to {link}"
        if heading and target.suffix == ".md":
            headings = _HEADING.findall(_BLOCK.sub("", target.read_text(encoding="utf-8")))
            assert heading in map(anchor, headings), f"{path.name} links to {link}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_tests_that_are_named_exist(path: Path) -> None:
    for name, file in _TEST.findall(path.read_text(encoding="utf-8")):
        assert f"def {name}(" in (path.parent / file).read_text(encoding="utf-8"), f"{path.name} names {name} of {file}"


def test_links_are_found() -> None:
    assert len(FILES) > 5
    assert sum(len(links(path)) for path in FILES) > 100


def test_results_are_small_and_every_figure_is_shown() -> None:
    folder = ROOT / "docs" / "results"
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 5_000_000
    shown = {(path.parent / link).resolve() for path in FILES for link in links(path)}
    assert [path.name for path in folder.rglob("*.svg") if path.resolve() not in shown] == []


def test_what_the_results_say_of_their_numbers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = ROOT / "docs" / "results"
    text = (folder / "README.md").read_text(encoding="utf-8")
    (tmp_path / "cells.py").write_text(re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0], encoding="utf-8")
    monkeypatch.chdir(folder)
    runpy.run_path(str(tmp_path / "cells.py"))
    assert capsys.readouterr().out == (
        "32 30\n{'MNIST': 0.346, 'Fashion-MNIST': 12.715}\n{'MNIST': 21, 'Fashion-MNIST': 1}\n"
    )
    variants = json.loads((folder / "linear-or-mlp.json").read_text(encoding="utf-8"))["variants"]
    losses = {variant["name"]: variant["curves"]["train_loss"]["mean"] for variant in variants}
    linear, perceptron = (", ".join(f"{loss:.2f}" for loss in losses[name][:5]) for name in ("linear-20", "mlp-20"))
    assert f"({linear} against {perceptron})" in " ".join(text.split())
