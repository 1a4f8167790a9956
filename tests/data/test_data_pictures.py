"""Pictures that are more than 8 bits of opaque colour, files without a fitting name, and pictures that are alike."""

import io

import numpy as np
import pytest
from picture_samples import NEWER_KINDS, SIDE, classes_of, encoded, picture, write
from PIL import Image

from seedbed.data import import_data
from seedbed.data.importing.pictures import open_picture, picture_format
from seedbed.errors import DataError


def imported(tmp_path, files, **options):
    return import_data(write(tmp_path / "pictures", files), test=1, replace=True, **options)


def images_of(dataset):
    return np.concatenate([dataset.train_images, dataset.test_images])


def ink(which, number):
    """Black strokes, lying or standing, on transparent ground."""
    alpha = np.zeros((8, 8), np.uint8)
    (alpha if which else alpha.T)[number % 6 : number % 6 + 2] = 255
    return alpha


def with_alpha(mode):
    def values(which, number):
        return np.asarray(
            Image.merge("LA", [Image.new("L", (8, 8)), Image.fromarray(ink(which, number))]).convert(mode)
        )

    return values


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_transparency_is_composited_over_white_or_a_colour(tmp_path, mode):
    files = classes_of(with_alpha(mode))
    white = imported(tmp_path, files)
    assert "8 pictures have transparent parts, composited over white" in white.remarks[0]
    expected = sorted(bytes(255 - ink(which, number)) for which in range(2) for number in range(4))
    assert sorted(bytes(image[0]) for image in images_of(white.dataset)) == expected
    assert white.dataset.image_shape[0] == (1 if mode == "LA" else 3)
    coloured = imported(tmp_path, files, background="#ff8000").dataset
    assert {tuple(pixel) for pixel in images_of(coloured).transpose(0, 2, 3, 1).reshape(-1, 3).tolist()} == {
        (0, 0, 0),
        (255, 128, 0),
    }


def test_half_transparent_pixels_are_mixed(tmp_path):
    def values(which, number):
        return np.full((4, 4, 4), (200, 100, 10 * number, 51 * (which + 1)), np.uint8)

    found = {tuple(image[:, 0, 0]) for image in images_of(imported(tmp_path, classes_of(values)).dataset)}
    # colour · opacity + 255 · (1 - opacity), opacities 1/5 and 2/5
    mixed = [
        [round(value * share + 255 * (1 - share)) for value in (200, 100, 10 * number)]
        for share in (0.2, 0.4)
        for number in range(4)
    ]
    assert found == {tuple(one) for one in mixed}


@pytest.mark.parametrize("mode", ["P", "L", "RGB"])
def test_a_transparent_colour_counts_as_transparency(tmp_path, mode):
    def file(which, number):
        image = Image.fromarray(ink(which, number)).convert(mode)
        # The ink is opaque and white, the ground transparent.
        key = {"P": image.getpixel((7, 7)), "L": 0, "RGB": (0, 0, 0)}[mode]
        out = io.BytesIO()
        image.save(out, "PNG", transparency=key)
        return out.getvalue()

    files = {f"{name}/{number}.png": file(which, number) for which, name in enumerate("ab") for number in range(4)}
    values = images_of(imported(tmp_path, files, background="gray").dataset)
    assert set(np.unique(values)) == {128, 255}


def test_an_opaque_picture_keeps_its_pixels(tmp_path):
    values = [picture(seed)[0] for seed in range(4)]
    opaque = [np.concatenate([one, np.full((SIDE, SIDE, 1), 255, np.uint8)], axis=2) for one in values]
    files = {f"{'ab'[number % 2]}/{number}.png": encoded(Image.fromarray(one)) for number, one in enumerate(opaque)}
    found = imported(tmp_path, files)
    assert not any("transparent" in remark for remark in found.remarks)
    assert sorted(map(bytes, images_of(found.dataset))) == sorted(bytes(one.transpose(2, 0, 1)) for one in values)


def levels(which, number, top=1.0):
    return (np.arange(64).reshape(8, 8) / 64 * 0.5 + 0.05 * number + 0.2 * which) * top


@pytest.mark.parametrize(
    ("files", "option", "words"),
    [
        (classes_of(lambda *one: levels(*one).astype(np.float32), kind="TIFF"), {"floats": "pixels"}, "floating point"),
        (classes_of(lambda *one: levels(*one, 4095).astype(np.uint16)), {"white": 4095}, "they would keep 14 levels"),
        (classes_of(lambda *one: levels(*one, 2**20).astype(np.int32), kind="TIFF"), {"white": 2**20}, "holds values"),
    ],
)
def test_deep_levels_are_kept_or_refused_by_name(tmp_path, files, option, words):
    with pytest.raises(DataError, match=words) as caught:
        imported(tmp_path, files)
    assert "a/0.png" in str(caught.value) or "b/3.png" in str(caught.value)
    assert "floats='keep'" in str(caught.value)
    values = images_of(imported(tmp_path, files, **option).dataset)
    assert all(len(np.unique(image)) == 64 for image in values)
    assert values.dtype == np.uint8
    kept = images_of(imported(tmp_path, files, floats="keep").dataset)
    assert kept.dtype == np.float32 and all(len(np.unique(image)) == 64 for image in kept)


