"""Model files: what they say of themselves, and what becomes of damaged ones."""

import json

import numpy as np
import pytest
import safetensors
import safetensors.numpy

import seedbed as sb
from seedbed.data.likeness import look_at
from seedbed.errors import StoreError
from seedbed.training import Model
from seedbed.training.digest import content_digest


@pytest.fixture(scope="module")
def run():
    return sb.train("flatten linear(8) relu linear(10)", "digits", epochs=1, seed=5, validation=100, progress=False)


@pytest.fixture(scope="module")
def file(run, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "small.safetensors"
    run.model.save(path)
    return path


def opened(path):
    with safetensors.safe_open(str(path), "numpy") as file:
        return json.loads(file.metadata()["seedbed"]), {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118


def sealed(path, about, arrays):
    """A file whose SHA-256 is right, whatever it holds."""
    about = {key: value for key, value in about.items() if key != "sha256"}
    about["sha256"] = content_digest(about, arrays)
    safetensors.numpy.save_file(arrays, path, {"seedbed": json.dumps(about)})
    return path


def test_a_model_knows_itself(run, file):
    model = Model.load(file)
    digits = sb.load_data("digits").split(100)
    assert model.classes == digits.classes
    origin = model.provenance
    assert (origin.data, origin.data_sha256, origin.seed, origin.run) == ("digits", digits.sha256, 5, run.id)
    assert sb.Recipe.load(origin.recipe) == run.recipe
    assert origin.version == sb.__version__
    assert origin.test_error == pytest.approx(run.test_error)
    low, high = origin.test_interval
    assert low < run.test_error < high
    seen = look_at(digits)
    np.testing.assert_array_equal(model.appearance.thumbnails, seen.thumbnails)
    np.testing.assert_array_equal(model.appearance.textures, seen.textures)
    for name in ("ground", "is_centered", "thumbnail_scale", "texture_scale"):
        assert getattr(model.appearance, name) == getattr(seen, name)
    np.testing.assert_array_equal(model.logits(digits.test_images), run.model.logits(digits.test_images))


def test_wilsons_interval_is_the_textbooks(run):
    # Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I: 81 of 263.
    origin = type(run.model.provenance)(**run.model.provenance.to_dict() | {"test_images": 263, "wrong": 81})
    assert [round(value, 2) for value in origin.test_interval] == [25.53, 36.62]


def test_numbers_of_input_steps_that_do_not_fit_each_other_are_refused(tmp_path):
    path = tmp_path / "pca.safetensors"
    sb.train("flatten linear(10)", "digits", epochs=1, input="pca(9) standardize", progress=False).model.save(path)
    about, arrays = opened(path)
    arrays["input.0.components"] = arrays["input.0.components"][:1]
    with pytest.raises(StoreError, match="expected a model file of Seedbed"):
        Model.load(sealed(path, about, arrays))


def test_every_flipped_bit_is_noticed(file, tmp_path):
    content = bytearray(file.read_bytes())
    generator = np.random.default_rng(0)
    for bit in generator.choice(8 * len(content), 150, replace=False):
        flipped = content.copy()
        flipped[bit // 8] ^= 1 << (bit % 8)
        (tmp_path / "flipped.safetensors").write_bytes(flipped)
        with pytest.raises(StoreError, match=r"model '.*flipped.safetensors': expected a model file of Seedbed"):
            Model.load(tmp_path / "flipped.safetensors")


def changed(**values):
    return lambda about, arrays: about.update(values)


def array(name, value):
    return lambda about, arrays: arrays.update({name: value})


FLOATS = np.zeros((10, 8), np.float32)


@pytest.mark.parametrize(
    "change",
    [
        changed(network=None),
        changed(network="input(1, 8, 8) flatten linear(100000000000)"),
        changed(network="input(1, 9, 9) flatten linear(8) relu linear(10)"),
        changed(network="flatten linear(8) relu linear(10)"),
        changed(network="no such"),
        changed(input=None),
        changed(input="standardize standardize"),
        changed(input="crop(7)"),
        changed(image_shape=None),
        changed(image_shape=[1, 8]),
        changed(image_shape=[1, -8, 8]),
        changed(image_shape=[1, 1 << 15, 1 << 15]),
        changed(image_shape=["1", "8", "8"]),
        changed(dtype="float64"),
        changed(format="seedbed-model-9"),
        changed(format=["seedbed-model-3"]),
        changed(classes=[1, 2]),
        changed(classes=[]),
        changed(classes=["a"] * 11),
        changed(provenance={}),
        changed(provenance=[]),
        changed(appearance={"ground": "green", "is_centered": True, "thumbnail_scale": 1.0, "texture_scale": 1.0}),
        changed(appearance={"ground": "dark", "is_centered": True, "thumbnail_scale": 1.0, "texture_scale": 0.0}),
        changed(more=1),
        array("linear1.weight", np.full((8, 64), np.nan, np.float32)),
        array("linear2.weight", FLOATS.astype(np.float64)),
        array("linear2.weight", FLOATS[:, :7]),
        array("input.0.scale", np.zeros(3, np.float32)),
        array("input.0.scale", np.full(1, np.inf, np.float32)),
        array("input.9.scale", np.zeros(1, np.float32)),
        array("appearance.thumbnails", np.zeros((3, 5), np.uint8)),
        array("appearance.thumbnails", np.zeros((3, 192), np.uint8)),
        array("appearance.textures", np.full((862, 15), np.nan, np.float32)),
        lambda about, arrays: arrays.pop("linear1.bias"),
        lambda about, arrays: arrays.pop("input.0.shift"),
        lambda about, arrays: arrays.pop("appearance.thumbnails"),
    ],
)
def test_a_file_that_is_sealed_but_wrong_is_refused(file, tmp_path, change):
    about, arrays = opened(file)
    change(about, arrays)
    with pytest.raises(StoreError, match="expected a model file of Seedbed"):
        Model.load(sealed(tmp_path / "wrong.safetensors", about, arrays))


@pytest.mark.parametrize("text", ["null", "[]", "3", "{}", "[" * 100000, '{"format": null}', "\ud800"])
def test_descriptions_that_are_none_are_refused(file, tmp_path, text):
    _, arrays = opened(file)
    safetensors.numpy.save_file(arrays, tmp_path / "x", {"seedbed": text.encode("utf-8", "replace").decode()})
    with pytest.raises(StoreError, match="expected a model file of Seedbed"):
        Model.load(tmp_path / "x")


def test_models_of_the_second_format_are_read(run, file, tmp_path):
    about, arrays = opened(file)
    kept = {key: about[key] for key in ("network", "input", "image_shape", "dtype")} | {"format": "seedbed-model-2"}
    del arrays["appearance.thumbnails"], arrays["appearance.textures"]
    safetensors.numpy.save_file(arrays, tmp_path / "old.safetensors", {"seedbed": json.dumps(kept)})
    model = Model.load(tmp_path / "old.safetensors")
    images = sb.load_data("digits").test_images
    np.testing.assert_array_equal(model.logits(images), run.model.logits(images))
    assert (model.provenance, model.appearance, model.classes) == (None, None, tuple("0123456789"))
    model.save(tmp_path / "again.safetensors")
    assert Model.load(tmp_path / "again.safetensors").provenance is None


def test_a_wrong_suffix_is_refused_with_the_next_step(run, tmp_path):
    with pytest.raises(StoreError, match=r"got the suffix '.onnx'. Say '.*m.safetensors'. model.export writes ONNX"):
        run.model.save(tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []


def test_parameters_that_are_not_finite_are_not_written(run, tmp_path):
    broken = Model(run.model.network, run.model.state, run.model.input)
    broken.state["linear1.bias"] = np.full(8, np.nan, np.float32)
    with pytest.raises(StoreError, match=r"'linear1.bias' is not finite"):
        broken.save(tmp_path / "m.safetensors")


def test_the_file_of_a_run_is_a_model_too(tmp_path):
    run = sb.train("softmax", "digits", epochs=1, seed=2, progress=False, workspace=tmp_path)
    model = Model.load(tmp_path / "runs" / f"{run.id}.safetensors")
    images = sb.load_data("digits").test_images
    np.testing.assert_array_equal(model.logits(images), run.model.logits(images))
    assert model.provenance == run.model.provenance
    with pytest.raises(StoreError, match=r"no such file. A run of a workspace: sb.load_run\('0123-4'\)"):
        Model.load("0123-4")
