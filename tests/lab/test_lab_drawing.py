"""A drawing as an image of the data set: a 7 as MNIST's digits are, and whatever else a page may send."""

import base64
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from seedbed.data.centering import centered
from seedbed.errors import SeedbedError
from seedbed.lab.drawing import as_image
from seedbed.lab.wire import Draw


def drawn(size, *strokes, width=6):
    page = Image.new("L", (size, size))
    for stroke in strokes:
        ImageDraw.Draw(page).line(
            [(round(x * size), round(y * size)) for x, y in stroke], fill=255, width=width, joint="curve"
        )
    return np.asarray(page, dtype=np.uint8)


SEVEN = [(0.15, 0.15), (0.55, 0.15), (0.3, 0.6)]


def message(gray, **others):
    return Draw(base64.b64encode(gray.tobytes()).decode(), gray.shape[0], **others)


def centre(image):
    total = image.sum()
    rows, columns = np.indices(image.shape)
    return (rows * image).sum() / total, (columns * image).sum() / total


@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.3, 0.0), (0.3, 0.3), (0.0, 0.3)])
@pytest.mark.parametrize("size", [56, 112, 200])
def test_a_seven_stands_as_the_digits_of_mnist_do(size, shift):
    moved = [(x + shift[0], y + shift[1]) for x, y in SEVEN]
    image = centered(drawn(size, moved, width=size // 10), 28)
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    # To the nearest pixel.
    assert centre(image.astype(float)) == pytest.approx((13.5, 13.5), abs=0.51)
    assert image.max() == 255


def test_it_does_not_matter_where_it_was_drawn():
    here = centered(drawn(100, SEVEN, width=10), 28)
    there = centered(drawn(100, [(x + 0.3, y + 0.2) for x, y in SEVEN], width=10), 28)
    assert here.any() and np.array_equal(here, there)


@pytest.mark.parametrize("gray", [np.zeros((56, 56), np.uint8), np.full((56, 56), 20, np.uint8)])
def test_nothing_drawn_is_an_empty_image(gray, digits):
    assert not centered(gray, 28).any()
    assert as_image(message(gray), digits).shape == digits.image_shape


@given(st.integers(8, 200), st.integers(0, 2**32), st.sampled_from([8, 28, 32]))
def test_any_drawing_is_an_image(size, seed, side):
    random = np.random.Generator(np.random.Philox(seed))
    gray = np.where(random.random((size, size)) < random.random() ** 4, random.integers(0, 256, (size, size)), 0)
    image = centered(gray.astype(np.uint8), side)
    assert image.shape == (side, side) and image.dtype == np.uint8
    assert bool(image.any()) or not (gray > 20).any() or gray.max() < 128 or (gray > 20).sum() < size


@pytest.mark.parametrize("place", [(0, 0), (0, 55), (55, 0), (55, 55), (20, 30)])
def test_a_single_dot_fills_the_box(place):
    gray = np.zeros((56, 56), np.uint8)
    gray[place] = 255
    image = centered(gray, 28)
    assert (image > 0).sum() == 400
    assert centre(image.astype(float)) == pytest.approx((13.5, 13.5), abs=0.5)


@pytest.mark.parametrize("line", [np.s_[3, :], np.s_[:, 50]])
def test_a_line_along_an_edge_stays_inside(line):
    gray = np.zeros((56, 56), np.uint8)
    gray[line] = 255
    image = centered(gray, 28)
    assert sorted([image.any(axis=0).sum(), image.any(axis=1).sum()]) == [1, 20]


def test_channels_and_sizes_are_those_of_the_data(digits):
    gray = drawn(56, SEVEN)
    assert as_image(message(gray), digits).shape == (1, 8, 8)
    colour = SimpleNamespace(name="colour", image_shape=(3, 32, 20), train_images=np.zeros((2, 3, 32, 20), np.uint8))
    image = as_image(message(gray), colour)
    assert image.shape == (3, 32, 20)
    assert np.array_equal(image[0], image[2])
    as_it_is = as_image(message(gray, center=False), digits)
    assert not np.array_equal(as_it_is, as_image(message(gray), digits))


@pytest.mark.parametrize(
    "wrong", [("", 8), ("AAAA", 8), ("!!!", 8), ("가" * 64, 8), (base64.b64encode(bytes(65)).decode(), 8), ("A", 8)]
)
def test_what_is_no_drawing_is_told(wrong, digits):
    with pytest.raises(SeedbedError, match=r"draw\.pixels"):
        as_image(Draw(*wrong), digits)


def test_toy_data_have_no_pictures():
    points = SimpleNamespace(name="spiral", image_shape=(2, 1, 1), train_images=np.zeros((4, 2, 1, 1), np.float32))
    with pytest.raises(SeedbedError, match="'spiral' are no pictures"):
        as_image(message(drawn(56, SEVEN)), points)
