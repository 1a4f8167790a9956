"""The studies that come with Seedbed: every recipe in them fits its data, and they are what their sources did."""

import hashlib
import itertools
import json
import re
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from seedbed.data import CATALOGUE, Dataset
from seedbed.network import initial_state
from seedbed.study import Study
from seedbed.study.definition import load_definition, shipped_studies
from seedbed.study.plan import StudyPlan, check_arms, make_plan
from seedbed.training import Recipe

SHAPES = {"cifar10-jpeg": ((3, 32, 32), 50_000)}
"""Data that has to be imported first."""


def made_up(recipe: Recipe) -> Dataset:
    """A data set of the right shape, classes and last batch, with few images."""
    if recipe.data in SHAPES:
        shape, train_count = SHAPES[recipe.data]
    else:
        shape, train_count = CATALOGUE[recipe.data].image_shape, CATALOGUE[recipe.data].train_count
    assert recipe.validation < train_count / 2
    generator = np.random.default_rng(0)
    count = 100 + (train_count - recipe.validation) % recipe.batch_size
    tested = max(10, recipe.batch_size)
    labels = (np.arange(count + tested) % 10).astype(np.uint8)
    images = generator.integers(0, 256, (count + tested, *shape), dtype=np.uint8)
    held = np.zeros(recipe.validation, dtype=np.uint8)
    return Dataset(
        recipe.data,
        images[:count],
        labels[:count],
        images[count:],
        labels[count:],
        tuple("0123456789"),
        "made up",
        validation_images=np.zeros((recipe.validation, *shape), np.uint8),
        validation_labels=held,
    )


RUN_KEYS = {
    "dropout-and-batchnorm": ("329d93edcf697313", "464d8f6ca326f503"),
    "lenet5-inside": ("befdc7881f27b9b5", "43f63abe9fcc154b"),
    "lenet5-settings": ("6d5be972f7d227d0", "635f6195b51ced90"),
    "fashion-or-mnist": ("ce2ed509a288833f", "0a2f48260c5ba09c"),
    "lenet5-improved": ("a746c1a0d43de312", "538e93abc11b6440"),
    "linear-or-mlp": ("4be5d8fcd4126c3b", "91b421ee6d12ac3b"),
    "multilayer-cnn": ("dcb05b2c2b274605", "38bf4bf993584037"),
    "multilayer-cnn-cifar": ("ec4435b324a0289b", "6a7c87ec8ebfc6db"),
    "svm-or-softmax": ("1a6581b68fb0fa79", "97cd2ad1be9b7082"),
    "svm-or-softmax-cifar": ("676a342aecf4c91d", "bec907589228348a"),
}
"""SHA-256 of the names of all runs, full and quick."""


