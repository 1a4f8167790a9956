"""A page of all wrong answers to test images: by label and answer, the most frequent pair first."""

import base64
import html
import io
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from seedbed.data import Dataset
from seedbed.errors import StoreError
from seedbed.files import write_file
from seedbed.formatting import number, printable
from seedbed.insight import Mistake
from seedbed.language import phrase, spoken
from seedbed.report.figures import natural
from seedbed.report.inspection.pictures import has_pictures

if TYPE_CHECKING:
    from seedbed.insight import Inspection

_SMALLEST_PX = 64
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2em auto;max-width:80em;padding:0 1em;color:#222;background:#fff}"
    "h2{font-size:1.1em;margin:1.6em 0 .4em}ul{display:flex;flex-wrap:wrap;gap:.7em;list-style:none;margin:0;padding:0}"
    "li{font-size:.8em;text-align:center}img{display:block;margin:0 auto;image-rendering:pixelated}"
    "@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}}"
)


def write_mistakes_page(inspection: "Inspection", path: Path, title: str) -> Path:
    """Write one HTML file with every misclassified test image, its number and the probability of the answer.

    Parameters
    ----------
    inspection : Inspection
    path : Path
    title : str

    Raises
    ------
    StoreError
        The file cannot be written.
    """
    try:
        page = mistakes_html(inspection.all_mistakes, inspection.dataset, inspection.answer_names, title)
        write_file(path, page.encode())
    except OSError as error:
        raise StoreError(f"page of mistakes '{path}' cannot be written: {error.strerror or error}.") from None
    return path


def mistakes_html(mistakes: tuple[Mistake, ...], dataset: Dataset, names: tuple[str, ...], title: str) -> str:
    """The page as text; in each pair the surest wrong answer comes first."""
    pairs: dict[tuple[int, int], list[Mistake]] = defaultdict(list)
    for one in mistakes:
        pairs[one.label, one.answer].append(one)
    head = phrase("Mistakes: {title}", title=title)
    told = phrase(
        "{wrong:,} of {count:,} test images are answered wrongly. Below each: its number among the test images, and "
        "the probability of the wrong answer.",
        wrong=len(mistakes),
        count=len(dataset.test_labels),
    )
    parts = [
        f'<!doctype html><html lang="{spoken()}"><head><meta charset="utf-8"><title>{_text(head)}</title>',
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head><body>',
        f"<h1>{_text(head)}</h1><p>{_text(told)}</p>",
    ]
    is_seen = has_pictures(dataset)
    for (label, answer), items in sorted(pairs.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        pair = phrase("{label} → {answer}: {count:,}", label=names[label], answer=names[answer], count=len(items))
        parts.append(f"<h2>{_text(pair)}</h2><ul>")
        parts += [f"<li>{_picture(dataset, one, pair) if is_seen else ''}{_note(one)}</li>" for one in items]
        parts.append("</ul>")
    return "\n".join([*parts, "</body></html>\n"])


def _picture(dataset: Dataset, one: Mistake, pair: str) -> str:
    from PIL import Image

    pixels = natural(dataset.test_images[one.number])[:, :, :3]
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    width = pixels.shape[1] * max(1, -(-_SMALLEST_PX // pixels.shape[1]))
    encoded = base64.b64encode(file.getvalue()).decode()
    alt = phrase("image {number}", number=one.number)
    return f'<img loading="lazy" width="{width}" alt="{_text(f"{pair}, {alt}")}" src="data:image/png;base64,{encoded}">'


def _note(one: Mistake) -> str:
    return _text(f"{one.number} · {number(100 * one.probability, 1)}%")


def _text(value: str) -> str:
    return html.escape(printable(value))
