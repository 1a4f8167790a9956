"""Losses as PyTorch differentiates them; ``seedbed.engine.losses`` defines them."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from seedbed.engine.losses import MSE, CrossEntropy, Hinge, Loss, Score, SquaredHinge
from seedbed.engine.own import OwnLoss
from seedbed.engine.torch.own import own_loss_values
from seedbed.errors import EngineError


def _cross_entropy(loss: CrossEntropy, outputs: Tensor, labels: Tensor) -> Tensor:
    return F.cross_entropy(outputs, labels, reduction="none", label_smoothing=loss.label_smoothing)


def _mse(loss: MSE, outputs: Tensor, labels: Tensor) -> Tensor:
    return loss.scale(outputs.shape[1]) * (outputs - _one_hot(labels, outputs)).square().sum(dim=1)


def _hinge(loss: Hinge, outputs: Tensor, labels: Tensor) -> Tensor:
    return loss.C * _lacking(outputs, labels).sum(dim=1)


def _squared_hinge(loss: SquaredHinge, outputs: Tensor, labels: Tensor) -> Tensor:
    return loss.C * _lacking(outputs, labels).square().sum(dim=1)


def _score(loss: Score, outputs: Tensor, labels: Tensor) -> Tensor:
    return (outputs * _one_hot(labels, outputs)).sum(dim=1)


def _lacking(outputs: Tensor, labels: Tensor) -> Tensor:
    return F.relu(1 - (2 * _one_hot(labels, outputs) - 1) * outputs)


def _one_hot(labels: Tensor, outputs: Tensor) -> Tensor:
    """1 at the label, else 0, like ``outputs``; ``F.one_hot`` looks at its values, which ``vmap`` does not allow."""
    classes = torch.arange(outputs.shape[1], device=outputs.device)
    return (labels[:, None] == classes).to(outputs.dtype)


# Any: each function takes its own kind of loss, which its key names.
_VALUES: dict[type[Loss], Callable[[Any, Tensor, Tensor], Tensor]] = {
    CrossEntropy: _cross_entropy,
    MSE: _mse,
    Hinge: _hinge,
    SquaredHinge: _squared_hinge,
    Score: _score,
}


def check_loss(loss: Loss) -> None:
    """Refuse a loss that is not known here.

    Raises
    ------
    EngineError
    """
    if type(loss) not in _VALUES and not isinstance(loss, OwnLoss):
        raise EngineError(f"engine 'torch' lacks loss '{loss}'.")


def batch_loss(loss: Loss, outputs: Tensor, labels: Tensor, class_weights: Tensor | None = None) -> Tensor:
    """Loss of a batch: ``outputs`` float32 (n, classes), ``labels`` int64 (n,), weights float32 (classes,)."""
    values = _VALUES.get(type(loss), own_loss_values)(loss, outputs, labels)
    if class_weights is None:
        return values.sum() if loss.is_sum else values.mean()
    weights = class_weights[labels]
    total = (weights * values).sum()
    return total if loss.is_sum else total / weights.sum().clamp(min=torch.finfo(weights.dtype).tiny)
