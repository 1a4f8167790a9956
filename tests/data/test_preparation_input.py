"""Input steps: their definitions, what they are fitted to, and what evaluation keeps of them."""

import numpy as np
import preparation_oracle as oracle
import pytest
from preparation_oracle import UNIT
from sklearn.decomposition import PCA

from seedbed.data import Dataset, FittedInput, Preparation, load_data
from seedbed.data._prepare import Step
from seedbed.data.preparation import fit_input, fitted, load_input, prepared_shape
from seedbed.errors import NotationError, RecipeError


@pytest.fixture(scope="module")
def digits():
    return load_data("digits")


@pytest.fixture(scope="module")
def colours():
    """Channels that differ in mean and spread; the test images lie elsewhere."""
    rng = np.random.default_rng(0)
    images = (rng.random((60, 3, 9, 10)) ** np.array([1, 2, 3])[:, None, None] * 255).astype(np.uint8)
    labels = np.zeros(60, np.uint8)
    return Dataset("colours", images[:50], labels[:50], images[50:] // 2, labels[50:], ("all",), "random numbers")


def test_scaling_is_left_to_the_engine_as_it_always_was(colours):
    mean, std = colours.channel_mean, colours.channel_std
    scale, shift = Preparation("standardize", "", colours).affine
    np.testing.assert_array_equal(scale, (1 / (255 * std)).astype(np.float32))
    np.testing.assert_array_equal(shift, (-mean / std).astype(np.float32))
    scale, shift = Preparation("standardize(0.25, 0.5)", "", colours).affine
    np.testing.assert_array_equal([scale, shift], [[np.float32(1 / 127.5)] * 3, [np.float32(-0.5)] * 3])
    scale, shift = Preparation("scale", "", colours).affine
    np.testing.assert_array_equal([scale, shift], [[np.float32(1 / 255)] * 3, [0] * 3])
    np.testing.assert_array_equal(Preparation("", "", colours).affine, [[1] * 3, [0] * 3])
    assert next(Preparation("scale", "", colours).evaluation(colours.test_images)) is colours.test_images


@pytest.mark.parametrize(
    ("input", "augment"), [("scale", "flip"), ("scale", "noise(1)"), ("standardize pad(1)", ""), ("pca(3)", "")]
)
def test_what_an_engine_cannot_do_is_not_left_to_it(colours, input, augment):
    assert Preparation(input, augment, colours).affine is None


def test_prepared_images_are_scaled_as_the_engine_would(colours):
    scale, shift = (a[:, None, None] for a in Preparation("standardize", "", colours).affine)
    prepared = Preparation("standardize", "shift(0)", colours).train(np.arange(50))
    np.testing.assert_array_equal(prepared, colours.train_images.astype(np.float32) * scale + shift)


def test_standardize_is_fitted_to_what_reaches_it(colours):
    for text, images in (
        ("crop(5) standardize", colours.train_images[:, :, 2:7, 2:7]),
        ("scale standardize", colours.train_images),
        ("pad(2) standardize", np.pad(colours.train_images, ((0, 0), (0, 0), (2, 2), (2, 2)))),
    ):
        prepared = fit_input(text, colours).apply(colours.train_images)
        assert prepared.shape == images.shape
        mean, std = images.mean(axis=(0, 2, 3)), images.std(axis=(0, 2, 3))
        expected = (images - mean[:, None, None]) / std[:, None, None]
        np.testing.assert_allclose(prepared, expected, rtol=0, atol=4 * UNIT * (255 / std.min()))


def test_standardize_image_is_that_of_tensorflow(colours):
    images = colours.test_images.copy()
    images[0], images[1] = 7, 9
    images[1, 0, 0, 0] = 10
    expected = np.stack([oracle.standardize_image(image) for image in images.astype(np.float64)])
    assert np.abs(expected[1]).max() < 17, "one pixel that differs by 1 falls under the floor"
    for text in ("standardize_image", "scale standardize_image"):
        prepared = fit_input(text, colours).apply(images)
        rounding = 6 * UNIT * 255 / np.maximum(images.std(axis=(1, 2, 3)), 1 / np.sqrt(270))
        assert (np.abs(prepared - expected).max(axis=(1, 2, 3)) <= rounding).all()
    assert not prepared[0].any()
    np.testing.assert_allclose(prepared[2:].mean(axis=(1, 2, 3), dtype=np.float64), 0, atol=1e-5)
    np.testing.assert_allclose(prepared[2:].std(axis=(1, 2, 3), dtype=np.float64), 1, atol=1e-5)


def test_crop_takes_the_middle_and_undoes_pad(colours):
    images = colours.test_images
    np.testing.assert_array_equal(fit_input("crop(6)", colours).apply(images), images[:, :, 1:7, 2:8])
    square = colours.train_images[:, :, :, :9]
    same = Dataset("square", square, colours.train_labels, square[:1], colours.train_labels[:1], ("all",), "cut")
    np.testing.assert_array_equal(fit_input("pad(3) crop(9)", same).apply(square), square)
    padded = fit_input("pad(3)", same).apply(square)
    np.testing.assert_array_equal(padded, np.pad(square, ((0, 0), (0, 0), (3, 3), (3, 3))))


@pytest.mark.parametrize("k", [1, 20, 61])
def test_pca_is_that_of_scikit_learn(digits, k):
    flat = digits.train_images.reshape(-1, 64) / 255
    theirs = PCA(k, svd_solver="full").fit(flat)
    ours = fit_input(f"pca({k})", digits)
    assert ours.image_shape == (k, 1, 1)
    expected = theirs.transform(digits.test_images.reshape(-1, 64) / 255)
    # Sums of 64 products of numbers of at most 1 (components) and 8 (an image's length).
    np.testing.assert_allclose(ours.apply(digits.test_images)[:, :, 0, 0], expected, rtol=0, atol=66 * UNIT * 8)


def test_pca_after_scaling_and_before_whitening(digits):
    after = fit_input("scale pca(12)", digits).apply(digits.test_images)
    np.testing.assert_allclose(after, fit_input("pca(12)", digits).apply(digits.test_images), atol=66 * UNIT * 8)
    white = fit_input("pca(12) standardize", digits).apply(digits.train_images)[:, :, 0, 0].astype(np.float64)
    np.testing.assert_allclose(np.cov(white.T, bias=True), np.eye(12), atol=1e-4)


def test_nothing_is_learnt_from_test_images(digits):
    other = Dataset("other", digits.train_images, digits.train_labels, 255 - digits.test_images, digits.test_labels,
                    digits.classes, "inverted")  # fmt: skip
    for text in ("standardize", "standardize pca(9)", "crop(6) standardize"):
        mine, theirs = fit_input(text, digits).arrays(), fit_input(text, other).arrays()
        assert mine.keys() == theirs.keys()
        for name, array in mine.items():
            np.testing.assert_array_equal(array, theirs[name])


def test_fitted_once_per_text_and_data_set(digits):
    assert fit_input("standardize pca(7)", digits) is fit_input(" standardize  pca(7) ", digits)
    assert fit_input("standardize pca(7)", digits.split(100)) is not fit_input("standardize pca(7)", digits)


@pytest.mark.parametrize("text", ["standardize pca(9)", "crop(6) standardize_image", "pad(1) pca(3) standardize", ""])
def test_saved_numbers_prepare_the_same_bits(digits, text):
    fitted = fit_input(text, digits)
    again = FittedInput.load(str(fitted), fitted.arrays(), fitted.stored_shape, fitted.dtype)
    assert again.image_shape == fitted.image_shape
    np.testing.assert_array_equal(again.apply(digits.test_images), fitted.apply(digits.test_images))


@pytest.mark.parametrize("input", ["standardize pca(70)", "standardize pca(9)", "crop(6) standardize_image"])
def test_training_images_are_prepared_as_others(digits, input):
    """Whether they are prepared whole or by the chunk, for one thread or three."""
    data = digits if "70" not in input else Dataset(
        "wide", np.tile(digits.train_images, (1, 1, 2, 3)), digits.train_labels,
        np.tile(digits.test_images, (1, 1, 2, 3)), digits.test_labels, digits.classes, "tiled",
    )  # fmt: skip
    order = np.random.default_rng(0).permutation(len(data.train_images))[:200]
    expected = fit_input(input, data).apply(data.train_images[order])
    for threads in (1, 3):
        np.testing.assert_array_equal(Preparation(input, "", data, threads=threads).train(order), expected)
        np.testing.assert_array_equal(Preparation(input, "noise(0)", data, threads=threads).train(order), expected)


def test_noise_comes_after_the_input_steps(digits):
    order = np.arange(300)
    plain = fit_input("standardize pca(9)", digits).apply(digits.train_images[:300])
    noisy = Preparation("standardize pca(9)", "noise(2)", digits, seed=1).train(order, epoch=3)
    for sample in (0, 299):
        w = oracle.words(10, 1, 3, sample, step=0)
        expected = oracle.noise(plain[sample].astype(np.float64), w, 2)
        np.testing.assert_allclose(noisy[sample], expected, rtol=0, atol=2 * 6 * 16 * UNIT + 2 * UNIT * 40)


def test_float_images_are_in_units_already():
    points = np.random.default_rng(0).normal(3, 2, (500, 2, 1, 1)).astype(np.float32)
    labels = np.zeros(500, np.uint8)
    data = Dataset("points", points, labels, points[:9], labels[:9], ("all",), "random numbers")
    np.testing.assert_array_equal(fit_input("scale", data).apply(points), points)
    np.testing.assert_allclose(fit_input("standardize", data).apply(points).std(axis=0), 1, rtol=1e-5)
    rotated = fit_input("pca(2)", data).apply(points)
    lengths = np.linalg.norm(points - points.mean(axis=0, dtype=np.float64), axis=1)
    np.testing.assert_allclose(np.linalg.norm(rotated, axis=1), lengths, rtol=0, atol=8 * UNIT * 12)


@pytest.mark.parametrize("text", ["pad(2)", "crop(6)", "", "crop(7) pad(1)"])
def test_pixels_that_stay_from_0_to_255_are_told_of(digits, text, caplog, monkeypatch):
    monkeypatch.setattr(fitted, "_FITTED", {})
    fit_input(text, digits)
    assert f"input '{text}' leaves pixels from 0 to 255" in caplog.text
    assert f"'{f'{text} standardize'.strip()}' brings them" in caplog.text
    fit_input(text, digits)
    assert len(caplog.records) == 1


def test_few_fits_are_kept(digits, monkeypatch):
    monkeypatch.setattr(fitted, "_FITTED", {})
    first = fit_input("pca(1)", digits)
    for k in range(2, 40):
        fit_input(f"scale crop({k % 7 + 1}) pad({k})", digits)
        assert fit_input("pca(1)", digits) is first
    assert len(fitted._FITTED) == fitted._MOST_FITTED


def test_scaled_pixels_and_float_images_are_not_told_of(digits, caplog, monkeypatch):
    monkeypatch.setattr(fitted, "_FITTED", {})
    for text in ("scale", "pad(2) standardize", "crop(4) standardize_image", "pca(5)"):
        fit_input(text, digits)
    fit_input("", load_data("xor"))
    assert caplog.records == []


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("scales", NotationError, "unknown input step 'scales'. Did you mean 'scale'"),
        ("standardize(0.1)", RecipeError, "expected both mean and std"),
        ("standardize(0.1, 0)", RecipeError, "std: expected a finite number above 0"),
        ("pca(0)", RecipeError, "k: expected a whole number from 1"),
        ("pca(65)", RecipeError, "k: expected at most 64, the values of an image"),
        ("crop(9)", RecipeError, "n: expected at most 8"),
        ("pad(-1)", RecipeError, "n: expected a whole number from 0"),
    ],
)
def test_what_cannot_be_is_refused(digits, text, error, message):
    with pytest.raises(error, match=message):
        Preparation(text, "", digits)


