"""Toy sets: the places and labels that their definitions state, and their text form."""

import numpy as np
import pytest

from seedbed.data import CATALOGUE, load_data
from seedbed.data.sets.toys import TOYS, Circle, Gauss, Moons, Spiral, Xor
from seedbed.errors import DataError, SeedbedError
from seedbed.notation import parse_one

MANY = 20_000


def test_circle():
    points, labels = Circle(n=MANY).points()
    radius = np.hypot(*points.T)
    assert radius[labels == 1].max() <= 2.5
    assert radius[labels == 0].min() >= 3.5
    assert radius.max() <= 5
    assert labels.sum() == MANY // 2
    # Noise moves the labels over the border at 2.5, never the points.
    noisy, moved = Circle(0.5, MANY).points()
    np.testing.assert_array_equal(noisy, points)
    assert 0.05 < np.mean(moved != labels) < 0.5


def test_xor():
    points, labels = Xor(n=MANY).points()
    assert np.abs(points).min() >= 0.3
    assert np.abs(points).max() <= 5.3
    np.testing.assert_array_equal(labels, points[:, 0] * points[:, 1] >= 0)
    quarters = np.bincount((points[:, 0] > 0) * 2 + (points[:, 1] > 0))
    # Five standard deviations of a binomial count.
    assert (np.abs(quarters - MANY / 4) < 5 * np.sqrt(MANY * 3 / 16)).all()


@pytest.mark.parametrize(("noise", "variance"), [(0, 0.5), (0.5, 4)])
def test_gauss(noise, variance):
    points, labels = Gauss(noise, MANY).points()
    for label, center in ((1, 2), (0, -2)):
        own = points[labels == label] - center
        bound = 5 / np.sqrt(len(own))
        assert np.abs(own.mean(axis=0)).max() < bound * np.sqrt(variance)
        # The variance of a sample of n varies by variance · sqrt(2 / n).
        assert np.abs(np.cov(own.T) - variance * np.eye(2)).max() < bound * np.sqrt(2) * variance


def test_spiral():
    points, labels = Spiral(n=200).points()
    way = np.arange(100) / 100
    arm = 5 * way[:, np.newaxis] * np.stack([np.sin(3.5 * np.pi * way), np.cos(3.5 * np.pi * way)], axis=1)
    # Sines of angles up to 14 are right to a few units of 14 · eps.
    np.testing.assert_allclose(points[labels == 1], arm, atol=1e-13)
    np.testing.assert_allclose(points[labels == 0], -arm, atol=1e-13)
    noisy = Spiral(0.5, 200).points()[0]
    assert 0.4 < np.abs(noisy - points).max() <= 0.5


def test_moons_are_those_of_scikit_learn():
    from sklearn.datasets import make_moons

    points, labels = Moons(n=100).points()
    expected, classes = make_moons(100, shuffle=False)
    np.testing.assert_allclose(points, expected, atol=1e-15)
    np.testing.assert_array_equal(labels, classes)
    spread = Moons(0.3, MANY).points()[0] - Moons(0.0, MANY).points()[0]
    assert spread.std() == pytest.approx(0.3, rel=5 / np.sqrt(4 * MANY))


def test_loaded_by_text():
    dataset = load_data("spiral(0.1, n=300, seed=4, test=0.2, features=(x1, x2_squared, x1_x2, sin_x2))")
    assert dataset.train_images.shape == (240, 4, 1, 1)
    assert dataset.train_images.dtype == np.float32
    assert np.bincount(dataset.test_labels).tolist() == [30, 30]
    assert dataset.name == "spiral(noise=0.1, n=300, seed=4, test=0.2, features=(x1, x2_squared, x1_x2, sin_x2))"
    assert load_data(dataset.name).sha256 == dataset.sha256
    points, _ = Spiral(0.1, 300, 4).points()
    images, _ = Spiral(0.1, 300, 4, features=("x1", "x2_squared", "x1_x2", "sin_x2")).inputs()
    x1, x2 = points.T
    np.testing.assert_allclose(images[:, :, 0, 0], np.stack([x1, x2**2, x1 * x2, np.sin(x2)], axis=1), rtol=1e-6)


@pytest.mark.parametrize("name", TOYS)
def test_seeds_differ_and_repeat(name):
    prints = [load_data(text).sha256 for text in (f"{name}(noise=0.1)", f"{name}(0.1)", f"{name}(0.1, seed=1)")]
    assert prints[0] == prints[1] != prints[2]
    assert str(parse_one("toy set", TOYS, f"{name}(noise=0.1)")) == f"{name}(noise=0.1)"


def test_the_catalogue_knows_toys_by_their_text():
    entry = CATALOGUE["moons(n=40, test=10)"]
    assert (entry.train_count, entry.test_count, entry.image_shape) == (30, 10, (2, 1, 1))
    assert entry.is_built_in
    assert "circle" in CATALOGUE
    assert "circus" not in CATALOGUE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("circle(noise=0.6)", "noise: expected a finite number from 0 to 0.5, got 0.6"),
        ("circle(noise=nan)", "noise: expected"),
        ("xor(n=7)", "even number"),
        ("gauss(seed=-1)", "seed: expected"),
        ("spiral(features=(x1, x3))", "got (x1, x3)"),
        ("spiral(features=(x1, x1))", "different names"),
        ("spiral(test=1.5)", "got 1.5"),
        ("moons(nois=0.1)", "unknown argument 'nois'"),
        ("moons(0.1", "at the end"),
    ],
)
def test_wrong_texts_are_refused_in_words(text, words):
    with pytest.raises(SeedbedError) as caught:
        load_data(text)
    assert words in str(caught.value)


def test_a_misspelt_toy_suggests_the_right_one():
    with pytest.raises(DataError, match="Did you mean 'spiral'"):
        load_data("spirale")
