"""Grids, sizes of single variants, and what weakens published figures: from the file to the variants."""

import pytest
from tiny_study import TINY

from seedbed.errors import StudyError
from seedbed.study.definition import Definition, parse_definition
from seedbed.study.plan import make_plan

GRID = (
    TINY
    + """
[[grids]]
grid = "rates"
caption = "Rate, batch and activation"
name = "{act}-{lr}-{batch}"
title = "{act} at {lr}, batch {batch}"
network = "flatten linear(8) {act} linear(10)"
optimizer = "sgd(lr={lr}{more})"
batch_size = "{batch}"
published_as = "{act}-{batch}"
published_notes = { single_run = true, remark = "by {act}" }

[grids.axes]
act = ["tanh", "relu"]
lr = [{ label = "low", lr = 0.1, more = "" }, { label = "high", lr = 0.2, more = ", momentum=0.5" }]
batch = [16, 32]

[grids.published]
relu-16 = { accuracy = 98.62 }
"""
)


def grid_of(text: str = GRID) -> Definition:
    return parse_definition(text, "my.toml")


def test_a_grid_is_the_product_of_its_axes_behind_the_other_variants() -> None:
    definition = grid_of()
    names = [variant.name for variant in definition.variants]
    assert names[:4] == ["low", "high", "tanh-0.1-16", "tanh-0.1-32"]
    assert len(names) == 2 + 2 * 2 * 2
    last = definition.variants[-1]
    recipe = definition.recipe(last, 3)
    assert (last.name, last.title) == ("relu-0.2-32", "relu at 0.2, batch 32")
    assert (recipe.optimizer, recipe.batch_size) == ("sgd(0.2, momentum=0.5)", 32)
    assert recipe.network == "flatten linear(8) relu linear(10)"


def test_variants_know_their_grid_and_their_place_in_it() -> None:
    definition = grid_of()
    assert definition.grid_of(definition.variants[0]) == ("", {})
    assert definition.grid_of(definition.variants[-1]) == ("rates", {"act": "relu", "lr": "high", "batch": "32"})
    (grid,) = definition.grids
    assert grid.axes == {"act": ("tanh", "relu"), "lr": ("low", "high"), "batch": ("16", "32")}


def test_published_figures_reach_every_variant_that_asks_for_them() -> None:
    published = {variant.name: variant.published for variant in grid_of().variants if variant.published}
    assert set(published) == {"low", "relu-0.1-16", "relu-0.2-16"}
    figure = published["relu-0.1-16"]
    assert figure is not None
    assert figure.figures().error == 1.38
    assert figure.figures().notes == ("single run", "by relu")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "{act} at {lr}",
            "{rate} at {lr}",
            r"grids\[1\] 'rates': unknown placeholder '\{rate\}'.*act, lr, more, batch",
        ),
        ('name = "{act}-{lr}-{batch}"', 'name = "{act}-{lr}"', r"two variants have the name 'tanh-0.1'"),
        ('name = "{act}-{lr}-{batch}"', 'name = "{act}/{lr}-{batch}"', r"grids\[1\].name: expected a name of letters"),
        ('act = ["tanh", "relu"]', "act = []", r"grids\[1\].axes.act: expected at least one value"),
        ('act = ["tanh", "relu"]', "act = [[1]]", r"axes.act: expected texts, numbers, or tables of them, got \[1\]"),
        ('act = ["tanh", "relu"]', "act = [{ x = 1 }]", "axes.act: expected a 'label' or the key 'act' in each table"),
        ('act = ["tanh", "relu"]', 'act = [{ act = "relu", batch = 1 }]', "placeholder 'batch' is set by two axes"),
        ("relu-16 =", "gelu-16 =", "published: no variant has the name 'gelu-16'"),
        ("{ accuracy = 98.62 }", "{ accuracy = 198 }", r"grids\[1\].published.accuracy: expected at most 100, got 198"),
        ("batch = [16, 32]", "batch = [16, 0]", r"grids\[1\].batch_size: expected at least 1, got 0"),
        ("linear(8) {act}", "linear(8) {act}x", r"grids\[1\] 'tanh-0.1-16': unknown layer 'tanhx'"),
        ('caption = "Rate, batch and activation"', "", r"grids\[1\].caption: this key is missing"),
    ],
)
def test_what_is_wrong_in_a_grid_is_told_by_its_place(old: str, new: str, message: str) -> None:
    assert old in GRID
    with pytest.raises(StudyError, match=f"study file 'my.toml': .*{message}"):
        grid_of(GRID.replace(old, new, 1))


def test_two_grids_need_two_names() -> None:
    second = (
        GRID[GRID.index("[[grids]]") :].replace('name = "{act}', 'name = "b-{act}').replace("relu-16 =", "relu-16 =")
    )
    with pytest.raises(StudyError, match="grids: the name 'rates' occurs 2 times"):
        grid_of(GRID + second)


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("std = 1.5", "published: expected either 'error' or 'accuracy'"),
        ("error = 20.0, accuracy = 80.0", "published: expected either 'error' or 'accuracy'"),
        ("error = 20.0, single_run = true", "published: 'single_run' contradicts runs = 4"),
    ],
)
def test_published_figures_are_one_number_and_agree_with_their_marks(new: str, message: str) -> None:
    with pytest.raises(StudyError, match=rf"variants\[1\]\.{message}"):
        parse_definition(TINY.replace("error = 20.0, std = 1.5", new), "my.toml")


def test_marks_become_notes_before_the_remark() -> None:
    text = TINY.replace("runs = 4", "best_epoch = true, chosen_on_test = true, single_run = true")
    published = parse_definition(text, "my.toml").variants[0].published
    assert published is not None
    assert published.figures().notes == ("single run", "best epoch", "settings chosen on test", "made up")


def test_a_variant_may_have_its_own_seeds_and_epochs() -> None:
    own = TINY.replace('title = "Low rate"', 'title = "Low rate"\nseeds = 5\nepochs = 7')
    definition = parse_definition(own, "my.toml")

    def sizes(*arguments: object, **given: int) -> list[tuple[int, int]]:
        return [(len(arm.seeds), arm.recipe.epochs) for arm in make_plan(definition, *arguments, **given).arms]  # type: ignore[arg-type]

    assert sizes() == [(5, 7), (3, 3)]
    assert sizes("quick") == [(2, 1), (2, 1)]
    assert sizes(seeds=4, epochs=2) == [(4, 2), (4, 2)]


def test_a_small_count_of_a_variant_holds_in_quick_size_too() -> None:
    own = TINY.replace('title = "Low rate"', 'title = "Low rate"\nseeds = 1').replace("epochs = 1", "epochs = 2")
    plan = make_plan(parse_definition(own, "my.toml"), "quick")
    assert [(len(arm.seeds), arm.recipe.epochs) for arm in plan.arms] == [(1, 2), (2, 2)]


def test_a_warm_up_longer_than_the_quick_size_is_told_when_the_file_is_read() -> None:
    text = TINY.replace("batch_size = 32", 'batch_size = 32\nschedule = "warmup(2) cosine"')
    with pytest.raises(StudyError, match=r"variants\[1\] 'low': schedule .*shorter than the run, 1 epochs"):
        parse_definition(text, "my.toml")