def test_sixteen_bits_in_full_are_scaled_as_ever(tmp_path):
    files = classes_of(lambda *one: levels(*one, 65535).astype(np.uint16))
    found = imported(tmp_path, files)
    expected = sorted(bytes(((levels(w, n, 65535).astype(np.uint16).astype(int) + 128) // 257).astype(np.uint8))
                      for w in range(2) for n in range(4))  # fmt: skip
    assert sorted(bytes(image) for image in images_of(found.dataset)) == expected
    assert "8 pictures have more than 8 bits: 65,535 became 255" in found.remarks
    dark = imported(tmp_path, classes_of(lambda *one: levels(*one, 30000).astype(np.uint16)), white=65535)
    assert images_of(dark.dataset).max() < 128
    with pytest.raises(DataError, match="expected 0 to 4,095"):
        imported(tmp_path, files, white=4095)


def test_deep_and_plain_pictures_do_not_mix_as_floats(tmp_path):
    files = classes_of(lambda *one: levels(*one, 4095).astype(np.uint16))
    with pytest.raises(DataError, match="one holds pixels of 8 bits"):
        imported(tmp_path, files | {"a/z.png": picture(1, (8, 8))[1]}, floats="keep")


@pytest.mark.parametrize(
    "option", [{"white": 3}, {"white": True}, {"background": "no colour"}, {"background": 7}, {"floats": "any"}]
)
def test_unknown_options_of_pictures_are_refused(tmp_path, option):
    with pytest.raises(DataError, match=next(iter(option))):
        imported(tmp_path, classes_of(lambda *one: levels(*one, 4095).astype(np.uint16)), **option)


def test_content_decides_what_is_a_picture(tmp_path):
    kinds = {"JPEG": "jfif", "PNG": "", "WEBP": "dat", "GIF": "jpeg", "JPEG2000": "jp2", "TIFF": "x"}
    kinds |= dict.fromkeys(NEWER_KINDS, "avif")
    for kind in kinds:
        content = picture(1, kind=kind)[1]
        assert picture_format(content[:64]) == kind
        assert open_picture(content).size == (SIDE, SIDE)
    files = {f"{one}/{kind}.{suffix}".rstrip("."): picture(which, kind=kind)[1]
             for which, one in enumerate("ab") for kind, suffix in kinds.items()}  # fmt: skip
    found = imported(tmp_path, files | {"a/notes": b"BMW, P5 and GIF are words", "b/list.csv": b"1,2"})
    assert len(images_of(found.dataset)) == len(files)
    assert found.remarks[-1] == "passed over files that are no pictures: 2 (a/notes, b/list.csv)"
    assert found.skipped == ()


@pytest.mark.parametrize(
    "content", [b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n", b"\x00\x00\x01\x00\x01\x00", b"8BPS"]
)
def test_other_formats_are_never_opened(tmp_path, content, monkeypatch):
    monkeypatch.setattr(
        "PIL.EpsImagePlugin.Ghostscript", lambda *_: pytest.fail("Ghostscript was started"), raising=False
    )
    files = classes_of(ink)
    assert imported(tmp_path, files | {"a/z.jpg": content}).skipped == ("a/z.jpg: no picture",)


def test_pictures_that_are_alike_are_named(tmp_path):
    same = picture(1, (8, 8))[0]
    with pytest.raises(DataError, match="all 7 training images are alike"):
        imported(tmp_path, classes_of(lambda *_: same))
    notes = []
    files = classes_of(lambda which, number: same + np.uint8(which * number))
    import_data(write(tmp_path / "half", files), test=2, note=notes.append)
    assert notes == ["all training images of class a are alike, pixel for pixel"]


def test_a_test_set_of_one_class_or_one_image_is_said(tmp_path):
    files = {f"train/{name}": content for name, content in classes_of(ink).items()}
    for tests, words in ((1, "there is one test image only"), (3, "all 3 test images are of class b")):
        notes = []
        some = {f"test/b/{number}.png": picture(number, (8, 8))[1] for number in range(tests)}
        import_data(write(tmp_path / f"tests{tests}", files | some), note=notes.append)
        assert words in notes[0]
