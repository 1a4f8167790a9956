"""The figure of what an answer rests on: saliency and occlusion."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seedbed.formatting import number
from seedbed.insight import Occlusion
from seedbed.language import phrase
from seedbed.report.document import Figure
from seedbed.report.figures import ImageRow, draw_image_rows, magnitude, natural, picture, signed


def attribution_figure(
    name: str,
    images: Sequence[NDArray[np.generic]],
    titles: Sequence[str],
    saliency: NDArray[np.float64],
    occlusions: Sequence[Occlusion],
) -> Figure:
    """Images with their maps.

    Parameters
    ----------
    name : str
    images : sequence of array, shape (c, h, w)
    titles : sequence of str
    saliency : float64 array, shape (n, h, w)
    occlusions : sequence of Occlusion
        For the label of each image.
    """
    # Only clear effects get strong colours: at least a tenth.
    limits = [max(float(np.abs(one.by_pixel).max()), 0.1) for one in occlusions]
    rows = [
        ImageRow(
            title,
            phrase(
                "right class {share}%, covered {change}",
                share=number(100 * one.probability, 1),
                change=_change(one.by_pixel),
            ),
            (natural(image), magnitude(shares, float(shares.max())), signed(one.by_pixel, limit)),
        )
        for image, title, shares, one, limit in zip(images, titles, saliency, occlusions, limits, strict=True)
    ]
    size = occlusions[0].size
    caption = phrase(
        "What the answer rests on. Saliency: how strongly the output of the right class changes with each pixel, "
        "bright for strongly (Simonyan et al. 2014). Occlusion: how much probability the right class loses when a "
        "square of {size}×{size} pixels is covered, orange for a loss, blue for a gain; the range of the change, in "
        "points, stands below (Zeiler and Fergus 2014). Look whether the strokes matter or the ground around them, and "
        "at what misleads the wrong answers.",
        size=size,
    )
    alt = phrase(
        "Images with maps of saliency and occlusion: {images}.",
        images="; ".join(f"{title}, {row.note}" for title, row in zip(titles, rows, strict=True)),
    )
    heads = (phrase("image"), phrase("saliency"), phrase("occlusion"))
    return Figure(name, caption, picture(name, alt, lambda width: draw_image_rows(rows, heads, width)))


def _change(fall: NDArray[np.float64]) -> str:
    """``−12 to +3``."""
    low, high = -100 * float(fall.max()), -100 * float(fall.min())
    first, last = (f"{'+' if value > 0.5 else ''}{number(value, 0)}" for value in (low, high))
    return phrase("{low} to {high}", low=first, high=last)
