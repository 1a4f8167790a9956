"""How parameters follow their gradients."""

from dataclasses import dataclass
from math import isfinite
from typing import ClassVar

from seedbed.errors import RecipeError
from seedbed.notation import parse_one, write


@dataclass(frozen=True)
class Optimizer:
    """Base of all optimizers; ``lr`` is the learning rate before any schedule."""

    notation: ClassVar[str]
    lr: float

    def __post_init__(self) -> None:
        self._require(isfinite(self.lr) and self.lr > 0, "lr must be a finite number above 0", self.lr)

    def __str__(self) -> str:
        return write(self.notation, self)

    def _require(self, holds: bool, rule: str, got: object) -> None:
        if not holds:
            raise RecipeError(f"{self.notation}: {rule}, got {got}.")

    @property
    def slots(self) -> tuple[str, ...]:
        """Names of the arrays kept for each parameter, empty without memory."""
        return ()


@dataclass(frozen=True)
class SGD(Optimizer):
    """Stochastic gradient descent with PyTorch's semantics.

    g ← ∇ + weight_decay·w;  v ← momentum·v + g (the first v is g);  w ← w - lr·v,
    with Nesterov w ← w - lr·(g + momentum·v).
    """

    notation: ClassVar[str] = "sgd"
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._require(0 <= self.momentum < 1, "momentum must be at least 0 and less than 1", self.momentum)
        self._require(
            isfinite(self.weight_decay) and self.weight_decay >= 0,
            "weight_decay must be a finite number of at least 0",
            self.weight_decay,
        )
        self._require(not self.nesterov or self.momentum > 0, "nesterov needs a momentum above 0", self.momentum)

    @property
    def slots(self) -> tuple[str, ...]:
        return ("momentum",) if self.momentum > 0 else ()


OPTIMIZERS: dict[str, type[Optimizer]] = {optimizer.notation: optimizer for optimizer in (SGD,)}
"""Every optimizer by its name in text."""


def load_optimizer(optimizer: "str | Optimizer") -> Optimizer:
    """Turn ``"sgd(lr=0.02, momentum=0.9)"`` or an optimizer into an optimizer."""
    parsed: Optimizer = parse_one("optimizer", OPTIMIZERS, str(optimizer))
    return parsed
