"""One run, looked at from all sides."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from seedbed.data import Dataset
from seedbed.data.preparation import fit_input
from seedbed.engine import ENGINES
from seedbed.engine.base import Plan
from seedbed.errors import DataError
from seedbed.insight.activations import ActivationInputs, Units, activation_inputs, units
from seedbed.insight.answers import (
    Agreement,
    Calibration,
    Mistake,
    agreement,
    calibration_curve,
    confident_mistakes,
    confusion,
    report_classes,
)
from seedbed.insight.attribution import Occlusion, occlusion, saliency
from seedbed.insight.gradients import GradientShare, gradient_share
from seedbed.insight.maps import FeatureMap, convolutions, feature_maps, filters
from seedbed.insight.probe import BatchSession, ProbeBatch, probe_batch, probe_state
from seedbed.insight.range_test import RangeTest, range_test
from seedbed.insight.surface import LossSurface, loss_surface
from seedbed.insight.weights import Weights, weights
from seedbed.network import Network, State
from seedbed.statistics import ClassificationReport
from seedbed.training import Model, Recipe, RunState
from seedbed.training.probabilities import probabilities
from seedbed.training.recording import Recording

Float64 = NDArray[np.float64]


class Inspection:
    """Everything that can be said of the inside of a trained network; each part is computed when it is first asked for.

    What needs the recipe (gradients, units, steps, surface, range test) is None for a model without one.

    Parameters
    ----------
    model : Model
    dataset : Dataset
        As ``Recipe.split`` gives it.
    outputs : float32 array, shape (n_test, classes), optional
        Of the model for the test images; computed if left out.
    recipe : Recipe, optional
    states : mapping of int to State, optional
        With the recipe: the states to look at, by epoch.
    others : sequence of float32 arrays, shape (n_test, classes)
        Outputs of runs of the same recipe with other random seeds.
    """

    def __init__(
        self,
        model: Model,
        dataset: Dataset,
        outputs: NDArray[np.float32] | None = None,
        recipe: Recipe | None = None,
        states: "dict[int, State] | None" = None,
        others: Sequence[NDArray[np.float32]] = (),
    ) -> None:
        self.model, self.dataset, self.recipe = model, dataset, recipe
        self._outputs, self._states, self._others = outputs, states or {}, others
        self._surfaces: dict[tuple[float, int], LossSurface] = {}

    @property
    def network(self) -> Network:
        """The network of the model."""
        return self.model.network

    @property
    def gradient_share(self) -> GradientShare | None:
        """How large the gradient is in each layer, by epoch."""
        return self._over_epochs[0] if self._over_epochs else None

    @property
    def activation_inputs(self) -> ActivationInputs | None:
        """How what enters each activation is distributed, by epoch."""
        return self._over_epochs[1] if self._over_epochs else None

    @property
    def units(self) -> Units | None:
        """Which share of units has stopped to answer, by epoch."""
        return self._over_epochs[2] if self._over_epochs else None

    @property
    def weights(self) -> Weights | None:
        """Norms of parameters and of one step, by epoch."""
        return self._over_epochs[3] if self._over_epochs else None

    @cached_property
    def filters(self) -> dict[str, NDArray[np.float32]]:
        """Kernels of every convolution, float32, shape (out, in, k, k), by layer."""
        return {name: filters(self.model, name) for name in convolutions(self.network)}

    @cached_property
    def outputs(self) -> NDArray[np.float32]:
        """Outputs for the test images, float32, shape (n_test, classes)."""
        return self.model.logits(self.dataset.test_images) if self._outputs is None else self._outputs

    @cached_property
    def probabilities(self) -> Float64:
        """Outputs as shares of 1, float64, shape (n_test, classes); see ``answers.probabilities``."""
        return probabilities(self.outputs, self.network)

    @property
    def answer_names(self) -> tuple[str, ...]:
        """What each output means, in the language that is spoken."""
        return self.dataset.answer_names(self.network.classes)

    @cached_property
    def confusion(self) -> NDArray[np.int64]:
        """Test images by label (rows) and answer (columns), int64, shape (outputs, outputs)."""
        return confusion(self.outputs, self.dataset.test_labels)

    @cached_property
    def mistakes(self) -> tuple[Mistake, ...]:
        """The 24 wrong answers on test images that the network is surest of."""
        return confident_mistakes(self.probabilities, self.dataset.test_labels)

    @cached_property
    def all_mistakes(self) -> tuple[Mistake, ...]:
        """All wrong answers on test images, the surest first."""
        return confident_mistakes(self.probabilities, self.dataset.test_labels, count=None)

    @cached_property
    def classes(self) -> ClassificationReport:
        """Accuracy, and recall, precision and F1 of every class, with intervals."""
        return report_classes(self.outputs, self.dataset)

    @cached_property
    def calibration(self) -> Calibration:
        """Whether the network is as often right as it is sure, on the test images."""
        return calibration_curve(self.probabilities, self.dataset.test_labels)

    @cached_property
    def agreement(self) -> Agreement | None:
        """Which test images this run and those with other seeds get wrong; None without others."""
        if not self._others:
            return None
        return agreement([self.outputs, *self._others], self.dataset.test_labels)

    def feature_maps(self, number: int = 0) -> tuple[FeatureMap, ...]:
        """What the layers make of a test image."""
        return feature_maps(self.model, self.dataset.test_images[number])

    def saliency(self, numbers: Sequence[int]) -> Float64:
        """Which pixels of some test images move the score of their label, float64, shape (n, h, w)."""
        chosen = np.asarray(numbers, dtype=np.int64)
        return saliency(self.model, self.dataset.test_images[chosen], self.dataset.test_labels[chosen])

    def occlusion(self, number: int) -> Occlusion:
        """Which parts of a test image its label needs; the square has a fifth of the image's side."""
        image = self.dataset.test_images[number]
        side = min(image.shape[1:])
        # A square of 2×2 would cover the whole of a smaller image, or not fit into it.
        size = max(2, side // 5) if side > 2 else 1
        return occlusion(self.model, image, int(self.dataset.test_labels[number]), size, stride=max(1, size // 2))

    def loss_surface(self, span: float = 1.0, points: int = 25) -> LossSurface | None:
        """The loss around the trained state, on the probe batch; takes seconds to minutes, once."""
        if self._plan is None or self.batch is None:
            return None
        if (span, points) not in self._surfaces:
            found = loss_surface(self._plan, self.model.state, self.batch, span=span, points=points)
            self._surfaces[span, points] = found
        return self._surfaces[span, points]

    def range_test(self) -> RangeTest | None:
        """Which learning rates the recipe can take; takes up to one epoch of training, once."""
        return self._range_test

    @cached_property
    def _range_test(self) -> RangeTest | None:
        return range_test(self.recipe, self.dataset) if self.recipe is not None else None

    @cached_property
    def batch(self) -> ProbeBatch | None:
        """The probe batch."""
        return probe_batch(self.recipe, self.dataset) if self.recipe is not None else None

    @cached_property
    def _plan(self) -> Plan | None:
        return self.recipe.plan(self.dataset) if self.recipe is not None else None

    @cached_property
    def _over_epochs(self) -> tuple[GradientShare, ActivationInputs, Units, Weights] | None:
        """All series in one pass: what a probe holds is large, so one is let go before the next."""
        if self._plan is None or self.batch is None:
            return None
        session = BatchSession(self._plan, self.batch)
        shares, inputs, inactive, norms = [], [], [], []
        for epoch, state in self._states.items():
            seen = probe_state(session, state, epoch)
            shares.append(gradient_share(seen))
            inputs.append(activation_inputs(seen))
            inactive.append(units(seen))
            norms.append(weights(session, state, epoch))
        return GradientShare.join(shares), ActivationInputs.join(inputs), Units.join(inactive), Weights.join(norms)


def inspect(
    recipe: Recipe,
    dataset: Dataset,
    run_state: RunState,
    recording: Recording | None = None,
    outputs_of_other_seeds: Sequence[NDArray[np.float32]] = (),
    engine: str = ENGINES[0],
) -> Inspection:
    """Look at a run from all sides.

    Parameters
    ----------
    recipe : Recipe
    dataset : Dataset
        As ``Recipe.split`` gives it.
    run_state : RunState
        As training leaves it, or as its file gives it.
    recording : Recording, optional
        Of this run. Without it what goes over epochs shows the end of the run alone.
    outputs_of_other_seeds : sequence of float32 arrays, shape (n_test, classes)
        For the test images, from runs of the same recipe with other random seeds.
    engine : str
        What computes answers of the model.

    Raises
    ------
    DataError
        The recording is of another recipe, or there are no test images.
    SeedbedError
        The recipe does not fit the data, or the state not the recipe.
    """
    _check_has_test_images(dataset)
    if recording is not None and recording.recipe != recipe:
        raise DataError("recording: expected one of the same recipe as the run, got one of another recipe.")
    plan = recipe.plan(dataset)
    model = Model(plan.network, run_state.state, fit_input(recipe.parts.input, dataset), engine)
    result = run_state.history.result
    last = {result.epoch if result else 0: run_state.state}
    states = dict(recording.states) if recording is not None else last
    return Inspection(model, dataset, run_state.outputs, recipe, states, outputs_of_other_seeds)


def inspect_model(model: Model, dataset: Dataset) -> Inspection:
    """Look at a model whose recipe is not known: its filters, its feature maps and its answers.

    Parameters
    ----------
    model : Model
    dataset : Dataset
        Whose test images it answers.

    Raises
    ------
    DataError
        There are none.
    """
    _check_has_test_images(dataset)
    return Inspection(model, dataset)


def _check_has_test_images(dataset: Dataset) -> None:
    if not len(dataset.test_labels):
        raise DataError(
            f"data set '{dataset.name}' has no test images, and an inspection looks at answers to them. Inspect with a "
            "data set that has some, or, of a sweep, the winner: its points meet no test image."
        )
