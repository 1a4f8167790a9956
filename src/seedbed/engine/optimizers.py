"""How parameters follow their gradients: the optimizers of PyTorch, in name, default and formula.

In the formulas w is a parameter, g its gradient, lr the learning rate of the step, t the number of the step from 1.
``weight_decay`` adds weight_decay·w to g before anything else, except where a docstring says otherwise; it counts for
every parameter, unless a recipe names parameters. Engines keep the arrays of ``slots`` for each parameter.
"""

from dataclasses import dataclass, fields, replace
from typing import ClassVar

from seedbed.notation import build, checked, single_call
from seedbed.written import Written


@dataclass(frozen=True)
class Optimizer(Written):
    """Base of all optimizers; ``lr`` is the learning rate before any schedule."""

    counts_steps: ClassVar[bool] = False
    """True if an update depends on the number of steps taken."""
    lr: float

    def __post_init__(self) -> None:
        self._require_number("lr", above=0)
        if any(one.name == "weight_decay" for one in fields(self)):
            self._require_number("weight_decay", least=0)

    @property
    def weight_decay(self) -> float:
        """Weight decay of every parameter that a recipe does not name."""
        return 0.0

    @property
    def slots(self) -> tuple[str, ...]:
        """Names of the arrays kept for each parameter, empty without memory."""
        return ()

    def first_memory(self, slot: str) -> float:
        """What the arrays of a slot are filled with before the first step."""
        return 0.0


@dataclass(frozen=True)
class SGD(Optimizer):
    """Stochastic gradient descent.

    v ← momentum·v + g (the first v is g);  w ← w - lr·v, with Nesterov w ← w - lr·(g + momentum·v).

    Source: Sutskever et al. (2013), in the form that PyTorch gives it.
    """

    notation: ClassVar[str] = "sgd"
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._require_number("momentum", least=0, below=1)
        self._require(not self.nesterov or self.momentum > 0, "momentum", "a number above 0 with nesterov")

    @property
    def slots(self) -> tuple[str, ...]:
        return ("momentum",) if self.momentum > 0 else ()


@dataclass(frozen=True)
class Adagrad(Optimizer):
    """Steps that shrink with all squared gradients so far.

    s ← s + g²;  w ← w - lr / (1 + (t - 1)·lr_decay)·g / (√s + eps); s begins at ``initial_accumulator_value``.

    Source: Duchi, Hazan and Singer (2011).
    """

    notation: ClassVar[str] = "adagrad"
    counts_steps: ClassVar[bool] = True
    lr: float = 0.01
    weight_decay: float = 0.0
    eps: float = 1e-10
    initial_accumulator_value: float = 0.0
    lr_decay: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._require_number("eps", "initial_accumulator_value", "lr_decay", least=0)

    @property
    def slots(self) -> tuple[str, ...]:
        return ("sum",)

    def first_memory(self, slot: str) -> float:
        return self.initial_accumulator_value


@dataclass(frozen=True)
class Adadelta(Optimizer):
    """Steps in the proportion of past steps to past gradients.

    s ← rho·s + (1 - rho)·g²;  d = √(a + eps) / √(s + eps)·g;  a ← rho·a + (1 - rho)·d²;  w ← w - lr·d, with s in the
    slot ``square_avg`` and a in ``acc_delta``.

    Source: Zeiler (2012), algorithm 1.
    """

    notation: ClassVar[str] = "adadelta"
    lr: float = 1.0
    rho: float = 0.9
    eps: float = 1e-6
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._require_number("rho", least=0, most=1)
        self._require_number("eps", least=0)

    @property
    def slots(self) -> tuple[str, ...]:
        return ("square_avg", "acc_delta")


@dataclass(frozen=True)
class RMSprop(Optimizer):
    """Steps divided by the root of a moving average of squared gradients.

    s ← alpha·s + (1 - alpha)·g²;  d = g / (√s + eps), or centered with m ← alpha·m + (1 - alpha)·g and √(s - m²) in
    place of √s;  w ← w - lr·d, or with momentum v ← momentum·v + d;  w ← w - lr·v. Slots: ``square_avg`` s,
    ``grad_avg`` m, ``momentum`` v. TensorFlow puts eps under the root; PyTorch and this do not.

    Source: Tieleman and Hinton (2012), lecture 6.5; centered: Graves (2013), equations 38 to 45.
    """

    notation: ClassVar[str] = "rmsprop"
    lr: float = 0.01
    alpha: float = 0.99
    eps: float = 1e-8
    weight_decay: float = 0.0
    momentum: float = 0.0
    centered: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self._require_number("alpha", "momentum", least=0, below=1)
        self._require_number("eps", least=0)

    @property
    def slots(self) -> tuple[str, ...]:
        return (
            "square_avg",
            *(("grad_avg",) if self.centered else ()),
            *(("momentum",) if self.momentum > 0 else ()),
        )


@dataclass(frozen=True)
class Adam(Optimizer):
    """Steps from moving averages of the gradient and its square, both freed from their start at 0.

    m ← beta1·m + (1 - beta1)·g;  v ← beta2·v + (1 - beta2)·g²;
    w ← w - lr / (1 - beta1ᵗ)·m / (√v / √(1 - beta2ᵗ) + eps). Slots: ``exp_avg`` m, ``exp_avg_sq`` v.

    Source: Kingma and Ba (2015), algorithm 1.
    """

    notation: ClassVar[str] = "adam"
    counts_steps: ClassVar[bool] = True
    lr: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._require_number("beta1", "beta2", least=0, below=1)
        self._require_number("eps", least=0)

    @property
    def slots(self) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq")


@dataclass(frozen=True)
class AdamW(Adam):
    """``adam`` whose weight decay does not pass through the averages: w ← w - lr·weight_decay·w before the update.

    Source: Loshchilov and Hutter (2019), algorithm 2.
    """

    notation: ClassVar[str] = "adamw"
    weight_decay: float = 0.01


OPTIMIZERS: dict[str, type[Optimizer]] = {
    optimizer.notation: optimizer for optimizer in (SGD, Adagrad, Adadelta, RMSprop, Adam, AdamW)
}
"""Every optimizer by its name in text."""


def load_optimizer(optimizer: "str | Optimizer", lr: float | None = None) -> Optimizer:
    """Turn ``"sgd(lr=0.02, momentum=0.9)"`` or an optimizer into an optimizer.

    ``lr`` stands in place of the optimizer's, which may then be left out: ``"sgd"``.

    Raises
    ------
    NotationError, RecipeError
    """
    if isinstance(optimizer, Optimizer):
        item: Optimizer = checked("optimizer", OPTIMIZERS, optimizer)
        return item if lr is None else replace(item, lr=lr)
    call = single_call("optimizer", optimizer)
    if lr is not None:
        # It is the first argument of every optimizer.
        values, named = ((lr, *call.values[1:]), call.named) if call.values else ((), {**call.named, "lr": lr})
        call = replace(call, values=values, named=named)
    made: Optimizer = build("optimizer", OPTIMIZERS, call)
    return made
