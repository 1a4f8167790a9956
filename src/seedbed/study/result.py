"""What was measured: runs, the variants that they belong to, and grids of variants, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from seedbed.network import State
from seedbed.study.published import Published
from seedbed.training.history import History
from seedbed.training.outcome import Kind, Outcome
from seedbed.training.recipe import Recipe


@dataclass(frozen=True)
class RunResult:
    """One finished run.

    Attributes
    ----------
    seed : int
    outcome : Outcome
    history : History
    engine : str
        What executed it: ``native (avx512)``.
    images_per_second : float
        Training speed, on one core, or on several where there were fewer runs than cores.
    wrong : bool array, shape (test images,), or None
        True where its answer is wrong; None if that is not known: the data set is not at hand, or the run diverged
        before its first epoch ended.
    balanced_error : float
        Percent, if all classes were equally frequent; NaN where ``wrong`` is not known.
    outputs : float32 array, shape (test images, classes), or None
        For the test images; of runs outside grids, read from a workspace.
    state : State or None
        Parameters, of one run of each variant outside grids: the one to look into.
    layers : mapping of (value, layer) to mapping of epoch to float
        Values of layers by epoch, see ``seedbed.study.claim_definition.Value``; of recorded runs, as far as a claim is
        about them.
    """

    seed: int
    outcome: Outcome
    history: History
    engine: str
    images_per_second: float
    wrong: NDArray[np.bool_] | None = field(default=None, repr=False, compare=False)
    balanced_error: float = field(default=float("nan"), repr=False, compare=False)
    outputs: NDArray[np.float32] | None = field(default=None, repr=False, compare=False)
    state: State | None = field(default=None, repr=False, compare=False)
    layers: Mapping[tuple[str, str], Mapping[int, float]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def test_error(self) -> float:
        """Percent after the last epoch, with early stopping after the best one; NaN for a run that diverged before its
        first."""
        result = self.history.result
        return result.test_error if result else float("nan")

    @property
    def collapsed(self) -> bool:
        """Whether it finished with one answer for every image."""
        return self.outcome.kind is Kind.ONE_ANSWER

    @property
    def diverged(self) -> bool:
        """Whether its loss was not finite in the end."""
        return self.outcome.kind is Kind.DIVERGED


@dataclass(frozen=True)
class VariantResult:
    """One recipe over several seeds.

    Attributes
    ----------
    name, title : str
    recipe : Recipe
    parameter_count : int
    published : Published or None
    runs : tuple of RunResult
        By seed; those that count are the ones that are complete.
    grid : str
        Name of the grid that it belongs to, empty if none.
    coordinates : dict of str to str
        Its place there: a label for each axis.
    published_constant : tuple of str
        The classes that, given as the one answer to every image, have exactly the published error.
    full_epochs : int
        Epochs that the study asks for in its size; 0 if nobody does.
    is_shorter : bool
        Whether it was to be trained for fewer epochs than at full size: then no published figure is that of its recipe.
    """

    name: str
    title: str
    recipe: Recipe
    parameter_count: int
    published: Published | None
    runs: tuple[RunResult, ...]
    grid: str = ""
    coordinates: dict[str, str] = field(default_factory=dict)
    published_constant: tuple[str, ...] = ()
    full_epochs: int = 0
    is_shorter: bool = False

    @property
    def cut_short(self) -> bool:
        """Whether it was to be trained for fewer epochs than the study asks for."""
        return self.recipe.epochs < self.full_epochs

    @property
    def errors(self) -> tuple[float, ...]:
        """Final test error in percent of each run that finished."""
        return tuple(self.errors_by_seed.values())

    @property
    def errors_by_seed(self) -> dict[int, float]:
        """The same by the seed of the run."""
        return {run.seed: run.test_error for run in self.runs if run.outcome.is_complete}

    @property
    def balanced_errors_by_seed(self) -> dict[int, float]:
        """Balanced error in percent of each run that finished, by its seed; see ``RunResult``."""
        return {run.seed: run.balanced_error for run in self.runs if run.outcome.is_complete}

    @property
    def wrong(self) -> NDArray[np.bool_] | None:
        """True where an answer is wrong, bool array of shape (finished runs, test images); None if there is none or one
        is not known."""
        known = [run.wrong for run in self.runs if run.outcome.is_complete]
        if not known or any(wrong is None for wrong in known):
            return None
        return np.array(known, dtype=np.bool_)


@dataclass(frozen=True)
class GridResult:
    """A grid of variants.

    Attributes
    ----------
    name, caption : str
    axes : dict of str to tuple of str
        The labels of each axis, in order.
    """

    name: str
    caption: str
    axes: dict[str, tuple[str, ...]]
