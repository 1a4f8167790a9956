"""The networks of an estimator: trained, trained on, and answering."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from seedbed.data import Dataset, FittedInput
from seedbed.data.preparation import fit_input
from seedbed.data.resampling import resampled
from seedbed.data.splits import held_out
from seedbed.engine import choose_engine, load_engine
from seedbed.errors import EstimatorError
from seedbed.network import Network, Shape, Sigmoid, Softmax, State
from seedbed.runner.local import conduct
from seedbed.training import History, Kind, Model, Recipe


class Member:
    """One trained network of a classifier.

    It is pickled as arrays and texts, from which the usual constructors make it again.

    Attributes
    ----------
    model : Model
        ``model.save(path)`` writes a safetensors file.
    state : State
        What training goes on from: parameters, buffers, optimizer memory.
    history : History
        Losses and errors by epoch.
    """

    def __init__(self, network: Network, state: State, history: History, input: FittedInput, engine: str) -> None:
        self.state, self.history, self._engine = state, history, engine
        self.model = Model(network, state, input, engine)

    def __reduce__(self) -> tuple[Any, ...]:
        input = self.model.input
        prepared = str(input), input.arrays(), input.stored_shape, input.dtype
        return _member, (str(self.model.network), self.state, self.history, prepared, self._engine)

    def log_probabilities(self, images: NDArray[Any], classes: int) -> NDArray[np.float64]:
        """Logarithms of the probabilities of the first outputs, float64, shape (n, classes)."""
        outputs = self.model.logits(images)[:, :classes].astype(np.float64)
        if isinstance(self.model.network.layers[-1], Sigmoid | Softmax):
            # Numbers from 0 to 1 already; what is left out, or does not sum to 1, is shared out.
            outputs = np.log(np.maximum(outputs, np.finfo(np.float64).tiny))
        logs: NDArray[np.float64] = log_softmax(outputs, axis=1)
        return logs


def _member(
    network: str, state: State, history: History, prepared: tuple[str, dict[str, Any], Shape, str], engine: str
) -> Member:
    return Member(Network.parse(network), state, history, FittedInput.load(*prepared), engine)


@dataclass(frozen=True)
class Trainer:
    """How the members of an estimator come about.

    Parameters
    ----------
    recipe : Recipe
    engine : str, optional
    threads : int
    """

    recipe: Recipe
    engine: str | None
    threads: int

    def fit(self, dataset: Dataset, weights: NDArray[np.float64] | None, seed: int) -> Member:
        """A network trained from the start.

        Parameters
        ----------
        dataset : Dataset
            Without test images; validation images are held out of it first and count once each.
        weights : float64 array, shape (n,), optional
            See ``resampled``.
        seed : int

        Raises
        ------
        SeedbedError
            The recipe does not fit the data, or the run diverged.
        """
        part = self.recipe.split(dataset)
        if weights is not None:
            if self.recipe.validation:
                weights = weights[~held_out(dataset.train_labels, self.recipe.validation)]
            part = _weighted(part, weights, seed)
        return self._train(self.recipe, part, seed, fit_input(self.recipe.parts.input, part), None)

    def go_on(self, member: Member | None, dataset: Dataset, weights: NDArray[np.float64] | None, seed: int) -> Member:
        """A network trained on for an epoch, or begun, with samples that are prepared as its first ones were.

        Raises
        ------
        SeedbedError
        """
        input = fit_input(self.recipe.parts.input, dataset) if member is None else member.model.input
        part = dataset if weights is None else _weighted(dataset, weights, seed)
        prepared = replace(
            part,
            train_images=input.apply(part.train_images),
            test_images=input.apply(part.test_images),
            validation_images=input.apply(part.validation_images),
            sha256="",
        )
        recipe = replace(self.recipe, input="", epochs=1)
        return self._train(recipe, prepared, seed, input, member.state if member else None)

    def _train(self, recipe: Recipe, dataset: Dataset, seed: int, input: FittedInput, begin: State | None) -> Member:
        network = recipe.build_network(dataset.image_shape)
        executor = load_engine(self.engine or choose_engine(network))
        run = conduct(recipe, dataset, seed, executor, threads=self.threads, begin=begin).state
        if run.outcome is not None and run.outcome.kind is Kind.DIVERGED:
            hint = "Lower its learning rate."
            raise EstimatorError(
                f"training with seed {seed} diverged at step {run.outcome.step:,} with optimizer '{recipe.optimizer}'. "
                f"{hint}",
                field="optimizer",
                expected="a finite loss",
                got="infinity or NaN",
                hint=hint,
            )
        return Member(network, run.state, run.history, input, executor.name)


def _weighted(dataset: Dataset, weights: NDArray[np.float64], seed: int) -> Dataset:
    rows = resampled(weights, seed)
    return replace(dataset, train_images=dataset.train_images[rows], train_labels=dataset.train_labels[rows], sha256="")


def derived_seed(seed: int, calls: int) -> int:
    """The seed of a later call."""
    return int(np.random.SeedSequence((seed, calls)).generate_state(1, np.uint64)[0])
