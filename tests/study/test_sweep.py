"""A sweep: judged by validation errors alone, gone on with like a study, one test error at the end."""

from collections.abc import Mapping
from dataclasses import replace
from math import isnan
from pathlib import Path
from typing import Any

import pytest

import seedbed as sb
from seedbed.errors import StudyError
from seedbed.store import RunEntry, Workspace
from seedbed.study import Sweep, Watcher
from seedbed.study.plan import Job
from seedbed.study.searches import BATCH
from seedbed.study.sweep import FRESH_SEED
from seedbed.study.sweep_result import PointResult, SweepResult, not_told_apart
from seedbed.training import Progress, Recipe
from seedbed.training.checkpoint import load_run

GRID = {"lr": "0.5,0.002", "batch_size": [16, 64]}


def make_sweep(grid: Mapping[str, Any] = GRID, **more: Any) -> Sweep:
    return Sweep("softmax", "digits", grid=grid, epochs=1, **({"seeds": 2, "final_seeds": 3} | more))


class Listener(Watcher):
    def __init__(self) -> None:
        self.test_errors: list[float | None] = []
        self.planned_runs: list[tuple[int, int]] = []

    def planned(self, total: int, missing: tuple[Job, ...]) -> None:
        self.planned_runs.append((total, len(missing)))

    def progressed(self, core: int, job: Job, progress: Progress) -> None:
        self.test_errors.append(progress.test_error)

    def finished(self, core: int, job: Job, entry: RunEntry, test_error: float | None) -> None:
        self.test_errors.append(test_error)


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[SweepResult, Path, Listener]:
    workspace = tmp_path_factory.mktemp("sweep")
    listener = Listener()
    return make_sweep().run(workspace=workspace, watch=listener), workspace, listener


def test_the_winner_has_the_lowest_validation_error(swept: tuple[SweepResult, Path, Listener]) -> None:
    result, _, _ = swept
    assert [point.name for point in result.points] == [
        f"lr={lr}, batch_size={size}" for lr in ("0.5", "0.002") for size in (16, 64)
    ]
    assert result.winner.mean == min(point.mean for point in result.points)
    assert result.winner.coordinates["lr"] == "0.5"
    assert result.axes == {"lr": ("0.5", "0.002"), "batch_size": ("16", "64")}


def test_points_are_judged_by_the_errors_on_held_out_images(swept: tuple[SweepResult, Path, Listener]) -> None:
    result, path, _ = swept
    assert result.validation == 143
    workspace = Workspace(path)
    histories: dict[str, dict[int, Any]] = {}
    for key in workspace.ledger.all_keys():
        run, _, seed = load_run(workspace.run_file(key))
        histories.setdefault(key.fingerprint, {})[seed] = run.history
        is_final = seed >= FRESH_SEED
        assert (run.outputs is not None) == is_final
        assert all(isnan(record.test_error) != is_final for record in run.history.epochs)
    for point in result.points:
        own = histories[replace(point.recipe, evaluation="validation").fingerprint]
        assert point.recipe.validation == 143
        assert point.errors == tuple(own[seed].validation_error[-1] for seed in range(2))
    winner = histories[result.winner.recipe.fingerprint]
    assert sorted(winner) == [FRESH_SEED, FRESH_SEED + 1, FRESH_SEED + 2]
    assert result.test_errors == tuple(winner[FRESH_SEED + place].test_error[-1] for place in range(3))


def test_nobody_is_told_a_test_error_before_the_end(swept: tuple[SweepResult, Path, Listener]) -> None:
    _, _, listener = swept
    assert len(listener.test_errors) >= 11
    assert set(listener.test_errors) == {None}


def test_the_same_command_goes_on_and_changes_nothing(swept: tuple[SweepResult, Path, Listener]) -> None:
    result, workspace, first = swept
    assert first.planned_runs == [(8, 8), (3, 3)]
    second = Listener()
    assert make_sweep().run(workspace=workspace, watch=second) == result
    assert second.planned_runs == [(8, 0), (3, 0)]
    third = Listener()
    wider = make_sweep({**GRID, "lr": "0.5,0.002,0.1"}).run(workspace=workspace, watch=third)
    assert third.planned_runs[0] == (12, 4)
    assert wider.identity != result.identity


