"""Pictures in, answers out: any size, colour, ground and place; and which are unlike the training images."""

import numpy as np
import pytest
from drawn_digits import FORMS, in_colours, off_centre, on_black, on_white, png
from PIL import Image

import seedbed as sb
from seedbed.data import locate
from seedbed.data.likeness import look_at
from seedbed.errors import DataError


@pytest.fixture(scope="module")
def model(lenet):
    return sb.Model.load(lenet)


@pytest.fixture(scope="module")
def mnist(lenet):
    return sb.load_data("mnist")


@pytest.mark.parametrize("form", FORMS)
def test_drawn_digits_are_recognised(model, mnist, form):
    generator = np.random.default_rng(1)
    chosen = generator.choice(10000, 200, replace=False)
    found = model.predict([form(mnist.test_images[place, 0], generator) for place in chosen])
    right = np.mean([one.index == label for one, label in zip(found, mnist.test_labels[chosen], strict=True)])
    assert right >= 0.97
    assert np.mean([one.is_unlike for one in found]) <= 0.06


def test_clothes_are_unlike_digits(model, mnist):
    if not locate("fashion-mnist"):
        pytest.skip("Fashion-MNIST is not on this machine")
    fashion = sb.load_data("fashion-mnist")
    clothes = model.predict([png(image[0]) for image in fashion.test_images[:500]])
    assert np.mean([one.is_unlike for one in clothes]) >= 0.93
    assert np.mean(model.appearance.distances(mnist.test_images[::5]) > 1) <= 0.035
    seen = look_at(fashion)
    assert np.mean(seen.distances(fashion.test_images[::5]) > 1) <= 0.03
    assert np.mean(seen.distances(mnist.test_images[::5]) > 1) >= 0.9


def test_what_was_done_is_said(model, mnist):
    digit, generator = mnist.test_images[0, 0], np.random.default_rng(0)
    assert model.predict(on_black(digit, generator)).done == ()
    assert model.predict(on_white(digit, generator)).done == (
        "inverted: its ground is bright, that of the training images dark",
    )
    assert model.predict(off_centre(digit, generator)).done == (
        "what is drawn was scaled and centred in 28×28, as MNIST's digits are",
    )
    words = (
        "made gray",
        "inverted: its ground is bright",
        "contrast stretched: ",
        "what is drawn was scaled and centred",
    )
    said = model.predict(in_colours(digit, generator)).done
    assert all(text.startswith(word) for text, word in zip(said, words, strict=True))


def test_it_can_be_told_otherwise(model, mnist):
    page = np.asarray(Image.fromarray(255 - mnist.test_images[0, 0]).resize((90, 60)))
    assert model.predict(png(page), sb.Handling(as_is=True)).done == (
        "padded with its ground to 90×90",
        "resized from 90×90 to 28×28",
    )
    told = model.predict(png(page), sb.Handling(invert=False, center=False)).done
    assert not any("inverted" in text for text in told)
    assert model.predict(png(255 - page), sb.Handling(invert=True)).done[0] == "inverted, as asked"
    with pytest.raises(DataError, match="as_is: expected alone"):
        sb.Handling(as_is=True, center=True)


def test_every_kind_of_picture_gives_the_same(model, mnist, tmp_path):
    digit = mnist.test_images[3, 0]
    path = tmp_path / "zero.png"
    path.write_bytes(png(digit))
    expected = model.probabilities(mnist.test_images[3:4])[0]
    for picture in (path, str(path), path.read_bytes(), Image.fromarray(digit)):
        one = model.predict(picture)
        assert (one.answer, one.done) == ("0", ())
        np.testing.assert_array_equal(model.probabilities(picture), expected)
    assert [one.answer for one in model.examine([digit])] == ["0"]
    assert model.probabilities([path, path]).shape == (2, 10)
    assert model.predict(path).top(2)[0] == ("0", expected.max())
    assert repr(model.predict(path)).startswith(f"<Prediction {path}: '0', ")


def test_ink_on_nothing_is_seen(model, mnist):
    """A digit in black or in white on a transparent ground."""
    digit = mnist.test_images[0, 0]
    for ink, words in ((0, "laid on white"), (255, "laid on black")):
        picture = Image.merge("LA", (Image.new("L", (28, 28), ink), Image.fromarray(digit)))
        one = model.predict(picture)
        assert one.answer == "7" and one.done[0].startswith(words)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\nxx", b"%!PS-Adobe-3.0 EPSF-3.0\n"])
def test_what_is_no_picture_is_named(model, content, tmp_path):
    (tmp_path / "x.png").write_bytes(content)
    with pytest.raises(DataError, match=r"x\.png: cannot be read as a picture"):
        model.predict(tmp_path / "x.png")


def test_a_colour_network_takes_gray_pictures_and_crops_photographs():
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (60, 3, 8, 8), dtype=np.uint8)
    data = sb.Dataset.from_arrays(images, np.arange(60) % 2, classes=["cat", "dog"])
    model = sb.train("flatten linear(2)", data, epochs=1, progress=False).model
    one = model.predict(png(generator.integers(0, 256, (40, 60), dtype=np.uint8)))
    assert one.answer in ("cat", "dog")
    assert one.done == (
        "gray in all three colours",
        "cropped to the 40×40 in its middle",
        "resized from 40×40 to 8×8",
    )
    with pytest.raises(DataError, match="center: expected a network that takes gray square images"):
        model.predict(png(np.zeros((9, 9), np.uint8)), sb.Handling(center=True))


def test_several_networks_answer_together():
    digits = sb.load_data("digits")
    models = [sb.train("softmax", "digits", epochs=1, seed=seed, progress=False).model for seed in range(3)]
    pictures = [png(image[0]) for image in digits.test_images[:40]]
    found = sb.Ensemble(models).predict(pictures)
    mean = np.mean([model.probabilities(digits.test_images[:40]) for model in models], axis=0)
    np.testing.assert_allclose([one.probabilities for one in found], mean)
    assert all(len(one.votes) == 3 for one in found)
    assert {one.agreeing for one in found} > {3}
    other = sb.Model(models[0].network, models[0].state, models[0].input, classes=list("abcdefghij"))
    with pytest.raises(sb.SeedbedError, match="expected the same classes in all"):
        sb.Ensemble([models[0], other])