def test_pca_needs_the_images_it_was_fitted_to(digits):
    with pytest.raises(RecipeError, match="expected 64 values each, as it was fitted to, got 36"):
        Preparation("pca(5)", "random_crop(6)", digits)
    few = Dataset("few", digits.train_images[:9], digits.train_labels[:9], digits.test_images, digits.test_labels,
                  digits.classes, "cut")  # fmt: skip
    with pytest.raises(RecipeError, match="at most 9, the number of training images"):
        fit_input("pca(10)", few)


def test_shapes_without_data():
    assert prepared_shape("crop(24) standardize_image", "random_crop(24)", (3, 32, 32)) == (3, 24, 24)
    assert prepared_shape("standardize pca(70)", "noise(1)", (1, 28, 28)) == (70, 1, 1)
    assert [str(step) for step in load_input("standardize(0.13, 0.3) pad(2)")] == ["standardize(mean=0.13, std=0.3)", "pad(2)"]  # noqa: E501 # fmt: skip


@pytest.mark.parametrize(
    ("kind", "input", "output", "values"),
    [
        ("nothing", (1, 2, 2), (1, 2, 2), []),
        ("channels", (2, 2, 2), (2, 2, 2), [1, 1, 1]),
        ("channels", (1, 2, 2), (1, 3, 3), [1, 1]),
        ("project", (1, 2, 2), (2, 1, 1), [0] * 4),
        ("random_crop", (1, 2, 2), (1, 5, 5), [1]),
        ("random_crop", (1, 2, 2), (1, 2, 2), [-1]),
        ("shift", (1, 2, 2), (1, 2, 2), [float("nan")]),
        ("elastic", (1, 2, 2), (1, 2, 2), [1, 1, 1]),
        ("flip", (1, 0, 2), (1, 0, 2), []),
        ("window", (1, 2, 2), (2, 2, 2), []),
    ],
)
def test_the_native_module_refuses_what_reaches_beyond_its_memory(kind, input, output, values):
    with pytest.raises(ValueError, match=kind):
        Step(kind, 0, input, output, np.array(values, np.float32))
