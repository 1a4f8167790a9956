"""Variants with chosen errors, to judge claims on."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seedbed.study.definition import ClaimDefinition
from seedbed.study.published import Published
from seedbed.study.result import RunResult, VariantResult
from seedbed.training import EpochRecord, History, Kind, Outcome, Recipe
from seedbed.training.outcome import FINISHED

RECIPE = Recipe.make("flatten linear(10)", "digits")
CLAIM = ClaimDefinition(text="b errs less", better="b", worse="a")
LOW, HIGH = [0.76, 0.78, 0.80, 0.77, 0.79], [0.96, 0.98, 1.00, 0.97, 0.99]


def make_run(seed: int, error: float, outcome: Outcome = FINISHED, wrong: NDArray[np.bool_] | None = None) -> RunResult:
    return RunResult(seed, outcome, History([EpochRecord(1, 0, 0, 0, error, 1, 1)]), "native", 1, wrong)


def make_variant(
    name: str,
    errors: Sequence[float],
    *,
    diverged: int = 0,
    collapsed: Sequence[float] = (),
    published: Published | None = None,
    published_constant: tuple[str, ...] = (),
) -> VariantResult:
    """Runs with the seeds 0, 1, …; behind them the collapsed ones, then the diverged ones."""
    ended = [*[FINISHED] * len(errors), *[Outcome(Kind.ONE_ANSWER, answer="6")] * len(collapsed)]
    runs = [make_run(seed, error, ended[seed]) for seed, error in enumerate([*errors, *collapsed])]
    runs += [RunResult(90 + n, Outcome(Kind.DIVERGED, step=1), History(), "native", 1) for n in range(diverged)]
    return VariantResult(name, name.upper(), RECIPE, 650, published, tuple(runs), published_constant=published_constant)


def with_answers(name: str, wrong: NDArray[np.bool_]) -> VariantResult:
    """A variant whose runs get these images wrong, bool array of shape (runs, images)."""
    runs = tuple(make_run(seed, 100 * float(row.mean()), wrong=row) for seed, row in enumerate(wrong))
    return VariantResult(name, name.upper(), RECIPE, 650, None, runs)
