import numpy as np
import pytest
from tiny_study import TINY

from seedbed.data import load_data
from seedbed.errors import StudyError
from seedbed.study.definition import load_definition, parse_definition
from seedbed.study.plan import check_arms, make_plan

DEFINITION = parse_definition(TINY, "tiny.toml")


def test_sizes_and_what_is_given_in_their_place() -> None:
    full, quick = make_plan(DEFINITION), make_plan(DEFINITION, "quick")
    assert (full.seeds, full.epochs, len(full.jobs)) == (3, 3, 6)
    assert (quick.seeds, quick.epochs, len(quick.jobs)) == (2, 1, 4)
    own = make_plan(DEFINITION, "quick", seeds=5, epochs=7)
    assert (own.seeds, own.epochs, own.size) == (5, 7, "quick")
    assert {job.key.seed for job in own.jobs} == {0, 1, 2, 3, 4}


def test_numbers_of_numpy_are_numbers_of_seeds() -> None:
    plan = make_plan(DEFINITION, seeds=np.int64(2), epochs=np.uint8(1), engine="native")
    assert (plan.seeds, plan.epochs, len(plan.jobs)) == (2, 1, 4)
    assert {type(job.key.seed) for job in plan.jobs} == {int}
    with pytest.raises(StudyError, match=r"^seeds: expected a whole number from 1 to 100,000, got 10+\.$") as caught:
        make_plan(DEFINITION, seeds=10**30)
    assert caught.value.field == "seeds"


def test_a_longer_run_is_another_run() -> None:
    assert not {job.key for job in make_plan(DEFINITION, epochs=2).jobs} & {
        job.key for job in make_plan(DEFINITION, epochs=3).jobs
    }


def test_more_seeds_keep_the_runs_that_are_there() -> None:
    assert {job.key for job in make_plan(DEFINITION).jobs} < {job.key for job in make_plan(DEFINITION, seeds=4).jobs}


def test_each_engine_has_runs_of_its_own() -> None:
    native, reference = (make_plan(DEFINITION, engine=engine).jobs for engine in ("native", "reference"))
    assert not {job.key for job in native} & {job.key for job in reference}


def test_runs_go_seed_by_seed_and_the_longest_of_a_seed_first() -> None:
    text = TINY.replace('name = "high"', 'name = "high"\nnetwork = "conv2d(8, 3) flatten linear(10)"', 1)
    jobs = make_plan(parse_definition(text, "tiny.toml"), "quick").jobs
    assert [(job.title, job.key.seed) for job in jobs] == [
        ("High rate", 0),
        ("Low rate", 0),
        ("High rate", 1),
        ("Low rate", 1),
    ]


def test_work_counts_every_weight_as_often_as_it_is_used() -> None:
    definition = load_definition("lenet5-improved")
    plain = next(job for job in make_plan(definition, epochs=1).jobs if job.title == "LeNet-5")
    # 416,520 multiplications of LeNet-5 as its authors count them, and one for each of 6+16 maps and flat values.
    assert plain.work / 60_000 == pytest.approx(416_520, rel=0.1)


def test_variants_with_one_recipe_share_their_runs() -> None:
    assert len(make_plan(parse_definition(TINY.replace("0.005", "0.2"), "tiny.toml")).jobs) == 3


@pytest.mark.parametrize("wrong", [{"seeds": 0}, {"epochs": -1}, {"seeds": True}, {"size": "huge"}])
def test_numbers_out_of_range_are_refused(wrong: dict[str, int | str]) -> None:
    with pytest.raises(StudyError, match="expected"):
        make_plan(DEFINITION, **wrong)  # type: ignore[arg-type]


def test_a_network_that_does_not_fit_the_images_is_named_when_the_file_is_read() -> None:
    text = TINY.replace("flatten linear(10)", "conv2d(4, 9) flatten linear(10)")
    with pytest.raises(StudyError, match=r"variants\[1\] 'low': conv2d 'conv1': the window of 9×9 is larger"):
        parse_definition(text, "tiny.toml")


def test_a_recipe_that_does_not_fit_its_data_is_named_before_anything_runs() -> None:
    text = TINY.replace("flatten linear(10)", "flatten linear(5)")
    plan = make_plan(parse_definition(text, "tiny.toml"))
    with pytest.raises(StudyError, match=r"study 'tiny', variant 'low': the network has 5 outputs"):
        check_arms(plan.arms, lambda recipe: recipe.split(load_data(recipe.data)))
