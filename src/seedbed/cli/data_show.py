"""``seedbed data show``: what is in a data set, in numbers and pictures."""

from pathlib import Path
from typing import Annotated

import typer
from rich.cells import cell_len, set_cell_size

from seedbed.cli.as_json import print_json
from seedbed.cli.console import note, say
from seedbed.cli.options import language_option
from seedbed.data import Dataset, Overview, load_data, look_over
from seedbed.data.contact_sheet import write_contact_sheet
from seedbed.data.formats.diagnosis import printable
from seedbed.data.overview import PARTS
from seedbed.data.places import cache_folder
from seedbed.errors import DataError
from seedbed.formatting import counted
from seedbed.language import LANGUAGES, speaking

_IN_WORDS = {"train": "training", "validation": "validation", "test": "test"}
_UNBALANCED = 1.5


def show_command(
    name: Annotated[str, typer.Argument(help="The data set; 'seedbed data list' shows all.")],
    output: Annotated[
        Path | None,
        typer.Option(help="The contact sheet, .html or .png.", show_default="sheet.html beside the data in the cache"),
    ] = None,
    images: Annotated[int, typer.Option(help="Training images of each class on the sheet.")] = 24,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON; draw a sheet only with --output.")] = False,
    lang: Annotated[str, language_option()] = LANGUAGES[0],
) -> None:
    """Show what is in a data set: counts, balance, duplicates, and pictures of every class."""
    overview = look_over(load_data(name, note=note))
    if as_json:
        print_json("data show/1", overview.as_json())
    else:
        for line in _lines(overview):
            say(line)
    if as_json and output is None:
        return
    with speaking(lang):
        path = _sheet(overview, output, images)
    if path is not None:
        (note if as_json else say)(f"Pictures of every class: {path}")


def summary(dataset: Dataset) -> str:
    """Name, images, shape and classes of a data set in a line."""
    counts = {part: len(getattr(dataset, f"{part}_labels")) for part in PARTS}
    images = ", ".join(f"{count:,} {_IN_WORDS[part]}" for part, count in counts.items() if count)
    shape = "×".join(map(str, dataset.image_shape))
    classes = printable(", ".join(dataset.classes))
    return f"{dataset.name}: {images} images of {shape}, {len(dataset.classes)} classes: {classes}."


def _sheet(overview: Overview, output: Path | None, images: int) -> Path | None:
    if output is not None:
        return write_contact_sheet(overview, output, images)
    if overview.dataset.image_shape[1:] == (1, 1):
        return None
    try:
        return write_contact_sheet(overview, cache_folder() / overview.dataset.name / "sheet.html", images)
    except DataError as error:
        note(f"no contact sheet: {error} --output FILE says another place.")
        return None


def _lines(overview: Overview) -> list[str]:
    dataset, duplicates = overview.dataset, overview.duplicates
    low, high = overview.value_range
    shape = "×".join(map(str, dataset.image_shape))
    lines = [
        f"{dataset.name}: images of {shape}, {dataset.train_images.dtype} from {low:g} to {high:g}; "
        f"{printable(dataset.source)}",
        *_table(overview),
    ]
    if overview.imbalance > _UNBALANCED:
        line = f"The largest class has {overview.imbalance:.1f} times as many training images as the smallest"
        if overview.majority_error is not None:
            line += f": always answering it is wrong on {overview.majority_error:.1f}% of the test images"
        lines.append(f"{line}.")
    said = [f"{count:,} in {_IN_WORDS[part]}" for part, count in duplicates.within.items() if count]
    lines.append(f"Images that are there more than once: {', '.join(said) or 'none within a part'}.")
    for (one, other), count in duplicates.across.items():
        if count:
            share = 100 * count / sum(overview.counts[other])
            images = counted(count, f"{_IN_WORDS[other]} image")
            lines.append(f"In {_IN_WORDS[one]} too: {images} ({share:.1f}%).")
    if duplicates.with_other_class:
        lines.append(f"With more than one class: {counted(duplicates.with_other_class, 'image')}.")
    lines += [f"  {printable(example)}" for example in duplicates.examples]
    return lines


def _table(overview: Overview) -> list[str]:
    parts = [part for part in PARTS if sum(overview.counts[part])]
    total = sum(overview.counts["train"])
    rows = [["class", *(_IN_WORDS[part] for part in parts), "of training"]]
    for number, name in enumerate(overview.dataset.classes):
        share = f"{100 * overview.counts['train'][number] / total:.1f}%"
        rows.append([printable(name), *(f"{overview.counts[part][number]:,}" for part in parts), share])
    rows.append(["all", *(f"{sum(overview.counts[part]):,}" for part in parts), "100.0%"])
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            [
                set_cell_size(row[0], widths[0]),
                *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
            ]
        )
        for row in rows
    ]
