"""Test digits of MNIST as people send them: as PNG files of other sizes, colours and places."""

import io

import numpy as np
from PIL import Image


def png(pixels):
    """The content of a PNG file."""
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG")
    return file.getvalue()


def on_white(digit, generator):
    return png(255 - digit)


def on_black(digit, generator):
    return png(digit)


def off_centre(digit, generator):
    """Anywhere in an image of 48×48."""
    page = np.zeros((48, 48), np.uint8)
    top, left = generator.integers(0, 21, 2)
    page[top : top + 28, left : left + 28] = digit
    return png(page)


def in_colours(digit, generator):
    """Dark ink on bright paper, 300×200, the digit enlarged to 150×150 anywhere on it."""
    ink_here = np.zeros((200, 300, 1))
    top, left = generator.integers(0, 50), generator.integers(0, 150)
    enlarged = np.asarray(Image.fromarray(digit).resize((150, 150), Image.Resampling.BICUBIC))
    ink_here[top : top + 150, left : left + 150, 0] = enlarged / 255
    ink, paper = generator.integers(0, 90, 3), generator.integers(190, 256, 3)
    return png((paper + (ink - paper) * ink_here).round().astype(np.uint8))


FORMS = (on_white, on_black, off_centre, in_colours)
