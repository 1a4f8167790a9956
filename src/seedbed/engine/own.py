"""Losses and optimizers of a user's own."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from seedbed.engine.losses import LOSSES, Loss
from seedbed.engine.optimizers import OPTIMIZERS, Optimizer
from seedbed.errors import RecipeError, SeedbedError
from seedbed.network.own import compare, made_known

Array = NDArray[np.float64]
_L = TypeVar("_L", bound=Loss)
_O = TypeVar("_O", bound=Optimizer)


@dataclass(frozen=True)
class OwnLoss(Loss):
    """Base of a loss of your own: `values` and `slopes` in NumPy, and its arguments as fields."""

    _: KW_ONLY
    code: str = ""

    def __post_init__(self) -> None:
        """Check the arguments; a subclass may."""


@dataclass(frozen=True)
class OwnOptimizer(Optimizer):
    """Base of an optimizer of your own: `update`, `slots` for what it keeps, and its arguments as fields."""

    counts_steps: ClassVar[bool] = True
    _: KW_ONLY
    code: str = ""

    def update(self, parameter: Array, gradient: Array, memory: dict[str, Array], lr: float, count: int) -> Array:
        """The parameter after a step.

        Parameters
        ----------
        parameter, gradient : float array, same shape
            The gradient holds the weight decay.
        memory : dict of str to array, same shape
            By `slots`; put the new ones in it.
        lr : float
            Of this step.
        count : int
            Number of the step, from 1.
        """
        raise NotImplementedError


def own_loss(**example: Any) -> Callable[[type[_L]], type[_L]]:
    """Make a loss of your own known, and check its slopes by finite differences.

    Parameters
    ----------
    **example
        Arguments to check it with, where they have no defaults.

    Raises
    ------
    NetworkError
    """

    def known(made: type[_L]) -> type[_L]:
        part: Any = made_known(made, OwnLoss, LOSSES)
        loss = part(**example)
        random = np.random.default_rng(0)
        outputs, labels = random.normal(size=(5, 4)), np.array([0, 1, 2, 3, 1])
        try:
            compare(
                f"own loss '{loss.notation}': slopes",
                "the outputs",
                lambda: float(np.sum(loss.values(outputs, labels))),
                outputs,
                np.asarray(loss.slopes(outputs, labels)),
            )
        except SeedbedError:
            del LOSSES[loss.notation]
            raise
        result: type[_L] = part
        return result

    return known


def own_optimizer(**example: Any) -> Callable[[type[_O]], type[_O]]:
    """Make an optimizer of your own known, and check that it keeps shapes.

    Parameters
    ----------
    **example
        Arguments to check it with, where they have no defaults, beside ``lr``.

    Raises
    ------
    NetworkError, RecipeError
    """

    def known(made: type[_O]) -> type[_O]:
        part: Any = made_known(made, OwnOptimizer, OPTIMIZERS)
        rule = part(**{"lr": 0.1} | example)
        memory = {slot: np.full((2, 3), rule.first_memory(slot)) for slot in rule.slots}
        moved = rule.update(np.ones((2, 3)), np.ones((2, 3)), memory, 0.1, 1)
        shapes = [np.shape(moved), *(np.shape(array) for array in memory.values())]
        if set(shapes) != {(2, 3)} or not np.isfinite(moved).all():
            del OPTIMIZERS[rule.notation]
            raise RecipeError(
                f"own optimizer '{rule.notation}': update: expected finite arrays of the parameter's shape, got shapes "
                f"{shapes}."
            )
        result: type[_O] = part
        return result

    return known
