"""Calibration where runs are strange, of published figures, and of claims that are not about one difference."""

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr
from simulated import LUCK, STD, Errors, counts, head, row, share

from seedbed.statistics import (
    Summary,
    best_of,
    compare,
    compare_failures,
    compare_ranks,
    compare_speed,
    compare_trimmed,
    crossing,
    equivalence,
    equivalence_to,
    influence,
    replication,
    replication_of_difference,
    slopes,
    trend,
    under_bound,
)

SIZES = (5, 10, 20)
# A tenth of the runs errs so much more; of collapsed runs the error is a guess's.
STRANGE, FARTHER, COLLAPSED = 0.1, 0.5, 90.0
Test = Callable[[Errors, Errors], float]


def strange(random: np.random.Generator, trials: int) -> Iterator[str]:
    yield "\n## A tenth of the runs is strange"
    yield f"\nErrors are normal with std {STD}; strange runs err by {FARTHER} more, collapsed ones in {COLLAPSED:g}%."
    yield "Each test has its own hypothesis: equal means, equal 20% trimmed means, a run of a as often above"
    yield "as below one of b."
    yield "False verdicts in % (≤ 5):"
    yield from head("test", "strange", "equal are", *(f"{each}, {each} runs" for each in SIZES))
    tests: tuple[tuple[str, str, Test, float, int], ...] = (
        ("Welch", "means", lambda a, b: compare(a, b).p_value, STRANGE * FARTHER, 1),
        ("Yuen", "trimmed means", lambda a, b: compare_trimmed(a, b).p_value, _trimmed_mean(), 1),
        ("Brunner–Munzel", "orders", lambda a, b: compare_ranks(a, b, resamples=999).p_value, _even_order(), 4),
    )
    for name, what, test, shift, fewer in tests:
        for arms, offset in (("in both arms", 0.0), ("in one arm", shift)):
            pairs = [_pairs(random, trials // fewer, each, arms == "in both arms", offset) for each in SIZES]
            hits = [[test(a, b) < 0.05 for a, b in one] for one in pairs]
            yield row(name, arms, what, *map(share, hits))
    yield from _collapsed(random, trials)
    yield "\nWhat the tests find, in %: b errs 0.1 less, strange runs in no arm or in both."
    yield from head("test", "strange", *(f"{each}, {each} runs" for each in SIZES))
    for name, _, test, _, fewer in tests:
        for arms in ("none", "in both arms"):
            found = []
            for each in SIZES:
                a, b = _two_arms(random, trials // fewer, each)
                if arms != "none":
                    a, b = (arm + FARTHER * (random.random(arm.shape) < STRANGE) for arm in (a, b))
                found.append(share([test(*pair) < 0.05 for pair in zip(a + 0.1, b, strict=True)]))
            yield row(name, arms, *found)
    yield "\nVerdicts of `compare` that hang on one run (`influence`), in % of all verdicts:"
    yield from head("true difference", *(f"{each}, {each} runs" for each in SIZES))
    for name, difference in (("0", 0.0), ("0.05", 0.05), ("0.1", 0.1), ("0.1, strange in both arms", 0.1)):
        cells = []
        for each in SIZES:
            a, b = _two_arms(random, trials // 4, each)
            if "strange" in name:
                a, b = (arm + FARTHER * (random.random(arm.shape) < STRANGE) for arm in (a, b))
            found_ = [influence(*pair) for pair in zip(a + difference, b, strict=True)]
            made = [one.hangs_on_one_run for one in found_ if one.verdict != "undecided"]
            cells.append(share(made) if made else "")
        yield row(name, *cells)


def _two_arms(random: np.random.Generator, trials: int, each: int) -> tuple[Errors, Errors]:
    a, b = random.normal(1, STD, (2, trials, each))
    return a, b


def _pairs(random: np.random.Generator, trials: int, each: int, both: bool, offset: float) -> list[tuple[Errors, ...]]:
    a, b = _two_arms(random, trials, each)
    a += FARTHER * (random.random(a.shape) < STRANGE)
    b = b + FARTHER * (random.random(b.shape) < STRANGE) if both else b + offset
    return list(zip(a, b, strict=True))


def _trimmed_mean() -> float:
    """Of the strange arm's distribution over that of the other: the mean between its quantiles 0.2 and 0.8."""
    ends = [
        brentq(lambda x, part: _cumulated(x) - part, -1, 2, args=(part,))
        for part in np.linspace(0.2, 0.8, 601).tolist()
    ]
    return float(np.trapezoid(ends, dx=1 / 600))


def _cumulated(x: float) -> float:
    return float((1 - STRANGE) * ndtr(x / STD) + STRANGE * ndtr((x - FARTHER) / STD))


def _even_order() -> float:
    """By how much b has to err more for a strange arm to be as often above as below it."""
    spread = STD * math.sqrt(2)
    return float(
        brentq(lambda x: (1 - STRANGE) * ndtr(-x / spread) + STRANGE * ndtr((FARTHER - x) / spread) - 0.5, 0, FARTHER)
    )


def _collapsed(random: np.random.Generator, trials: int) -> Iterator[str]:
    rows: dict[str, list[str]] = {}
    for each in SIZES:
        a, b = _two_arms(random, trials, each)
        failed_a, failed_b = random.random((2, trials, each)) < STRANGE
        whole_a, whole_b = np.where(failed_a, COLLAPSED, a), np.where(failed_b, COLLAPSED, b)
        equal = b + STRANGE * (COLLAPSED - 1)
        learned = [compare(one[~out], other).p_value < 0.05 for one, out, other in zip(a, failed_a, b, strict=True)]
        failures = zip(failed_a.sum(axis=1).tolist(), failed_b.sum(axis=1).tolist(), strict=True)
        found = {
            "Welch, all runs | collapsed, in both arms | means": _welch(whole_a, whole_b),
            "Welch, all runs | collapsed, in one arm | means": _welch(whole_a, equal),
            "Welch, runs that learned | collapsed, in one arm | their means": learned,
            "Fisher, failures | collapsed, in both arms | rates": [
                compare_failures(one, each, other, each).p_value < 0.05 for one, other in failures
            ],
        }
        for name, hits in found.items():
            rows.setdefault(name, []).append(share(hits))
    for name, cells in rows.items():
        yield row(name, *cells)


def _welch(a: Errors, b: Errors) -> list[bool]:
    return [compare(*pair).p_value < 0.05 for pair in zip(a, b, strict=True)]


def published(random: np.random.Generator, trials: int) -> Iterator[str]:
    yield "\n## Published figures: how often the replication interval holds what the same recipe gives"
    yield from head("the source's", "our runs", "counts, runs with luck: % (95)", "normal: % (95)")
    for name, theirs, ours in (
        ("single run", 1, 3),
        ("single run", 1, 5),
        ("single run", 1, 10),
        ("single run", 1, 20),
        ("mean of 5", 5, 10),
        ("mean and std of 5", 5, 5),
        ("mean and std of 5", 5, 20),
    ):
        cells = []
        for arms in (counts(random, trials, ours + theirs, luck=LUCK), random.normal(1, STD, (trials, ours + theirs))):
            spread = arms[:, ours:].std(axis=1, ddof=1) if "std" in name else np.zeros(trials)
            sources = [Summary(float(m), float(s), theirs) for m, s in zip(arms[:, ours:].mean(1), spread, strict=True)]
            found = [replication(arm[:ours], source) for arm, source in zip(arms, sources, strict=True)]
            cells.append(share([one.replicates is True for one in found]))
        yield row(name, ours, *cells)
    for ours in (5, 10):
        cells = []
        for arms in (counts(random, trials, 2 * ours + 2, luck=LUCK), random.normal(1, STD, (trials, 2 * ours + 2))):
            found = [
                replication_of_difference(
                    arm[:ours], arm[ours : 2 * ours], *(Summary(float(one), 0, 1) for one in arm[2 * ours :])
                )
                for arm in arms
            ]
            cells.append(share([one.replicates is True for one in found]))
        yield row("difference of two single runs", f"{ours}, {ours}", *cells)


def claims(random: np.random.Generator, trials: int) -> Iterator[str]:
    yield "\n## Other kinds of claim: false verdicts where the truth is at the edge"
    yield "\nNormal errors, and skewed ones (Gamma of shape 4: skewness 1); intervals fail as often, and the"
    yield "truly best is missing among `best_of`'s candidates as often as it is contradicted."
    yield from head("claim", "truth", "runs", "false verdicts, normal, % (≤ 5)", "skewed, %")
    for each in SIZES:
        arms = [_normal(random, trials, each), _skewed(random, trials, each)]
        verdicts = [[under_bound(arm, 1.0).verdict for arm in one] for one in arms]
        for verdict in ("supported", "contradicted"):
            hits = [[one == verdict for one in told] for told in verdicts]
            yield row(f"mean error under 1: {verdict}", "mean 1", each, *map(share, hits))
    for each in SIZES:
        arms = [_normal(random, trials, 2 * each), _skewed(random, trials, 2 * each)]
        hits = [[equivalence(arm[:each], arm[each:] + 0.1, 0.1).equivalent for arm in one] for one in arms]
        yield row("equal within 0.1", "0.1 apart", f"{each}, {each}", *map(share, hits))
    yield from _best(random, trials)
    yield "\nCurves of ten epochs, 1 + 2 exp(-t / 3), with luck that lasts (std 0.06) and luck of each epoch (0.06):"
    yield from head("claim", "truth", "runs", "fails, % (≤ 5)")
    for each in SIZES:
        curves = _curves(random, trials, 2, each)
        steady = curves[:, 0] - _curve()
        yield row("trend over epochs", "none", each, share([trend(one).verdict != "undecided" for one in steady]))
        apart = steady + 0.01 * np.arange(10)
        hits = [equivalence_to(slopes(one), 0.01).equivalent for one in apart]
        yield row("steady: slope within 0.01", "slope 0.01", each, share(hits))
        found = [compare(slopes(a), slopes(b)).p_value < 0.05 for a, b in curves]
        yield row("one arm's slope is larger", "the same recipe", f"{each}, {each}", share(found))
    for each, target in ((5, 1.3), (8, 1.3), (10, 1.3), (8, 1.1)):
        few = _curves(random, trials // 4, 2, each)
        hits = [compare_speed(a, b, target, resamples=999).p_value < 0.05 for a, b in few]
        never = 100 * np.mean((few > target).all(axis=3))
        name = f"learns faster: to {target} ({never:.0f}% never)"
        yield row(name, "the same recipe", f"{each}, {each}", share(hits))
    for each in SIZES:
        few = _curves(random, trials // 10, 2, each)
        few[:, 1] += 0.1 * (5.3 - np.arange(1, 11))
        ends = [crossing(a, b).interval for a, b in few]
        yield row(
            "crossing: not in the interval",
            "at 5.3",
            f"{each}, {each}",
            share([not lo <= 5.3 <= hi for lo, hi in ends]),
        )


def _best(random: np.random.Generator, trials: int) -> Iterator[str]:
    for truth, means in (("four equal", (0, 0, 0, 0)), ("two equal, two worse", (0, 0, 0.3, 0.3))):
        for each in SIZES:
            arms = [make(random, trials // 2, 4 * each).reshape(-1, 4, each) for make in (_normal, _skewed)]
            found = [
                [best_of({f"{i}": values for i, values in enumerate(one)}, "0") for one in arm + np.c_[list(means)]]
                for arm in arms
            ]
            for verdict in ("supported", "contradicted"):
                hits = [[one.verdict == verdict for one in told] for told in found]
                yield row(f"the best of four: {verdict}", truth, f"4 × {each}", *map(share, hits))


def _normal(random: np.random.Generator, trials: int, runs: int) -> Errors:
    return random.normal(1, STD, (trials, runs))


def _skewed(random: np.random.Generator, trials: int, runs: int) -> Errors:
    return 1 + STD * (random.gamma(4, size=(trials, runs)) - 4) / 2


def _curve() -> Errors:
    return 1 + 2 * np.exp(-np.arange(1, 11) / 3)


def _curves(random: np.random.Generator, trials: int, arms: int, runs: int) -> NDArray[np.float64]:
    """Shape (trials, arms, runs, epochs)."""
    lasting = random.normal(0, STD, (trials, arms, runs, 1))
    return _curve() + lasting + random.normal(0, STD, (trials, arms, runs, 10))
