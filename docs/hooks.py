"""What the documentation site has beside the pages in this folder: a page for each study, and the files of the root."""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

from seedbed.formatting import counted
from seedbed.study import Study
from seedbed.study.definition import Definition, VariantDefinition
from seedbed.study.rows import published_text

ROOT = Path(__file__).parents[1]
OF_ROOT = ("CHANGELOG.md", "HACKING.md", "SECURITY.md")
_LINK = re.compile(r"(?<!\\)(!?)\[([^\]]*)\]\(<?([^()<>\s#]*)(#[^()<>\s]*)?>?\)")


def on_files(files: Files, config: Any) -> Files:
    """Add pages that lie elsewhere, or are made of studies."""
    names = Study.names()
    definitions = {name: Study.load(name).definition for name in names}
    files.append(File.generated(config, "studies/index.md", content=_index(definitions)))
    for name, definition in definitions.items():
        files.append(File.generated(config, f"studies/{name}.md", content=_study_page(definition)))
    for name in OF_ROOT:
        files.append(File.generated(config, name, content=(ROOT / name).read_text("utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Links to files that are no pages become their names: the site has no repository beside it."""
    folder = posixpath.dirname(page.file.src_uri)
    is_of_root = page.file.src_uri in OF_ROOT

    def changed(found: re.Match[str]) -> str:
        mark, text, link, anchor = found.group(1), found.group(2), found.group(3), found.group(4) or ""
        if not link or re.match(r"[a-z]+:", link):
            return found.group(0)
        if is_of_root:
            # They are one floor up, where docs/ is a folder.
            link = link.removeprefix("docs/") if link.startswith("docs/") else f"../{link}"
        target = posixpath.normpath(posixpath.join(folder, link))
        if target.startswith("../") and target[3:] in OF_ROOT:
            target = target[3:]
        if target == "../README.md":
            target, anchor = "index.md", ""
        if files.get_file_from_path(target) is None:
            return text if text.startswith("`") else f"`{posixpath.basename(target)}`" if text == link else text
        return f"{mark}[{text}]({posixpath.relpath(target, folder or '.')}{anchor})"

    return _outside_code(markdown, lambda text: _LINK.sub(changed, text))


def _outside_code(markdown: str, change: Any) -> str:
    parts = re.split(r"(```.*?```)", markdown, flags=re.DOTALL)
    return "".join(part if part.startswith("```") else change(part) for part in parts)


def _index(definitions: dict[str, Definition]) -> str:
    lines = ["# Studies", "", "They come with Seedbed: `seedbed study run NAME`, first with `--quick`.", ""]
    lines += ["| study | what it asks |", "|---|---|"]
    lines += [f"| [{name}]({name}.md) | {_cell(definition.question)} |" for name, definition in definitions.items()]
    return "\n".join([*lines, "", "[What was found](../results/README.md).", ""])


def _study_page(definition: Definition) -> str:
    full, quick = definition.full, definition.quick
    lines = [f"# {definition.title}", "", f"**{definition.question}**", ""]
    if definition.source:
        lines += [f"Source: {definition.source}", ""]
    lines += [
        f"    seedbed study run {definition.name} --quick   # {counted(quick.seeds, 'seed')}, "
        f"{counted(quick.epochs, 'epoch')}",
        f"    seedbed study run {definition.name}           # {counted(full.seeds, 'seed')}, "
        f"{counted(full.epochs, 'epoch')}",
        "",
    ]
    if (ROOT / "docs" / "results" / f"{definition.name}.md").exists():
        lines += [f"[What was found](../results/{definition.name}.md).", ""]
    lines += ["## Claims", "", *(f"- {claim.text}" for claim in definition.claims), ""]
    lines += ["## Variants", ""]
    for variant in definition.variants:
        if not definition.grid_of(variant)[0]:
            lines += _variant(definition, variant)
    for grid in definition.grids:
        lines += [f"### {grid.caption}", "", "| axis | values |", "|---|---|"]
        lines += [f"| {axis} | {_cell(', '.join(labels))} |" for axis, labels in grid.axes.items()]
        lines += ["", f"{counted(len(list(grid.cells)), 'variant')}.", ""]
    if definition.remarks:
        lines += ["## Remarks", "", *(f"- {remark}" for remark in definition.remarks), ""]
    return "\n".join(lines)


def _variant(definition: Definition, variant: VariantDefinition) -> Iterator[str]:
    yield from (f"### {variant.title} (`{variant.name}`)", "", "| setting | value |", "|---|---|")
    for key, value in definition.recipe(variant, definition.full.epochs).to_dict().items():
        if key != "epochs" and value not in ("", None):
            yield f"| {key} | `{_cell(str(value))}` |"
    if variant.published:
        figures = variant.published.figures()
        yield f"| published | {published_text(figures)}% over {counted(figures.runs, 'run')} |"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