@pytest.mark.parametrize("name", shipped_studies())
def test_no_run_of_a_study_changes_its_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a network with a name is trained with elsewhere."""
    monkeypatch.setenv("SEEDBED_CACHE", str(tmp_path))  # imported data would be a part of the names
    monkeypatch.setenv("SEEDBED_DATA", str(tmp_path))
    found = []
    for size in ("full", "quick"):
        jobs = [job for arm in make_plan(load_definition(name), size).arms for job in arm.jobs("native")]
        keys = "\n".join(job.key.identity + job.key.fingerprint for job in jobs)
        found.append(hashlib.sha256(keys.encode()).hexdigest()[:16])
    assert tuple(found) == RUN_KEYS[name]


@pytest.mark.parametrize("size", ["full", "quick"])
@pytest.mark.parametrize("name", shipped_studies())
def test_every_recipe_fits_its_data(name: str, size: str) -> None:
    plan = make_plan(load_definition(name), size)
    datasets = {(arm.recipe.data, arm.recipe.validation): made_up(arm.recipe) for arm in plan.arms}
    check_arms(plan.arms, lambda recipe: datasets[recipe.data, recipe.validation])


@pytest.mark.parametrize("name", shipped_studies())
def test_quick_is_small(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDBED_CACHE", str(tmp_path))  # no imported data: the work of theirs is counted for one image
    plan = make_plan(load_definition(name), "quick")
    # 1e10 multiplications forward take a core about a second with LeNet-5; two cores, three minutes.
    assert sum(job.work for job in plan.jobs) * (50_000 if "cifar" in name else 1) < 2 * 180 * 1e10


def recipes(plan: StudyPlan) -> dict[str, Recipe]:
    return {variant.name: arm.recipe for variant, arm in zip(plan.definition.variants, plan.arms, strict=True)}


def test_the_factorial_of_lenet5_holds_its_three_models() -> None:
    found = recipes(make_plan(load_definition("lenet5-improved")))
    assert found["tanh-mse-plain"] == found["lenet5-avg-lecun"] == found["lenet5"]
    assert found["relu-entropy-plain"] == found["lenet5+-avg-lecun"] == found["lenet5+"]
    assert found["relu-entropy-normalised"] == found["lenet5++-avg-lecun"] == found["lenet5++"]
    assert found["lenet5-all-images"] == found["lenet5-max-lecun"]
    assert found["lenet5+-all-images"] == found["lenet5+-max-lecun"]
    assert found["lenet5++-all-images"] == found["lenet5++-max-lecun"]
    assert len(set(found.values())) == 3 + 5 + 9 + 7


@pytest.mark.parametrize("name", [name for name in shipped_studies() if load_definition(name).chains])
def test_every_step_of_a_chain_changes_one_setting(name: str) -> None:
    definition = load_definition(name)
    found = recipes(make_plan(definition))
    for chain in definition.chains:
        for before, after in itertools.pairwise(chain.names):
            values = [asdict(found[one]) for one in (before, after)]
            assert len([key for key in values[0] if values[0][key] != values[1][key]]) == 1, (before, after)


def test_the_faults_of_the_source_of_lenet5_are_those_that_were_found() -> None:
    found = recipes(make_plan(load_definition("lenet5-improved")))
    faulty = found["lenet5-as-published"]
    assert faulty.network.endswith("linear(10) sigmoid(gradient=tanh)") and "maxpool2d(2)" in faulty.network
    assert (faulty.order, faulty.evaluation, faulty.init) == ("once", "whole_batches", "lecun_uniform")
    assert faulty.counted(10_000) == 9_984


def test_fashion_or_mnist_sets_the_published_grid_beside_both_data_sets() -> None:
    definition = load_definition("fashion-or-mnist")
    found = {variant.name: variant for variant in definition.variants}
    for data in ("mnist", "fashion"):
        cells = [name for name, variant in found.items() if definition.grid_of(variant)[0] == "settings"]
        assert len([name for name in cells if name.startswith(data)]) == 24
        published = found[f"{data}-max-relu-0.001-400"].published
        assert published is not None
        assert published.figures().error == 86.91
        assert published.single_run and published.chosen_on_test


def test_the_noise_grid_changes_nothing_but_the_batch() -> None:
    found = recipes(make_plan(load_definition("fashion-or-mnist")))
    steps = {name: r.epochs * 60_000 // r.batch_size for name, r in found.items() if "-steps-" in name}
    assert len(steps) == 8
    assert set(steps.values()) == {7_500}
    assert {found[name].optimizer for name in steps} == {"sgd(0.1)"}


def test_lenet5_of_1998_has_60_000_parameters_and_the_source_s_ten_outputs_more() -> None:
    found = recipes(make_plan(load_definition("fashion-or-mnist")))
    assert found["fashion-rbf"].build_network().parameter_count == 60_000
    assert found["fashion-lenet5-1998"].build_network().parameter_count == 60_000 + 84 * 10 + 10


def test_first_values_are_the_only_differences_of_the_listing() -> None:
    found = recipes(make_plan(load_definition("multilayer-cnn")))
    one = found["multilayer-cnn"].to_dict()
    for name in ("listing", "wide-start"):
        other = found[name].to_dict()
        assert {key for key in one if one[key] != other[key]} == {"init"}
    assert one["epochs"] * 55_000 // 50 == 19_800
    state = initial_state(found["listing"].build_network(), found["listing"].parts.init, 0)
    assert not state["linear2.weight"].any() and not state["linear2.bias"].any()
    assert 0.8 < state["linear1.weight"].std() < 1 and (state["linear1.bias"] == np.float32(0.1)).all()


@pytest.mark.parametrize("name", shipped_studies())
def test_every_shipped_study_has_all_its_texts_in_korean(name: str) -> None:
    definition = load_definition(name)
    texts = definition.ko
    assert texts is not None
    assert (len(texts.remarks), len(texts.claims)) == (len(definition.remarks), len(definition.claims))
    assert len(texts.chains) == len(definition.chains)
    remarked = {variant.name for variant in definition.variants if variant.published and variant.published.remark}
    assert texts.published.keys() == remarked
    assert [grid.name for grid in definition.grids] == list(texts.grids)
    own = [text for grid in texts.grids.values() for text in (grid.caption, grid.title)]
    sentences = [texts.title, texts.question, texts.source, *texts.remarks, *texts.claims, *texts.published.values()]
    sentences += [step for chain in texts.chains for step in chain.steps]
    assert [text for text in sentences if not text or not re.search("[가-힣]", text)] == []
    assert None not in own
    alone = [variant for variant in definition.variants if not definition.grid_of(variant)[0]]
    titles = [texts.variants.get(variant.name, variant.title) for variant in alone]
    # What is left as it is may be a name, such as LeNet-5 or L2-SVM.
    assert [title for title in titles if re.search(r"\b[a-z]{3,}", title)] == []


@pytest.mark.parametrize("name", shipped_studies())
def test_a_result_can_be_had_again_from_plain_values(name: str, tmp_path: Path) -> None:
    study = Study.load(name)
    found = study.result(quick=True, seeds=1, workspace=tmp_path)
    again = Study.result_again(json.loads(json.dumps(found.again)), tmp_path)
    assert (again.command, again.again, again.texts) == (found.command, found.again, found.texts)
    assert again.variants == found.variants
