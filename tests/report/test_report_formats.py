"""A report as Markdown, PDF, JSON and CSV."""

import csv
import json
import os
import re
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from report_samples import make_study, make_troubled_study

from seedbed.errors import StoreError
from seedbed.report import pdf, write_study_report
from seedbed.report.document import Document, Group, Remarks, Section
from seedbed.report.markdown import render_markdown, standalone
from seedbed.report.numbers import csv_text

EVIL = "<script>alert('&')</script> | a *b* _c_ [d](e) `f` $g$ # h\n1. i"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report in two formats, in a folder of its own."""
    folder = tmp_path_factory.mktemp("formats")
    path = write_study_report(make_troubled_study(), folder / "trouble", ("md", "html"))
    assert path == folder / "trouble.md"
    return folder


def rows_of(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("|")]


def test_markdown_says_what_html_says(folder: Path) -> None:
    text = (folder / "trouble.md").read_text(encoding="utf-8")
    html = (folder / "trouble.html").read_text(encoding="utf-8")
    heads = re.findall(r"<h2>(.*?)</h2>", html)
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == heads
    study = make_troubled_study()
    for claim in study.claims:
        assert claim.text in text and f"**{claim.verdict}**" in text
    assert study.command in text and "its process was killed (SIGKILL, perhaps because memory ran out), 3 times" in text


def test_markdown_tables_have_one_number_of_cells(folder: Path) -> None:
    text = (folder / "trouble.md").read_text(encoding="utf-8")
    blocks = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert len(blocks) > 4
    for block in blocks:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1, block


def test_figures_lie_beside_markdown_and_bring_their_colours(folder: Path) -> None:
    text = (folder / "trouble.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\]\((trouble-figures/[^)]+)\)", text))
    assert named == {f"trouble-figures/{file.name}" for file in (folder / "trouble-figures").iterdir()}
    for name in named:
        svg = (folder / name).read_text(encoding="utf-8")
        assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
        assert set(re.findall(r"var\((--[a-z0-9-]+)\)", svg)) <= set(re.findall(r"(--[a-z0-9-]+):", svg))
        assert not re.search(r"(?<!xmlns=\")https?://", svg)


def test_standalone_figures_have_a_margin_around_the_same_drawing() -> None:
    svg = standalone('<svg viewBox="0 0 100 50" width="100" height="50" role="img"><path d="M0 0"/></svg>')
    root = ElementTree.fromstring(svg)
    assert root.attrib == {"viewBox": "-16 -16 132 82", "width": "132", "height": "82", "role": "img"}
    assert [child.tag.rpartition("}")[2] for child in root] == ["style", "rect", "path"]


def test_markdown_takes_every_text_as_text(tmp_path: Path) -> None:
    study = make_study(2, 2)
    variants = tuple(replace(item, title=EVIL, name=EVIL) for item in study.variants)
    evil = replace(study, title=EVIL, question=EVIL, remarks=(EVIL,), variants=variants, command="a ```` b")
    text = write_study_report(evil, tmp_path / "evil", ("md",)).read_text(encoding="utf-8")
    assert "<script" not in text.replace("\\<script", "").replace("&lt;script", "")
    assert text.startswith(
        "# \\<script\\>alert('\\&')\\</script\\> \\| a \\*b\\* \\_c\\_ \\[d\\](e) \\`f\\` \\$g\\$ \\# h<br>"
    )
    assert "`````text\na ```` b\n`````" in text
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in rows_of(text.split("## Results")[1].split("## ")[0])} == {8}


def test_numbers_are_complete_and_finite(folder: Path) -> None:
    study = make_troubled_study()
    numbers = json.loads((folder / "trouble.json").read_text(encoding="utf-8"))
    assert [item["name"] for item in numbers["variants"]] == [item.name for item in study.variants]
    runs = [run for item in numbers["variants"] for run in item["runs"]]
    assert [run["test_error"] for run in runs[:3]] == [run.test_error for run in study.variants[0].runs[:3]]
    assert runs[-7]["history"]["epoch"] == list(range(1, 5)) and runs[-6]["test_error"] is None
    assert [claim["verdict"] for claim in numbers["claims"]] == [claim.verdict for claim in study.claims]
    with (folder / "trouble.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(len(item.runs) for item in study.variants)
    assert {row["seed"] for row in rows if row["status"] == "diverged"} == {"24", "25"}
    with (folder / "trouble-claims.csv").open(newline="", encoding="utf-8") as file:
        verdicts = [(row["verdict"], float(row["difference"])) for row in csv.DictReader(file)]
    assert verdicts == [(claim.verdict, claim.difference) for claim in study.claims]
    assert not re.search(r"\bnan\b|\binf\b", (folder / "trouble.csv").read_text(encoding="utf-8"))


def browser(folder: Path, script: str) -> Path:
    path = folder / "chromium"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.skipif(os.name == "nt", reason="the false browser is a shell script")
def test_pdf_is_what_the_browser_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = """for word
do case $word in --print-to-pdf=*) paper=${word#*=};; file:*) page=${word#file://};; esac; done
(printf '%%PDF-1.4 '; grep -c '<h1>' "$page"; echo "$@") > "$paper" """
    monkeypatch.setattr(pdf, "BROWSERS", (str(browser(tmp_path, script)),))
    path = write_study_report(make_study(2, 2), tmp_path / "report", ("pdf",))
    assert path == tmp_path / "report.pdf"
    text = path.read_text(encoding="utf-8")
    assert text.startswith("%PDF-1.4 1\n") and "--headless" in text and "--no-pdf-header-footer" in text
    assert not (tmp_path / "report.html").exists()


@pytest.mark.skipif(os.name == "nt", reason="the false browser is a shell script")
def test_a_browser_that_prints_nothing_is_named_with_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "BROWSERS", (str(browser(tmp_path, "echo 'no display' >&2; exit 3")),))
    with pytest.raises(StoreError, match=r"chromium' wrote no PDF \(no display\).*--format html"):
        write_study_report(make_study(2, 2), tmp_path / "report", ("html", "pdf"))
    kept = {"report.html", "report.json", "report.csv", "report-claims.csv"}
    assert {file.name for file in tmp_path.iterdir()} == {"chromium"} | kept, "the others are written"
    with pytest.raises(StoreError, match=r"Written are .*other\.html, .*other\.md\.$"):
        write_study_report(make_study(2, 2), tmp_path / "other", ("html", "pdf", "md"))
    with pytest.raises(StoreError, match="wrote no PDF"):
        write_study_report(make_study(2, 2), tmp_path / "nothing", ("pdf",))
    assert not list(tmp_path.glob("nothing*")), "numbers alone are no report"


def test_without_a_browser_the_way_to_print_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "BROWSERS", ("no-such-browser",))
    with pytest.raises(StoreError, match=r"found none.*--format html.*print it there"):
        write_study_report(make_study(2, 2), tmp_path / "report", ("pdf",))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems bring fonts for every language")
@pytest.mark.parametrize("fonts", ["", "NanumGothic"])
def test_a_pdf_of_empty_boxes_is_refused(fonts: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lister = tmp_path / "fc-list"
    lister.write_text(f'#!/bin/sh\ntest "$1" = ":lang=ko" && echo "{fonts}"\n', encoding="utf-8")
    lister.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    printed = browser(tmp_path, 'for word\ndo case $word in --print-to-pdf=*) echo %PDF > "${word#*=}";; esac; done')
    monkeypatch.setattr(pdf, "BROWSERS", (str(printed),))
    write_study_report(make_study(2, 2), tmp_path / "english", ("pdf",))
    if fonts:
        assert write_study_report(make_study(2, 2), tmp_path / "korean", ("pdf",), lang="ko").is_file()
    else:
        with pytest.raises(StoreError, match=r"no font for language 'ko'.*fonts-noto-cjk.*--format html"):
            write_study_report(make_study(2, 2), tmp_path / "korean", ("pdf",), lang="ko")


@pytest.mark.skipif(pdf.find_browser() is None, reason="no browser is installed")
def test_a_real_browser_prints_all_pages() -> None:
    content = pdf.pdf_of("<!DOCTYPE html><style>p { break-after: page }</style><p>one<p>two<p>three")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) >= 3


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("my.v1.2", "my.v1.2.html"),
        ("my.v1.2.html", "my.v1.2.html"),
        ("my.v1.2.pdf", "my.v1.2.html"),
        ("my.JSON", "my.html"),
        ("my.txt", "my.txt.html"),
    ],
)
def test_only_the_suffix_of_a_format_is_taken_off(name: str, written: str, tmp_path: Path) -> None:
    # As a text or as a path.
    assert write_study_report(make_study(2, 2), str(tmp_path / name)) == tmp_path / written
    stem = written.removesuffix(".html")
    assert {path.name for path in tmp_path.iterdir()} == {
        written,
        f"{stem}.json",
        f"{stem}.csv",
        f"{stem}-claims.csv",
    }


@pytest.mark.parametrize("name", ["", ".", "..", "/"])
def test_a_report_needs_a_name(name: str) -> None:
    message = r"expected the name of a file, got a folder\. Give one such as '.*report\.html'"
    with pytest.raises(StoreError, match=message):
        write_study_report(make_study(2, 2), name)


def test_unknown_formats_and_folders_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="expected formats of html, md, pdf, got 'docx'"):
        write_study_report(make_study(2, 2), tmp_path / "report", ("html", "docx"))
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        write_study_report(make_study(2, 2), tmp_path / "file" / "report")


@pytest.mark.parametrize(
    "text", ["=1+1", "+x", "-x", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1+1", "=cmd|' /C calc'!A0"]
)
def test_a_spreadsheet_gets_text_not_formulas(text: str) -> None:
    (names, row) = csv.reader(csv_text([{text: text}]).splitlines(keepends=True))
    assert names == row == ["'" + text.removeprefix("\r")]


def test_numbers_and_common_text_stay_in_csv() -> None:
    row = {"number": -1.5, "text": "-1.5", "high": "+2", "name": "conv2d(6, 5)", "missing": None}
    assert csv_text([row]) == 'number,text,high,name,missing\n-1.5,-1.5,+2,"conv2d(6, 5)",\n'


def test_no_control_of_direction_stands_in_a_page(tmp_path: Path) -> None:
    study = replace(make_study(), title="gnp\u202eexe\u2066 \x1b[31m")
    path = write_study_report(study, tmp_path / "turned", ("md", "html"))
    for file in (path, path.with_suffix(".html")):
        text = file.read_text(encoding="utf-8")
        assert "gnpexe" in text and not {"\u202e", "\u2066", "\x1b"} & set(text)


def test_no_control_of_direction_stands_in_a_folded_heading() -> None:
    folded = Group("gnp\u202eexe", (Remarks(("inside",)),), is_folded=True)
    text = render_markdown(Document("", "title", (), (Section("heading", (folded,)),), ()), "figures")
    assert "<summary>gnpexe</summary>" in text
