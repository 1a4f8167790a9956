"""Pictures of every class side by side, as an HTML page or a PNG file."""

import html
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.checks import whole_number
from seedbed.data.formats.diagnosis import printable
from seedbed.data.overview import PARTS, Overview
from seedbed.data.strips import GAP, GROUND, png, png_address, strip
from seedbed.errors import DataError
from seedbed.files import write_file
from seedbed.language import phrase, spoken

SUFFIXES = (".html", ".png")
MOST_IMAGES = 200
_LABEL_HEIGHT = 16
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2em auto;max-width:110em;padding:0 1em}img{max-width:100%;"
    "image-rendering:pixelated}h2{font-size:1.1em;margin:1.5em 0 .3em}td,th{padding:.1em .8em .1em 0;text-align:right}"
    "td:first-child,th:first-child{text-align:left}"
)


def write_contact_sheet(overview: Overview, path: Path, images: int = 24) -> Path:
    """Draw training images of every class, spread evenly over all that the class has.

    Parameters
    ----------
    overview : Overview
    path : Path
        Ends with ``.html`` or ``.png``.
    images : int
        How many of each class, 1 to 200.

    Returns
    -------
    Path

    Raises
    ------
    DataError
        If the images are plain features, the suffix or number is another, or the file cannot be written.
    """
    dataset = overview.dataset
    if path.suffix.lower() not in SUFFIXES:
        raise DataError(f"{path}: expected a file that ends with {' or '.join(SUFFIXES)}.")
    images = whole_number("images", images, 1, MOST_IMAGES, error=DataError)
    if dataset.image_shape[1:] == (1, 1):
        raise DataError(f"data set '{dataset.name}' holds plain features, of which there are no pictures.")
    strips = [_strip(overview, number, images) for number in range(len(dataset.classes))]
    content = _page(overview, strips) if path.suffix.lower() == ".html" else png(_stacked(overview, strips))
    try:
        write_file(path, content)
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error.strerror or error}).") from None
    return path


def _strip(overview: Overview, number: int, most: int) -> NDArray[np.uint8]:
    """Images of one class in rows, shape (height, width, 3)."""
    dataset = overview.dataset
    ends = overview.value_range if dataset.train_images.dtype == np.float32 else (0.0, 255.0)
    return strip(dataset.train_images, dataset.train_labels, number, most, ends)


def _stacked(overview: Overview, strips: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """All classes below each other, each under its name; the font has Latin letters only."""
    from PIL import Image, ImageDraw

    heights = [len(pixels) + _LABEL_HEIGHT for pixels in strips]
    widest = max(200, *(pixels.shape[1] for pixels in strips))
    sheet = Image.new("RGB", (widest + 2 * GAP, sum(heights) + 2 * GAP), (GROUND,) * 3)
    drawing, top = ImageDraw.Draw(sheet), GAP
    for number, (name, pixels, height) in enumerate(zip(overview.dataset.classes, strips, heights, strict=True)):
        shown = name if name.isascii() else f"class {number}"
        drawing.text((GAP, top), f"{printable(shown)} ({overview.counts['train'][number]:,})", fill=(0, 0, 0))
        sheet.paste(Image.fromarray(pixels), (GAP, top + _LABEL_HEIGHT))
        top += height
    return np.asarray(sheet)


def _page(overview: Overview, strips: list[NDArray[np.uint8]]) -> bytes:
    dataset, duplicates = overview.dataset, overview.duplicates
    title = _text(phrase("Data set {name}", name=dataset.name))
    heads = (phrase("class"), phrase("training"), phrase("validation"), phrase("test"))
    rows = [
        [name, *(f"{overview.counts[part][number]:,}" for part in PARTS)] for number, name in enumerate(dataset.classes)
    ]
    copies = phrase(
        "Images that occur more than once, pixel for pixel: {train} in training, {test} in test; {across} test images "
        "are training images too; {conflicts} images have more than one class.",
        train=f"{duplicates.within['train']:,}",
        test=f"{duplicates.within['test']:,}",
        across=f"{duplicates.across['train', 'test']:,}",
        conflicts=f"{duplicates.with_other_class:,}",
    )
    parts = [
        f'<!doctype html><html lang="{spoken()}"><head><meta charset="utf-8"><title>{title}</title>',
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body><h1>{title}</h1>',
        f"<p>{_text(dataset.source)}; {'×'.join(map(str, dataset.image_shape))}, {dataset.train_images.dtype}.</p>",
        _table(heads, rows),
        f"<p>{_text(copies)}</p>",
    ]
    for name, pixels in zip(dataset.classes, strips, strict=True):
        parts.append(f'<h2>{_text(name)}</h2><img alt="{_text(name)}" src="{png_address(pixels)}">')
    return "\n".join([*parts, "</body></html>\n"]).encode()


def _table(heads: tuple[str, ...], rows: list[list[str]]) -> str:
    lines = "".join(f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{''.join(f'<th>{_text(head)}</th>' for head in heads)}</tr>{lines}</table>"


def _text(value: Any) -> str:
    """Safe in HTML, and without what turns or hides text."""
    return html.escape(printable(str(value)))
