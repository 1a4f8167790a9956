"""Augmentation: every step against its definition in NumPy, and what: expected of all of them."""

import numpy as np
import preparation_oracle as oracle
import pytest
from preparation_oracle import UNIT

from seedbed.data import Dataset, Preparation
from seedbed.data.preparation import RandomCrop, load_augment
from seedbed.errors import NotationError, RecipeError

SEED, EPOCH, COUNT = 0x1234567800000003, 5, 24


def pictures(shape=(3, 11, 14), count=COUNT, dtype=np.uint8):
    images = np.random.default_rng(0).integers(0, 256, (count, *shape)).astype(dtype)
    if dtype == np.float32:
        images /= 255
    labels = np.zeros(count, np.uint8)
    return Dataset("pictures", images, labels, images[:1], labels[:1], ("all",), "random numbers")


def augmented(text, data=None, order=None, epoch=EPOCH, progress=0.0, threads=1, seed=SEED):
    """Training images that nothing else was done to, but what evaluation needs for the size of random crops."""
    data = data or pictures()
    order = np.arange(len(data.train_images)) if order is None else np.asarray(order)
    crops = [step for step in load_augment(text) if isinstance(step, RandomCrop)]
    input = " ".join(f"pad({crop.padding}) crop({crop.size})" for crop in crops)
    return Preparation(input, text, data, seed, threads).train(order, epoch, progress)


# The largest error of a position is 4 rounding errors of a sum of the size of the image; a value changes by at most 255
# from pixel to pixel along either axis, and a sum of four weighted pixels rounds six times.
WARPED = 2 * 255 * 4 * UNIT * 28 + 6 * UNIT * 255
STEPS = [
    ("random_crop(9)", 2, oracle.random_crop, (9,), 0),
    ("random_crop(11, padding=4)", 2, oracle.random_crop, (11, 4), 0),
    ("random_crop(16, padding=3)", 2, oracle.random_crop, (16, 3), 0),
    ("flip", 1, oracle.flip, (), 0),
    ("brightness(63)", 1, oracle.brightness, (63,), 2 * UNIT * (255 + 63)),
    ("contrast(0.2, 1.8)", 1, oracle.contrast, (0.2, 1.8), 6 * UNIT * 2.8 * 255),
    ("shift(3)", 2, oracle.shift, (3,), 0),
    ("shift(20)", 2, oracle.shift, (20,), 0),
    ("affine", 4, oracle.affine, (), WARPED),
    ("affine(rotate=180, scale=0.5, shear=0.4)", 4, oracle.affine, (180, 0.5, 0.4), 4 * WARPED),
    ("elastic", 2 * 11 * 14, oracle.elastic, (8, 4), WARPED + 2 * 255 * 8 * 28 * UNIT),
    ("elastic(34, 1.5)", 2 * 11 * 14, oracle.elastic, (34, 1.5), WARPED + 2 * 255 * 34 * 14 * UNIT),
    # Radius at most 6; the angle is rounded three times, its functions 8 times.
    ("noise(2)", 3 * 11 * 14 + 2, oracle.noise, (2,), 2 * 6 * 16 * UNIT + 2 * UNIT * 270),
]


