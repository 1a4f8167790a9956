"""Learning rates of whole runs against PyTorch's schedulers."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from seedbed.training.schedules import load_schedule

PER_EPOCH, EPOCHS, LR = 7, 9, 0.3
STEPS = PER_EPOCH * EPOCHS

Make = Callable[[torch.optim.Optimizer], lr_scheduler.LRScheduler]


def one_cycle(optimizer: torch.optim.Optimizer) -> lr_scheduler.LRScheduler:
    return lr_scheduler.OneCycleLR(optimizer, LR, total_steps=STEPS, cycle_momentum=False)


def other_cycle(optimizer: torch.optim.Optimizer) -> lr_scheduler.LRScheduler:
    return lr_scheduler.OneCycleLR(
        optimizer,
        LR,
        total_steps=STEPS,
        pct_start=0.25,
        div_factor=10,
        final_div_factor=20,
        cycle_momentum=False,
    )


CASES: dict[str, tuple[Make, int]] = {
    "step(3)": (lambda o: lr_scheduler.StepLR(o, 3), PER_EPOCH),
    "step(2, gamma=0.5)": (lambda o: lr_scheduler.StepLR(o, 2, 0.5), PER_EPOCH),
    "exponential(0.9)": (lambda o: lr_scheduler.ExponentialLR(o, 0.9), PER_EPOCH),
    "linear": (lambda o: lr_scheduler.LinearLR(o, 1, 0, STEPS), 1),
    "linear(end=0.06)": (lambda o: lr_scheduler.LinearLR(o, 1, 0.2, STEPS), 1),
    "cosine": (lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS), 1),
    "cosine(end=0.01)": (lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS, 0.01), 1),
    "one_cycle": (one_cycle, 1),
    "one_cycle(warmup=0.25, start_factor=0.1, end_factor=0.05)": (other_cycle, 1),
}
"""PyTorch's scheduler, and after how many steps it is stepped."""


def rates_of_torch(make: Make, every: int, steps: int = STEPS) -> np.ndarray:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], LR)
    scheduler = make(optimizer)
    rates = []
    for step in range(1, steps + 1):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step % every == 0 and step < steps:
            scheduler.step()
    return np.array(rates)


@pytest.mark.parametrize(("text", "make", "every"), [(text, *case) for text, case in CASES.items()], ids=CASES)
def test_rates_are_pytorch_s(text: str, make: Make, every: int) -> None:
    """PyTorch multiplies step by step: each of up to 63 steps rounds about four times."""
    rates = load_schedule(text).rates(LR, 0, STEPS, PER_EPOCH, EPOCHS)
    assert np.abs(rates - rates_of_torch(make, every)).max() <= 4 * STEPS * np.finfo(float).eps * LR


def test_the_warm_up_is_pytorch_s_and_the_rest_is_a_shorter_schedule() -> None:
    warm = 2 * PER_EPOCH
    rates = load_schedule("warmup(2) cosine").rates(LR, 0, STEPS, PER_EPOCH, EPOCHS)
    up = rates_of_torch(lambda o: lr_scheduler.LinearLR(o, 1 / warm, 1, warm - 1), 1, warm)
    down = rates_of_torch(lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS - warm), 1, STEPS - warm)
    assert np.abs(rates - np.concatenate([up, down])).max() <= 4 * STEPS * np.finfo(float).eps * LR
