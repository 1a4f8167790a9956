"""The values that claims are made of, by seed and by epoch."""

import math
import statistics
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seedbed.study.claim_definition import INSIDE
from seedbed.study.result import RunResult, VariantResult


def by_seed(variants: Sequence[VariantResult], value: str, layer: str, epoch: int | None) -> dict[int, float]:
    """A value of each seed that all these variants finished; over several variants, their mean.

    Parameters
    ----------
    variants : sequence of VariantResult
    value, layer
        As a claim has them; ``layer`` is empty for values of a whole network.
    epoch : int or None
        The last if None.
    """
    found = [_of_variant(variant, value, layer, epoch) for variant in variants]
    common = set.intersection(*(set(one) for one in found)) if found else set()
    return {seed: statistics.fmean(one[seed] for one in found) for seed in sorted(common)}


def _of_variant(variant: VariantResult, value: str, layer: str, epoch: int | None) -> dict[int, float]:
    if value == "test_error" and epoch is None:
        return {seed: error for seed, error in variant.errors_by_seed.items() if math.isfinite(error)}
    found = {}
    for run in variant.runs:
        curve = curve_of(run, value, layer) if run.outcome.is_complete else {}
        place = epoch if epoch is not None else max(curve, default=-1)
        if math.isfinite(curve.get(place, math.nan)):
            found[run.seed] = curve[place]
    return found


def curve_of(run: RunResult, value: str, layer: str) -> dict[int, float]:
    """A value by epoch."""
    if value in INSIDE:
        return dict(run.layers.get((value, layer), {}))
    return {record.epoch: float(getattr(record, value)) for record in run.history.epochs}


def curves(
    variant: VariantResult, value: str, layer: str, epochs: tuple[float, float] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A value by seed and epoch, of the runs that finished.

    Parameters
    ----------
    epochs : (first, last), optional
        Leave out the others.

    Returns
    -------
    values : float64 array, shape (seeds, points)
    places : float64 array, shape (points,)
        The epochs that all these runs have.
    """
    own = [curve_of(run, value, layer) for run in variant.runs if run.outcome.is_complete]
    own = [curve for curve in own if curve and all(map(math.isfinite, curve.values()))]
    places = sorted(set.intersection(*(set(curve) for curve in own))) if own else []
    if epochs is not None:
        places = [place for place in places if epochs[0] <= place <= epochs[1]]
    values = np.array([[curve[place] for place in places] for curve in own], dtype=np.float64)
    return values.reshape(len(own), len(places)), np.array(places, dtype=np.float64)


def censored_curves(variant: VariantResult, value: str, last: int) -> NDArray[np.float64]:
    """A value by seed and epoch 1 … last, float64, shape (seeds, last); NaN from where a run had diverged."""
    found = np.full((len(variant.runs), last), math.nan)
    for row, run in zip(found, variant.runs, strict=True):
        for epoch, one in curve_of(run, value, "").items():
            if 1 <= epoch <= last:
                row[epoch - 1] = one
    return found