@pytest.mark.parametrize(("text", "count", "define", "settings", "tolerance"), STEPS, ids=[step[0] for step in STEPS])
def test_a_step_does_what_its_definition_says(text, count, define, settings, tolerance):
    """At place 1 of the text, behind a step that changes nothing."""
    data = pictures()
    result = augmented(f"brightness(0) {text}", data)
    for sample, image in enumerate(data.train_images.astype(np.float64)):
        expected = define(image, oracle.words(count, SEED, EPOCH, sample, step=1), *settings)
        np.testing.assert_allclose(result[sample], expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("text", ["shift(0)", "affine(0, 0, 0)", "elastic(0)", "contrast(1, 1)", "noise(0)"])
def test_nothing_is_nothing(text):
    data = pictures()
    tolerance = 3 * UNIT * 255 if text.startswith("contrast") else 0
    np.testing.assert_allclose(augmented(text, data), data.train_images, rtol=0, atol=tolerance)


ALL = "random_crop(12, padding=2) flip brightness(63) contrast(0.2, 1.8) shift(2) affine elastic(20, 2) noise(3)"


def test_the_number_of_threads_leaves_no_trace():
    one = augmented(ALL)
    for threads in (2, 3, 64):
        np.testing.assert_array_equal(augmented(ALL, threads=threads), one)


def test_an_image_does_not_depend_on_its_neighbours():
    whole = augmented(ALL)
    order = np.random.default_rng(1).permutation(COUNT)
    np.testing.assert_array_equal(augmented(ALL, order=order), whole[order])
    parts = [augmented(ALL, order=part) for part in np.array_split(np.arange(COUNT), 7)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    np.testing.assert_array_equal(augmented(ALL, order=[3, 3, 3]), whole[[3, 3, 3]])


def test_seed_epoch_sample_and_place_each_change_the_draw():
    data = pictures()
    data = dataset_of(data.train_images[[0] * 8])
    results = [
        augmented("noise(1)", data)[0],
        augmented("noise(1)", data)[1],
        augmented("noise(1)", data, epoch=EPOCH + 1)[0],
        augmented("noise(1)", data, seed=SEED + 1)[0],
        augmented("noise(1)", data, seed=SEED + 2**32)[0],
        augmented("brightness(0) noise(1)", data)[0],
    ]
    assert len({result.tobytes() for result in results}) == len(results)


def test_noise_decays_with_the_run():
    data = pictures()
    progress = np.linspace(0, 1, COUNT)
    full = augmented("noise(4)", data) - data.train_images
    decayed = augmented("noise(4, decay=linear)", data, progress=progress) - data.train_images
    np.testing.assert_array_equal(augmented("noise(4)", data, progress=progress) - data.train_images, full)
    # The sum with a pixel rounds each twice.
    expected = full * (1 - progress)[:, None, None, None]
    np.testing.assert_allclose(decayed, expected, rtol=0, atol=4 * UNIT * 280)
    assert not decayed[-1].any()


def many(shape, count=20_000):
    """So many images of a ramp from left to right and from top to bottom."""
    return np.broadcast_to(np.arange(np.prod(shape), dtype=np.uint8).reshape(shape), (count, *shape))


def dataset_of(images):
    labels = np.zeros(len(images), np.uint8)
    return Dataset("many", images, labels, images[:1], labels[:1], ("all",), "a ramp", sha256="0" * 64)


def within_five_sigma(hits, count, chance):
    return abs(hits - count * chance) < 5 * np.sqrt(count * chance * (1 - chance))


def test_half_of_the_images_are_flipped():
    data = dataset_of(many((1, 1, 2)))
    flipped = augmented("flip", data)[:, 0, 0, 0] == 1
    assert within_five_sigma(flipped.sum(), len(flipped), 0.5)


def test_every_shift_and_every_crop_is_as_likely_as_the_others():
    data = dataset_of(many((1, 3, 4)) + np.uint8(1))
    middle = augmented("shift(1)", data)[:, 0, 1, 1]
    for value in (1, 2, 3, 5, 6, 7, 9, 10, 11):
        assert within_five_sigma((middle == value).sum(), len(middle), 1 / 9)
    corner = augmented("random_crop(2)", data)[:, 0, 0, 0]
    for value in (1, 2, 3, 5, 6, 7):
        assert within_five_sigma((corner == value).sum(), len(corner), 1 / 6)


def test_brightness_and_contrast_fill_their_ranges():
    data = dataset_of(many((1, 1, 2)))
    more = augmented("brightness(63)", data)[:, 0, 0, 0]
    factor = np.diff(augmented("contrast(0.2, 1.8)", data)[:, 0, 0])[:, 0]
    for drawn, low, high in ((more, -63, 63), (factor, 0.2, 1.8)):
        assert low < drawn.min() < low + (high - low) / 500
        assert high - (high - low) / 500 < drawn.max() < high
        assert abs(drawn.mean() - (low + high) / 2) < 5 * (high - low) / np.sqrt(12 * len(drawn))


def test_noise_is_gaussian_and_white():
    data = dataset_of(np.zeros((2000, 1, 10, 10), np.uint8))
    drawn = augmented("noise(1)", data).reshape(2000, 100).astype(np.float64)
    n = drawn.size
    assert abs(drawn.mean()) < 5 / np.sqrt(n)
    assert abs(drawn.var() - 1) < 5 * np.sqrt(2 / n)
    assert abs((drawn**4).mean() - 3) < 5 * np.sqrt(96 / n)
    correlation = drawn.T @ drawn / len(drawn) - np.eye(100)
    assert np.abs(correlation).max() < 6 * np.sqrt(2 / len(drawn))


def test_displacements_are_as_large_as_the_docstring_says():
    """A ramp shows how far its pixels were moved."""
    ramp = np.broadcast_to(np.arange(41, dtype=np.float32), (400, 1, 41, 41))
    moved = augmented("elastic(30, 3)", dataset_of(ramp))[:, 0, 20, 20] - 20
    assert moved.std() == pytest.approx(0.16 * 30 / 3, rel=0.2)


def test_brightness_of_float_images_is_in_their_unit():
    floats, bytes_ = augmented("brightness(63)", pictures(dtype=np.float32)), augmented("brightness(63)")
    np.testing.assert_allclose(floats * 255, bytes_, rtol=0, atol=8 * UNIT * 320)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("flop", NotationError, "unknown augmentation 'flop'. Did you mean 'flip'"),
        ("random_crop(40)", RecipeError, "size: expected at most 11"),
        ("random_crop(0)", RecipeError, "size: expected a whole number from 1"),
        ("shift(-1)", RecipeError, "most: expected a whole number from 0"),
        ("brightness(-1)", RecipeError, "most: expected a finite number of at least 0"),
        ("contrast(2, 1)", RecipeError, "high: expected a finite number of at least low"),
        ("affine(rotate=200)", RecipeError, "rotate: expected a finite number from 0 to 180, in degrees"),
        ("affine(scale=1)", RecipeError, "scale: expected a finite number of at least 0 and less than 1"),
        ("elastic(8, 0)", RecipeError, "sigma: expected a finite number above 0 and at most 100"),
        ("noise(nan)", RecipeError, "std: expected a finite number"),
        ("noise(1, decay=cosine)", RecipeError, "decay: expected linear or none"),
        ("noise(1) flip", RecipeError, "must stand last"),
        ("random_crop(8)", RecipeError, r"3×8×8, other images enter as 3×11×14. Begin input with crop\(8\)"),
    ],
)
def test_what_cannot_be_is_refused(text, error, message):
    with pytest.raises(error, match=message):
        Preparation("standardize", text, pictures())


def test_text_round_trip():
    text = "random_crop(24, padding=4) flip contrast(0, 1.8) shift(2) affine(rotate=9) elastic noise(1, decay=linear)"
    assert " ".join(map(str, load_augment(text))) == text
    assert load_augment("") == ()
