"""The loop, driven from outside: what it does in one call, what it tells, and that no division leaves a trace."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import cycle, pairwise, repeat
from math import isnan
from pathlib import Path

import numpy as np
import pytest

from seedbed.data import Dataset, load_data
from seedbed.engine import load_engine
from seedbed.errors import RecipeError
from seedbed.training import Ended, EpochEnded, Event, Intervention, Kind, Outcome, Progress, Recipe, RunState
from seedbed.training.checkpoint import load_run, save_run
from seedbed.training.loop import TrainingLoop
from seedbed.training.outcome import FINISHED

SETTINGS = {"optimizer": "adam(0.01)", "epochs": 2, "batch_size": 200, "average": 0.9, "schedule": "warmup(1) cosine"}
RECIPE = Recipe.make("flatten linear(16) tanh dropout(0.2) linear(10)", "digits", **SETTINGS)  # type: ignore[arg-type]
STEPS = 8  # of an epoch: 1,437 images in batches of 200


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_data("digits")


def loop_of(dataset: Dataset, recipe: Recipe = RECIPE, resume: RunState | None = None) -> TrainingLoop:
    return TrainingLoop(recipe, dataset, 7, load_engine("native"), resume=resume)


def drive(loop: TrainingLoop, most: Iterable[int | None]) -> list[Event]:
    events = []
    for steps in most:
        events.append(loop.advance(steps))
        if isinstance(events[-1], Ended):
            break
    return events


def bits(run: RunState) -> dict[str, bytes | None]:
    arrays = {**run.state, "losses": run.history.step_losses, "wrong": run.history.step_wrong, "outputs": run.outputs}
    return {name: None if array is None else array.tobytes() for name, array in arrays.items()}


def errors(run: RunState) -> list[tuple[float, float]]:
    return [(record.train_loss, record.test_error) for record in run.history.epochs]


def test_one_step_at_a_time_is_one_step(digits: Dataset) -> None:
    loop = loop_of(digits)
    events = drive(loop, repeat(1))
    assert [event.step for event in events if isinstance(event, Progress)] == list(range(1, 2 * STEPS + 1))
    assert len(loop.run.history.step_losses) == 2 * STEPS


def test_events_come_in_their_order(digits: Dataset) -> None:
    loop = loop_of(digits)
    events = drive(loop, repeat(STEPS // 2))
    kinds = [type(event) for event in events]
    # However many steps a call takes, an epoch ends in a call of its own.
    for place, kind in enumerate(kinds):
        if kind is EpochEnded:
            assert kinds[place - 1] is Progress
    assert [event.record.epoch for event in events if isinstance(event, EpochEnded)] == [1, 2]
    assert kinds.count(Ended) == 1 and kinds[-2:] == [EpochEnded, Ended]
    assert loop.advance() == loop.advance() == events[-1] == Ended(FINISHED)
    ended = next(event for event in events if isinstance(event, EpochEnded))
    assert ended.record == loop.run.history.epochs[0]
    assert (ended.progress.step, ended.progress.epoch, ended.progress.test_error) == (STEPS, 2, ended.record.test_error)


@pytest.mark.parametrize("most", [repeat(1), cycle([3, 1, 7, 2, None]), repeat(5)], ids=["one", "odd", "five"])
def test_no_division_into_calls_leaves_a_trace(digits: Dataset, most: Iterable[int | None]) -> None:
    whole, divided = loop_of(digits), loop_of(digits)
    end = whole.finish()
    drive(divided, most)
    assert bits(divided.snapshot()) == bits(end)
    assert errors(divided.run) == errors(end)


@pytest.mark.parametrize("after", range(0, 2 * STEPS + 4, 3))
def test_a_run_goes_on_from_any_event(digits: Dataset, tmp_path: Path, after: int) -> None:
    end, begun = loop_of(digits).finish(), loop_of(digits)
    for _ in range(after):
        begun.advance(1)
    save_run(tmp_path / "run", begun.snapshot(), RECIPE, 7)
    resumed = loop_of(digits, resume=load_run(tmp_path / "run")[0])
    assert bits(resumed.finish()) == bits(end)
    assert errors(resumed.run) == errors(end)


def test_a_learning_rate_that_is_set_counts_from_the_next_step(digits: Dataset) -> None:
    plain, changed = loop_of(digits), loop_of(digits)
    for loop in (plain, changed):
        for _ in range(3):
            loop.advance(1)
    assert changed.learning_rate == 0.01
    changed.set_learning_rate(1)
    assert changed.learning_rate == 1.0
    assert changed.run.history.interventions == [Intervention(3, "lr", 1.0)]
    for loop in (plain, changed):
        loop.advance(1)
    # The step's loss is that before its update; the parameters after it differ.
    assert plain.run.history.step_losses.tobytes() == changed.run.history.step_losses.tobytes()
    assert bits(plain.snapshot()) != bits(changed.snapshot())
    assert plain.run.history.interventions == []


def test_a_learning_rate_set_to_what_it_was_changes_no_bit(digits: Dataset) -> None:
    loop = loop_of(digits)
    loop.advance(1)
    loop.set_learning_rate(0.01)
    assert bits(loop.finish()) == bits(loop_of(digits).finish())
    assert loop.run.history.interventions == [Intervention(1, "lr", 0.01)]


@pytest.mark.parametrize("after", [0, 1, STEPS - 4, 9])
def test_an_intervention_survives_an_interruption(digits: Dataset, tmp_path: Path, after: int) -> None:
    def changed(stop: bool) -> RunState:
        loop = loop_of(digits)
        for _ in range(4):
            loop.advance(1)
        loop.set_learning_rate(0.003)
        for _ in range(after):
            loop.advance(1)
        if stop:
            save_run(tmp_path / "run", loop.snapshot(), RECIPE, 7)
            loop = loop_of(digits, resume=load_run(tmp_path / "run")[0])
            assert loop.learning_rate == 0.003
        return loop.finish()

    undisturbed, resumed = changed(stop=False), changed(stop=True)
    assert bits(resumed) == bits(undisturbed)
    assert resumed.history.interventions == undisturbed.history.interventions == [Intervention(4, "lr", 0.003)]


@pytest.mark.parametrize("lr", [0, -1, float("nan"), float("inf"), True, "0.1", None])
def test_a_learning_rate_that_is_none_is_refused(digits: Dataset, lr: float) -> None:
    loop = loop_of(digits)
    with pytest.raises(RecipeError, match="lr: expected a finite number above 0"):
        loop.set_learning_rate(lr)
    assert loop.run.history.interventions == [] and loop.learning_rate == 0.01


def test_a_stopped_run_stands_where_it_stood(digits: Dataset, tmp_path: Path) -> None:
    loop, other = loop_of(digits), loop_of(digits)
    for one in (loop, other):
        for _ in range(5):
            one.advance(1)
    ended = loop.stop()
    assert ended == Ended(Outcome(Kind.STOPPED, step=5)) == loop.advance() == loop.stop()
    assert ended.outcome.text == "stopped after step 5" and not ended.outcome.is_complete
    assert bits(loop.snapshot()) == bits(other.snapshot())
    save_run(tmp_path / "run", loop.snapshot(), RECIPE, 7)
    assert load_run(tmp_path / "run")[0].outcome == ended.outcome
    # What has ended has ended otherwise.
    other.finish()
    assert other.stop() == Ended(FINISHED)


def test_a_diverged_run_tells_its_step_at_once(digits: Dataset) -> None:
    recipe = Recipe.make("flatten linear(10)", "digits", loss="mse", optimizer="sgd(1e30)", epochs=2)
    loop = loop_of(digits, recipe)
    (ended,) = drive(loop, repeat(None))
    assert isinstance(ended, Ended) and ended.outcome.kind is Kind.DIVERGED
    assert np.argmin(np.isfinite(loop.run.history.step_losses)) + 1 == ended.outcome.step
    assert drive(loop_of(digits, recipe), repeat(1))[-1] == ended


class TestWithoutTestImages:
    """An estimator has none."""

    @pytest.fixture
    def without(self, digits: Dataset) -> Dataset:
        return replace(digits, test_images=digits.test_images[:0], test_labels=digits.test_labels[:0], sha256="")

    def test_it_trains_to_the_same_bits(self, digits: Dataset, without: Dataset) -> None:
        run, expected = loop_of(without).finish(), loop_of(digits).finish()
        assert all(run.state[name].tobytes() == array.tobytes() for name, array in expected.state.items())
        assert run.outcome == FINISHED and run.outputs is None
        assert all(isnan(record.test_error) and isnan(record.test_loss) for record in run.history.epochs)
        assert [record.train_error for record in run.history.epochs] == [
            record.train_error for record in expected.history.epochs
        ]

    def test_its_events_tell_no_test_error(self, without: Dataset) -> None:
        events = drive(loop_of(without), repeat(None))
        assert all(event.test_error is None for event in events if isinstance(event, Progress))
        assert all(event.answer == "" for event in events if isinstance(event, EpochEnded))

    def test_it_is_stored_and_goes_on(self, without: Dataset, tmp_path: Path) -> None:
        loop = loop_of(without)
        for _ in range(STEPS + 2):
            loop.advance(1)
        save_run(tmp_path / "run", loop.snapshot(), RECIPE, 7)
        resumed = loop_of(without, resume=load_run(tmp_path / "run")[0])
        assert bits(resumed.finish()) == bits(loop_of(without).finish())

    def test_validation_images_still_choose(self, without: Dataset) -> None:
        recipe = Recipe.make(RECIPE.network, "digits", epochs=6, validation=100, patience=1, optimizer="sgd(2)")
        run = loop_of(without.split(100), recipe).finish()
        assert run.history.best_epoch is not None and run.outputs is None and run.best is None


@pytest.mark.parametrize(("labels", "kind"), [([0, 1], Kind.ONE_ANSWER), ([1, 1], Kind.FINISHED), ([1], Kind.FINISHED)])
def test_one_answer_means_something_only_where_there_are_several(
    digits: Dataset, labels: list[int], kind: Kind
) -> None:
    images = digits.test_images[[3] * len(labels)]
    data = replace(digits, test_images=images, test_labels=np.array(labels, np.uint8), sha256="")
    run = loop_of(data).finish()
    assert run.outcome is not None and run.outcome.kind is kind
    assert (run.outcome.answer in digits.classes) == (kind is Kind.ONE_ANSWER)


@pytest.mark.parametrize(
    ("network", "batch_size", "steps"),
    [
        ("flatten linear(10)", 10, 8),
        ("conv2d(128, 5, padding=2) relu conv2d(128, 5, padding=2) relu flatten linear(10)", 100, 1),
    ],
)
def test_the_first_call_is_short_where_a_step_is_long(
    digits: Dataset, network: str, batch_size: int, steps: int
) -> None:
    event = loop_of(digits, Recipe.make(network, "digits", batch_size=batch_size, epochs=1)).advance()
    assert isinstance(event, Progress) and event.step == steps


def test_a_long_evaluation_comes_in_parts_with_the_same_bits(digits: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = loop_of(digits)
    drive(whole, repeat(None))
    # As if half a second were over after each part, of 64 images.
    monkeypatch.setattr("seedbed.training.loop._EVALUATION_S", 1e-12)
    parted = loop_of(digits)
    events = drive(parted, repeat(STEPS))
    without_steps = [
        event
        for before, event in pairwise(events)
        if isinstance(before, Progress) and isinstance(event, Progress) and event.step == before.step
    ]
    assert len(without_steps) >= 2 * (len(digits.test_labels) // 64)
    assert bits(parted.run) == bits(whole.run) and errors(parted.run) == errors(whole.run)


def test_what_is_taught_between_parts_counts_for_all_of_an_evaluation(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taught(seconds: float) -> list[tuple[float, float]]:
        monkeypatch.setattr("seedbed.training.loop._EVALUATION_S", seconds)
        loop = loop_of(digits)
        while len(loop.run.history.step_losses) < STEPS:
            loop.advance(1)
        if seconds < 1:
            assert isinstance(loop.advance(), Progress)
        loop.teach(digits.train_images[:1], digits.train_labels[:1])
        drive(loop, repeat(None))
        return errors(loop.run)

    assert taught(1e-12) == taught(1e9)


@pytest.mark.parametrize("engine", ["native", "reference", "torch"])
def test_images_that_are_cut_where_an_engine_says_so_have_the_same_outputs(engine: str, digits: Dataset) -> None:
    loop = TrainingLoop(RECIPE, digits, 7, load_engine(engine))
    images = np.concatenate([digits.train_images, digits.test_images])
    session = loop._session
    whole = session.outputs(images)
    size = session.images_at_once * (64 if engine == "native" else 1)
    parts = [session.outputs(images[first : first + size]) for first in range(0, len(images), size)]
    assert np.concatenate(parts).tobytes() == whole.tobytes()


def test_a_large_network_begins_with_one_step(digits: Dataset) -> None:
    recipe = Recipe.make("conv2d(64, 5, padding=2) conv2d(64, 5, padding=2) flatten linear(10)", "digits", epochs=1)
    loop = loop_of(digits, recipe)
    event = loop.advance()
    assert isinstance(event, Progress) and event.step == 1
