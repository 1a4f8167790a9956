"""Looking into the variants of a study: the answers of every run, and one run from all sides."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from seedbed.data import Dataset, load_data
from seedbed.errors import SeedbedError, StoreError
from seedbed.insight import Agreement, Calibration, Inspection, agreement, calibration_curve, confusion, inspect
from seedbed.insight import probabilities as shares_of
from seedbed.language import phrase
from seedbed.network import Network
from seedbed.runner.job import run_key
from seedbed.statistics import ClassRates, class_rates
from seedbed.store import RunKey, Workspace
from seedbed.study.result import RunResult, VariantResult
from seedbed.study.study_result import StudyResult
from seedbed.training import Recipe, RunState
from seedbed.training.recording import Recording

_MOST_STATES = 12
"""Of each variant: a report is written after every command and must not take longer than a short study."""


@dataclass(frozen=True)
class VariantInside:
    """One variant.

    Attributes
    ----------
    variant : VariantResult
    place : int
        Among the variants outside grids; decides how it is drawn.
    seed : int
        Of the run that is looked into: the recorded one, else the first.
    is_recorded : bool
    inspection : Inspection
        Of that run.
    outputs : tuple of float32 arrays, shape (n_test, classes)
        Of every finished run whose file has them.
    """

    variant: VariantResult
    place: int
    seed: int
    is_recorded: bool
    inspection: Inspection
    outputs: tuple[NDArray[np.float32], ...]

    @property
    def title(self) -> str:
        """The variant and the seed in words."""
        return phrase("{title}, seed {seed}", title=self.variant.title, seed=self.seed)

    @cached_property
    def confusion(self) -> NDArray[np.int64]:
        """Answers of all runs together, by label and answer; int64, shape (outputs, outputs)."""
        counts = np.zeros((self._network.classes,) * 2, np.int64)
        for one in self.outputs:
            counts += confusion(one, self._labels)
        return counts

    @cached_property
    def class_rates(self) -> ClassRates:
        """Recall, precision and F1 of every output over the runs, and the balanced error."""
        return class_rates([confusion(one, self._labels) for one in self.outputs])

    @cached_property
    def agreement(self) -> Agreement:
        """Which images how many runs get wrong."""
        return agreement(self.outputs, self._labels)

    @cached_property
    def calibrations(self) -> tuple[Calibration, ...]:
        """Of each run."""
        return tuple(calibration_curve(shares_of(one, self._network), self._labels) for one in self.outputs)

    @cached_property
    def calibration(self) -> Calibration:
        """Of the answers of all runs together."""
        together = shares_of(np.concatenate(self.outputs), self._network)
        return calibration_curve(together, np.tile(self._labels, len(self.outputs)))

    def common_answers(self) -> dict[int, int]:
        """The most frequent wrong answer to each image that some run gets wrong, by its number."""
        return wrong_answers(self.agreement, self.outputs, self._labels)

    @property
    def _labels(self) -> NDArray[np.uint8]:
        return self.inspection.dataset.test_labels

    @property
    def _network(self) -> Network:
        return self.inspection.network


@dataclass(frozen=True)
class Inside:
    """All variants outside grids of which there is something to see, and what could not be read."""

    variants: tuple[VariantInside, ...]
    problems: tuple[str, ...] = ()


def look_inside(result: StudyResult, workspace: Workspace) -> Inside:
    """Look into every variant outside grids whose runs were read from a workspace.

    Parameters
    ----------
    result : StudyResult
        Has the outputs of its runs and the parameters of one of each variant; no run file is read again.
    workspace : Workspace
        Where the recordings lie.
    """
    alone = [variant for variant in result.variants if not variant.grid]
    library = _Library()
    problems: list[str] = []
    try:
        looks = (_look(place, variant, workspace, library, problems) for place, variant in enumerate(alone))
        found = tuple(one for one in looks if one is not None)
    except SeedbedError as error:
        # The report must come out where the images are no longer at hand.
        return Inside((), (phrase("Left out: {error}", error=error),))
    return Inside(found, tuple(problems))


class _Library:
    """Data sets, each loaded and split once."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int, bool], Dataset] = {}

    def of(self, recipe: Recipe) -> Dataset:
        key = recipe.data_key
        if key not in self._kept:
            self._kept[key] = recipe.split(load_data(recipe.data))
        return self._kept[key]


def _look(
    place: int, variant: VariantResult, workspace: Workspace, library: _Library, problems: list[str]
) -> VariantInside | None:
    answered = [run for run in variant.runs if run.outcome.is_complete and run.outputs is not None]
    run = next((run for run in answered if run.state is not None), None)
    if run is None or run.state is None:
        return None
    recording = _recording(workspace, _key(variant, run), problems)
    state = RunState(run.state, run.history, outputs=run.outputs)
    inspection = inspect(variant.recipe, library.of(variant.recipe), state, recording)
    outputs = tuple(run.outputs for run in answered if run.outputs is not None)
    return VariantInside(variant, place, run.seed, recording is not None, inspection, outputs)


def _key(variant: VariantResult, run: RunResult) -> RunKey:
    return run_key(variant.recipe, run.seed, run.engine.split()[0])


def _recording(workspace: Workspace, key: RunKey, problems: list[str]) -> Recording | None:
    """At most `_MOST_STATES` states of a recording, the first and the last among them; None if there is none."""
    if not workspace.recording_folder(key).is_dir():
        return None
    try:
        recording = Recording.load(workspace.recording_folder(key))
    except StoreError as error:
        problems.append(str(error))
        return None
    problems += recording.problems
    epochs = list(recording.states)
    places = np.linspace(0, len(epochs) - 1, min(len(epochs), _MOST_STATES)).round().astype(int)
    return replace(recording, states={epochs[place]: recording.states[epochs[place]] for place in places})


def wrong_answers(
    agreed: Agreement, outputs: Sequence[NDArray[np.float32]], labels: NDArray[np.uint8]
) -> dict[int, int]:
    """The most frequent wrong answer to each image that some seed gets wrong, by its number."""
    numbers = np.flatnonzero(agreed.wrong)
    answers = np.stack([one[numbers].argmax(axis=1) for one in outputs])
    found = {}
    for place, number in enumerate(numbers):
        counts = np.bincount(answers[:, place], minlength=outputs[0].shape[1])
        counts[labels[number]] = 0
        found[int(number)] = int(counts.argmax())
    return found