def test_the_command_is_the_one_that_was_given() -> None:
    command = make_sweep({"lr": "1e-3..1:log"}, random=4, search_seed=3, loss="hinge(C=2)").command("w", "reference")
    assert command == (
        "seedbed sweep softmax --data digits --epochs 1 --loss 'hinge(C=2)' --validation 143 --random 4 --seeds 2 "
        "--final-seeds 3 --search-seed 3 --workspace w --engine reference --grid lr=1e-3..1:log"
    )


def test_runs_that_diverge_count_as_all_wrong_and_cannot_win(tmp_path: Path) -> None:
    result = make_sweep({"lr": [1e38, 0.1]}, seeds=1, final_seeds=1).run(workspace=tmp_path)
    wild, tame = result.points
    assert (wild.errors, wild.diverged) == ((100.0,), 1)
    assert result.winner is tame
    with pytest.raises(StudyError, match=r"none of 1 points was trained to its end.*try smaller learning rates"):
        make_sweep({"lr": [1e38]}, seeds=1, final_seeds=1).run(workspace=tmp_path)


def test_a_search_in_batches_hears_of_each_before_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[list[float]] = []

    class Steps:
        def __init__(self, axes: object, count: int, seed: int) -> None:
            self.count = count

        def batches(self) -> Any:
            for place in range(self.count):
                assert len(heard) % self.count == place
                yield [(0.1 * (place + 1),)]

        def hear(self, errors: list[float]) -> None:
            heard.append(errors)

    monkeypatch.setattr("seedbed.study.sweep.TreeParzenSearch", Steps)
    assert BATCH > 0
    result = make_sweep({"lr": "0.01..1"}, tpe=2, seeds=1, final_seeds=1).run(workspace=tmp_path)
    assert heard == [[point.mean] for point in result.points]
    assert result.search == "tpe"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"seeds": 0}, "seeds: expected a whole number from 1 to 1000, got 0"),
        ({"seeds": 2000}, "seeds: expected a whole number from 1 to 1000, got 2000"),
        ({"random": 2, "tpe": 2}, "give random or tpe, not both"),
        ({"grid": {}}, "there is nothing to vary"),
        ({"grid": {"lr": "0.1..1"}}, "lr is a range; a grid needs values"),
        ({"rate": 1}, "unknown setting 'rate'"),
    ],
)
def test_wrong_arguments_are_told_at_once(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(Exception, match=message):
        make_sweep(**({"grid": GRID} | wrong))


def test_networks_may_be_layers_and_data_must_have_a_name() -> None:
    assert Sweep([sb.Flatten(), sb.Linear(10)], "digits", grid=GRID).settings["network"] == "flatten linear(10)"
    with pytest.raises(StudyError, match=r"take a data set by its name, .* got Dataset\. .* sb\.import_data"):
        Sweep("softmax", sb.load_data("digits"), grid=GRID)  # type: ignore[arg-type]


def test_a_point_that_is_no_recipe_is_named(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"sweep, point lr=-1: adam: lr: expected a finite number above 0"):
        make_sweep({"lr": [-1]}).run(workspace=tmp_path)


def test_without_images_to_judge_by_nothing_is_trained() -> None:
    with pytest.raises(StudyError, match="has no validation images to judge by"):
        make_sweep({"lr": [0.1]}, validation=0)


def point(name: str, *errors: float) -> PointResult:
    return PointResult({"lr": name}, Recipe.make("softmax", "digits"), errors, 0)


def test_ties_are_what_the_seeds_do_not_tell_apart() -> None:
    best, near, far = point("a", 1.0, 1.2, 1.1), point("b", 1.1, 1.3, 1.2), point("c", 5.0, 5.1, 4.9)
    assert not_told_apart(best, [far, near, best]) == (near,)
    single = [replace(one, errors=one.errors[:1]) for one in (best, near, far)]
    assert not_told_apart(single[0], single) == (single[1], single[2])
