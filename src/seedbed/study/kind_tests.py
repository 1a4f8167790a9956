"""The test of each kind of claim but the first: numbers of runs in, a `KindTest` out."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from seedbed.statistics import (
    best_of,
    best_run,
    compare_seeds,
    compare_speed,
    crossing,
    equivalence,
    equivalence_to,
    slopes,
    trend,
    under_bound,
)
from seedbed.study.claim_definition import ClaimDefinition, Kind
from seedbed.study.result import VariantResult
from seedbed.study.values import by_seed, censored_curves, curves

LEVEL = 0.05
_NAN = (math.nan, math.nan)

Sides = Sequence[Sequence[VariantResult]]


@dataclass(frozen=True)
class KindTest:
    """What the runs say of a claim.

    Attributes
    ----------
    estimate : float
        What the claim is about, see `KindClaim`.
    interval : (low, high)
    confidence : float
        Of the interval: 0.95, or 0.9 for tests that are one-sided at 5%.
    p_value : float
        Of the test on whose side the runs lie, not corrected; NaN where none was possible.
    favours : bool
        Whether that is the side of the claim.
    details : mapping
        What else the test tells, by name.
    """

    estimate: float = math.nan
    interval: tuple[float, float] = _NAN
    confidence: float = 0.95
    p_value: float = math.nan
    favours: bool = False
    details: Mapping[str, object] = field(default_factory=dict)


def tested(claim: ClaimDefinition, sides: Sides) -> KindTest:
    """Test a claim of any kind but ``less``.

    Parameters
    ----------
    claim : ClaimDefinition
    sides : sequence of sequence of VariantResult
        The variants of ``claim.sides``.
    """
    return _TESTS[claim.kind](claim, sides)


def _order(claim: ClaimDefinition, sides: Sides) -> KindTest:
    lower, higher = (_by_seed(claim, side) for side in sides)
    test = compare_seeds(higher, lower, 1 - LEVEL)
    found = test.comparison
    details = {"method": test.method, "seeds": (len(lower), len(higher)), "means": (_mean(lower), _mean(higher))}
    return KindTest(found.difference, found.interval, 0.95, found.p_value, found.difference > 0, details)


def _under(claim: ClaimDefinition, sides: Sides) -> KindTest:
    assert claim.under is not None
    values = list(_by_seed(claim, sides[0]).values())
    found = under_bound(values, claim.under, LEVEL)
    details = {"share": found.share, "share_interval": found.share_interval, "seeds": len(values)}
    return _one_sided(found.mean, found.interval, found.p_value, found.p_against, details)


def _reaches(claim: ClaimDefinition, sides: Sides) -> KindTest:
    assert claim.reaches is not None and claim.runs is not None
    values = list(_by_seed(claim, sides[0]).values())
    found = best_run(values, claim.reaches, claim.runs, LEVEL)
    details = {"reached": found.reached, "seeds": len(values)}
    return _one_sided(found.chance, found.interval, found.p_value, found.p_against, details)


def _equal(claim: ClaimDefinition, sides: Sides) -> KindTest:
    assert claim.margin is not None
    a, b = (_by_seed(claim, side) for side in sides)
    found = equivalence(list(a.values()), list(b.values()), claim.margin, LEVEL)
    details = {"seeds": (len(a), len(b)), "means": (_mean(a), _mean(b))}
    return _one_sided(found.difference, found.interval, found.p_value, found.p_against, details)


def _best(claim: ClaimDefinition, sides: Sides) -> KindTest:
    errors = {side[0].name: list(_by_seed(claim, side).values()) for side in sides}
    found = best_of(errors, sides[0][0].name, LEVEL)
    nearest = max(found.rivals, key=lambda rival: rival.difference)
    low, high = nearest.interval
    details = {
        "nearest": nearest.name,
        "candidates": found.candidates,
        "means": {name: _mean_of(own) for name, own in errors.items()},
        "seeds": min(map(len, errors.values())),
    }
    confidence = 1 - LEVEL / len(found.rivals)
    return _one_sided(-nearest.difference, (-high, -low), found.p_value, found.p_against, details, confidence)


def _crossing(claim: ClaimDefinition, sides: Sides) -> KindTest:
    assert claim.between is not None
    (a, along), (b, of_b) = (curves(side[0], claim.quantity, "") for side in sides)
    count = min(len(along), len(of_b))
    low, high = claim.between
    if min(len(a), len(b)) < 2 or count < 2 or not along[0] <= low < high <= along[count - 1]:
        return KindTest(details={"seeds": (len(a), len(b))})
    found = crossing(a[:, :count], b[:, :count], along[:count], (low, high), LEVEL)
    details = {"seeds": (len(a), len(b)), "crossings": found.crossings}
    return _one_sided(found.estimate, found.interval, found.p_value, found.p_against, details, 0.95)


def _speed(claim: ClaimDefinition, sides: Sides) -> KindTest:
    assert claim.target is not None
    faster, slower = (side[0] for side in sides)
    last = min(faster.recipe.epochs, slower.recipe.epochs)
    a, b = (censored_curves(one, claim.quantity, last) for one in (slower, faster))
    if last < 2:
        return KindTest(details={"seeds": (len(b), len(a))})
    found = compare_speed(a, b, claim.target, level=LEVEL)
    reached = [tuple(one for one in own if math.isfinite(one)) for own in (found.reached_b, found.reached_a)]
    details = {
        "seeds": (len(b), len(a)),
        "reached": tuple(len(own) for own in reached),
        "means": tuple(_mean_of(own) for own in reached),
        "last": last,
    }
    favours = found.verdict == "supported" or (found.verdict == "undecided" and found.difference > 0)
    return KindTest(found.difference, found.interval, 0.95, found.p_value, favours, details)


def _trend(claim: ClaimDefinition, sides: Sides) -> KindTest:
    ends = (float(claim.epochs[0]), float(claim.epochs[1])) if claim.epochs else None
    values, along = curves(sides[0][0], claim.quantity, claim.layer or "", ends)
    if len(values) < 2 or len(along) < 2:
        return KindTest(details={"seeds": len(values)})
    span = float(along[-1] - along[0])
    details = {
        "seeds": len(values),
        "epochs": (int(along[0]), int(along[-1])),
        "means": (float(values[:, 0].mean()), float(values[:, -1].mean())),
    }
    if claim.stays is not None:
        assert claim.margin is not None
        held = equivalence_to(slopes(values, along) * span, claim.margin, level=LEVEL)
        return _one_sided(held.difference, held.interval, held.p_value, held.p_against, details)
    found = trend(values, along, LEVEL)
    interval = (found.interval[0] * span, found.interval[1] * span)
    favours = (found.slope > 0) == (claim.rises is not None)
    return KindTest(found.slope * span, interval, 0.95, found.p_value, favours, details)


_TESTS: Mapping[Kind, Callable[[ClaimDefinition, Sides], KindTest]] = {
    "order": _order,
    "under": _under,
    "reaches": _reaches,
    "equal": _equal,
    "best": _best,
    "crossing": _crossing,
    "speed": _speed,
    "trend": _trend,
}


def _one_sided(
    estimate: float,
    interval: tuple[float, float],
    p_value: float,
    p_against: float,
    details: Mapping[str, object],
    confidence: float = 1 - 2 * LEVEL,
) -> KindTest:
    """Of a claim and its contrary, each tested on its own, the one that the runs favour."""
    known = [p for p in (p_value, p_against) if not math.isnan(p)]
    favours = not math.isnan(p_value) and p_value == min(known)
    return KindTest(estimate, interval, confidence, min(known, default=math.nan), favours, details)


def _by_seed(claim: ClaimDefinition, side: Sequence[VariantResult]) -> dict[int, float]:
    return by_seed(side, claim.quantity, claim.layer or "", claim.epoch)


def _mean(values: Mapping[int, float]) -> float:
    return _mean_of(list(values.values()))


def _mean_of(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else math.nan
