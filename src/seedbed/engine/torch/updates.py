"""Optimizers, weight decay and averages: ``torch.optim`` under Seedbed's names."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from seedbed.engine.base import AVERAGE, STEP, Plan
from seedbed.engine.optimizers import SGD, Adadelta, Adagrad, Adam, AdamW, Optimizer, RMSprop
from seedbed.engine.own import OwnOptimizer
from seedbed.engine.torch.own import OwnRule
from seedbed.errors import EngineError

Groups = Iterable[dict[str, Any]]
_SLOTS = {"momentum": "momentum_buffer"}
"""PyTorch's names of slots, where they differ."""


# Any: each function takes its own kind of optimizer, which its key names. The rate is set before every step.
_MAKERS: dict[type[Optimizer], Callable[[Any, Groups], torch.optim.Optimizer]] = {
    SGD: lambda rule, groups: torch.optim.SGD(groups, 0.0, rule.momentum, nesterov=rule.nesterov),
    Adagrad: lambda rule, groups: torch.optim.Adagrad(groups, 0.0, rule.lr_decay, eps=rule.eps),
    Adadelta: lambda rule, groups: torch.optim.Adadelta(groups, 0.0, rule.rho, rule.eps),
    RMSprop: lambda rule, groups: torch.optim.RMSprop(
        groups, 0.0, rule.alpha, rule.eps, momentum=rule.momentum, centered=rule.centered
    ),
    Adam: lambda rule, groups: torch.optim.Adam(groups, 0.0, (rule.beta1, rule.beta2), rule.eps),
    AdamW: lambda rule, groups: torch.optim.AdamW(groups, 0.0, (rule.beta1, rule.beta2), rule.eps),
}


class Updates:
    """Moves parameters after their gradients, and averages after the parameters.

    Everything goes element by element, so the parameters of several runs may be stacked in one tensor.

    Parameters
    ----------
    plan : Plan
    parameters : dict of str to Parameter
        By full name; changed in place.

    Attributes
    ----------
    averages : dict of str to Tensor
        By full name of the parameter; empty if the plan has none.
    count : int
        Steps taken.

    Raises
    ------
    EngineError
        An optimizer that is not known here.
    """

    def __init__(self, plan: Plan, parameters: Mapping[str, nn.Parameter]) -> None:
        rule = plan.optimizer
        if type(rule) not in _MAKERS and not isinstance(rule, OwnOptimizer):
            raise EngineError(f"engine 'torch' lacks optimizer '{rule}'.")
        self._plan, self._parameters = plan, parameters
        self.averages: dict[str, Tensor] = {}
        self.count = 0
        by_decay: dict[float, list[nn.Parameter]] = {}
        for key, parameter in parameters.items():
            by_decay.setdefault(plan.decay.get(key, rule.weight_decay), []).append(parameter)
        groups = [{"params": members, "weight_decay": decay} for decay, members in by_decay.items()]
        # torch.optim refuses to have nothing to do.
        self._optimizer = _MAKERS.get(type(rule), OwnRule)(rule, groups) if groups else None

    def take_step(self, lr: float) -> None:
        """Move every parameter once by its ``grad``."""
        self.count += 1
        if self._optimizer is None:
            return
        for group in self._optimizer.param_groups:
            group["lr"] = lr
        self._optimizer.step()
        if self._plan.average is not None:
            follow = get_ema_multi_avg_fn(self._plan.average)  # type: ignore[no-untyped-call]
            follow(list(self.averages.values()), list(self._parameters.values()), self.count)

    def memory(self) -> dict[str, Tensor]:
        """What is kept for each parameter by full name, ``conv1.weight/momentum``: the tensors themselves."""
        kept = {f"{key}/{AVERAGE}": average for key, average in self.averages.items()}
        if self._optimizer is not None:
            for key, parameter in self._parameters.items():
                own = self._optimizer.state[parameter]
                kept |= {f"{key}/{slot}": own[_SLOTS.get(slot, slot)] for slot in self._plan.optimizer.slots}
        return kept

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Set everything; ``state`` must hold what ``memory_shapes`` of the plan names. Its tensors are taken over."""
        self.count = int(state[STEP]) if self._plan.optimizer.counts_steps else 0
        for key, parameter in self._parameters.items():
            if self._plan.average is not None:
                self.averages[key] = state[f"{key}/{AVERAGE}"]
            if self._optimizer is not None:
                own = {_SLOTS.get(slot, slot): state[f"{key}/{slot}"] for slot in self._plan.optimizer.slots}
                self._optimizer.state[parameter] = own | {"step": torch.tensor(float(self.count))}
