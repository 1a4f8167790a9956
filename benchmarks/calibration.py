"""Whether the statistics keep what they promise: false verdicts, coverage, power, over thousands of comparisons.

    python benchmarks/calibration.py [--trials 4000] [--write docs/results/calibration.md]
    python benchmarks/calibration.py --real [--comparisons 200] [--write FILE]

The simulated part draws wrong answers, not normal numbers: every test image has a difficulty of its own,
p ~ Beta(e, 1 - e) with e the error, so that runs of one recipe agree on many mistakes and the standard deviation
from run to run is √(e / 2I), near the least that networks on MNIST show; "runs with luck of their own" have twice
that, as many do. The real part trains small networks on the digits data set, the same recipe on both sides. Everything
goes through the public functions, but for looks after every seed, which are made for all paths at once with the levels
that `SequentialComparison` uses.
"""

import argparse
import math
import os
import platform
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from calibration_claims import claims, published, strange
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, stdtr, stdtrit
from simulated import ERROR, IMAGES, LUCK, STD, Errors, counts, head, row, share

import seedbed as sb
from seedbed.statistics import (
    SequentialComparison,
    compare,
    compare_seeds,
    further_runs,
    mcnemar,
    permutation_test,
    runs_needed,
    two_level_interval,
)
from seedbed.statistics.spending import boundary, spent
from seedbed.study.definition import ClaimDefinition
from seedbed.study.result import RunResult, VariantResult
from seedbed.study.verdict import judge
from seedbed.training import EpochRecord, History, Recipe
from seedbed.training.outcome import FINISHED

MOST = 60
UNEVEN = ((3, 3), (3, 4), (3, 5), (3, 10), (3, 20), (4, 10), (5, 6), (5, 10), (5, 20))
UNEVEN += ((10, 10), (10, 11), (10, 20), (10, 60))
NETWORK, EPOCHS = "flatten linear(16) relu linear(10)", 4
REAL = "## Real networks"


def image_by_image(random: np.random.Generator, runs: int, other_recipe: bool) -> tuple[NDArray[np.bool_], ...]:
    """Two arms on a new test set; with ``other_recipe``, a third of the images has another difficulty in b."""
    a = random.beta(ERROR, 1 - ERROR, IMAGES)
    b = np.where(random.random(IMAGES) < 1 / 3, random.beta(ERROR, 1 - ERROR, IMAGES), a) if other_recipe else a
    return random.random((runs, IMAGES)) < a, random.random((runs, IMAGES)) < b


def one_look(random: np.random.Generator, trials: int) -> Iterator[str]:
    yield "## One look: the same recipe on both sides"
    yield from head("comparison", "runs", "trials", "false verdicts, % (≤ 5)", "95% interval covers, % (95 ± 1.5)")
    for runs in ((3, 3), (4, 4), (5, 5), (10, 10), (20, 20), (3, 10), (5, 20)):
        arms = counts(random, trials, sum(runs))
        found = [compare(arm[: runs[0]], arm[runs[0] :]) for arm in arms]
        covered = [one.interval[0] <= 0 <= one.interval[1] for one in found if not math.isnan(one.p_value)]
        yield row(
            "Welch", f"{runs[0]}, {runs[1]}", trials, share([one.p_value < 0.05 for one in found]), share(covered)
        )
    for runs in ((5, 5), (10, 10)):
        arms = counts(random, trials, sum(runs), luck=LUCK)
        found = [compare(arm[: runs[0]], arm[runs[0] :]) for arm in arms]
        covered = [one.interval[0] <= 0 <= one.interval[1] for one in found if not math.isnan(one.p_value)]
        name = "Welch, runs with luck of their own"
        yield row(name, f"{runs[0]}, {runs[1]}", trials, share([one.p_value < 0.05 for one in found]), share(covered))
    for each in (4, 5, 8):
        arms = counts(random, trials // 4, 2 * each)
        hits = [permutation_test(arm[:each], arm[each:]).p_value <= 0.05 for arm in arms]
        yield row("permutation", f"{each}, {each}", trials // 4, share(hits), "")
    for each, correlation in ((5, 0.0), (10, 0.0), (20, 0.0), (10, 0.5), (10, 0.9), (10, -0.2), (10, -0.5)):
        a, b = random.normal(size=(2, trials, each))
        b = correlation * a + math.sqrt(1 - correlation**2) * b
        pairs = zip(1 + STD * a, 1 + STD * b, strict=True)
        rule = [compare_seeds(dict(enumerate(one)), dict(enumerate(other))) for one, other in pairs]
        paired = 100 * np.mean([one.method == "paired" for one in rule])
        name = f"rule of pairing, seeds correlate by {correlation:g} ({paired:.1f}% paired)"
        covered = [one.comparison.interval[0] <= 0 <= one.comparison.interval[1] for one in rule]
        yield row(
            name, f"{each}, {each}", trials, share([one.comparison.p_value < 0.05 for one in rule]), share(covered)
        )
    for each, other in ((3, False), (5, False), (10, False), (3, True), (5, True), (10, True)):
        tried = [image_by_image(random, each, other) for _ in range(trials // 4)]
        ends = [two_level_interval(*arms, resamples=300).interval for arms in tried]
        name = "two levels, new images too" + (", other images hard" if other else "")
        covered = np.array([low <= 0 <= high for low, high in ends])
        yield row(name, f"{each}, {each}", trials // 4, share(~covered), share(covered))
    tests = [mcnemar(*(arm[0] for arm in image_by_image(random, 1, False))) for _ in range(trials // 4)]
    covered = [one.interval[0] <= 0 <= one.interval[1] for one in tests]
    yield row("McNemar, exact", "1, 1", len(tests), share([one.p_value < 0.05 for one in tests]), share(covered))
    yield row("McNemar, mid-p", "1, 1", len(tests), share([one.mid_p < 0.05 for one in tests]), "")


def power(random: np.random.Generator, trials: int) -> Iterator[str]:
    yield "\n## Planted differences: power with as many runs as `runs_needed` and `further_runs` say"
    yield from head("difference", "std of a, b", "runs", "found, % (≥ 80 with the next whole run)")
    for difference, a, b in ((0.12, 0.06, 0.06), (0.1, 0.06, 0.06), (0.05, 0.06, 0.06), (0.1, 0.04, 0.08)):
        each = runs_needed(difference, a, b)
        arms = random.normal([[difference], [0]], [[a], [b]], (trials, 2, each))
        yield row(difference, f"{a}, {b}", f"{each}, {each}", share([compare(*arm).p_value < 0.05 for arm in arms]))
    more = further_runs(0.05, 0.06, 0.04, (3, 8))
    a, b = random.normal(0.05, 0.06, (trials, 3 + more)), random.normal(0, 0.04, (trials, 8 + more))
    hits = [compare(*arm).p_value < 0.05 for arm in zip(a, b, strict=True)]
    yield row(0.05, "0.06, 0.04", f"3 + {more}, 8 + {more}", share(hits))


def looks(random: np.random.Generator, trials: int) -> Iterator[str]:
    yield "\n## Looking after every seed, from 3 to 60: the same recipe on both sides"
    yield from head(
        "errors", "claims", "trials", "any false verdict, % (≤ 5)", "spent by then, %", "interval covers always, %"
    )
    yield _same("counts of wrong images", 1, counts(random, trials, 2 * MOST).reshape(trials, 2, MOST))
    yield _same("counts, runs with luck", 1, counts(random, trials, 2 * MOST, luck=LUCK).reshape(trials, 2, MOST))
    coarse = random.binomial(360, 0.04, (trials, 2, MOST)) / 3.6
    yield _same("counts on 360 images", 1, coarse)
    yield _same("normal, spreads 1 : 5", 1, random.normal(0, [[1], [5]], (trials, 2, MOST)))
    heavy = random.standard_t(5, (trials, 2, MOST))
    yield _same("Student's t with 5 degrees of freedom", 1, heavy)
    yield _same("normal, five claims at once", 5, random.normal(size=(trials, 10, MOST)))
    for claims_made, most in ((50, 4), (50, 10)):
        differences = random.normal(size=(4 * trials, claims_made, most))
        levels = [boundary(0.05 / claims_made).level(n) for n in range(3, most + 1)]
        wrong = _decided(differences, levels).any(axis=(1, 2))
        name = f"normal, fifty claims at once, to {most} seeds"
        yield row(name, claims_made, 4 * trials, share(wrong), f"{100 * spent(most, 0.05):.2f}", share(~wrong))
    arms = counts(random, 200, 2 * 30)
    test = SequentialComparison()
    hits = [test.decide(arm[:30], arm[30:]).verdict != "undecided" for arm in arms]
    yield row("counts, by `decide`, to 30 seeds", 1, 200, share(hits), f"{100 * spent(30, 0.05):.2f}", "")


def _same(name: str, claims: int, arms: Errors) -> str:
    trials = len(arms)
    decided = _decided(arms.reshape(trials, claims, 2, MOST)[:, :, 0] - arms.reshape(trials, claims, 2, MOST)[:, :, 1],
                       [boundary(0.05 / claims).level(n) for n in range(3, MOST + 1)])  # fmt: skip
    wrong = decided.any(axis=(1, 2))
    return row(name, claims, trials, share(wrong), f"{100 * spent(MOST, 0.05):.2f}", share(~wrong))


def _decided(differences: Errors, levels: list[float]) -> NDArray[np.bool_]:
    """Whether p is under its level after each number of differences from 3 on; shape (…, looks)."""
    return _p_by_seed(differences) < np.array(levels)


def _p_by_seed(differences: Errors) -> Errors:
    n = np.arange(1, differences.shape[-1] + 1)
    mean = differences.cumsum(axis=-1) / n
    squares = np.maximum((differences**2).cumsum(axis=-1) - n * mean**2, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = mean / np.sqrt(np.where(squares > 1e-9, squares, np.nan) / np.maximum(n - 1, 1) / n)
    p_values: Errors = 2 * stdtr(np.maximum(n - 1.0, 1), -np.abs(t))[..., 2:]
    return p_values


def methods(random: np.random.Generator, trials: int) -> Iterator[str]:
    yield "\n## Why these levels: four methods on the same paths, std 0.06 in both arms, at most 60 seeds"
    yield "\nDecided by 60 seeds in % (mean number of seeds). At a difference of 0 the percentage is of false verdicts."
    deltas = (0, 0.02, 0.05, 0.1, 0.28)
    yield from head("method", *(f"difference {delta:g}" for delta in deltas), "0, spreads 1 : 5")
    paths = [random.normal([[delta], [0]], STD, (trials, 2, MOST)) for delta in deltas]
    paths.append(random.normal(0, [[1], [5]], (trials, 2, MOST)))
    for name, rule in RULES.items():
        cells = []
        for arms in paths:
            crossed = rule(arms)
            seeds = np.where(crossed.any(axis=1), crossed.argmax(axis=1) + 3, MOST)
            cells.append(f"{100 * crossed.any(axis=1).mean():.1f} ({seeds.mean():.1f})")
        yield row(name, *cells)


def _ours(arms: Errors) -> NDArray[np.bool_]:
    return _decided(arms[:, 0] - arms[:, 1], [boundary(0.05).level(n) for n in range(3, MOST + 1)])


def _welch_moments(arms: Errors) -> tuple[Errors, Errors, Errors]:
    n = np.arange(1, MOST + 1)
    mean = arms.cumsum(axis=2) / n
    variance = ((arms**2).cumsum(axis=2) - n * mean**2)[:, :, 2:] / (n[2:] - 1)
    return mean[:, 0, 2:] - mean[:, 1, 2:], variance[:, 0], variance[:, 1]


def _spending_by_z(arms: Errors) -> NDArray[np.bool_]:
    """Lan-DeMets with α n / 60 for Welch's p, the levels as for known variances (Armitage, McPherson, Rowe 1969)."""
    nodes, weights = np.polynomial.legendre.leggauss(201)
    levels, points, density = [], np.zeros(1), np.ones(1)  # before the first look all paths stand at 0
    for n in range(3, MOST + 1):
        step, to_spend = math.sqrt(3 if n == 3 else 1), 0.05 / MOST * (3 if n == 3 else 1)
        bound = brentq(lambda b: 2 * density @ ndtr((points - b) / step) - to_spend, 0, 6 * math.sqrt(n))  # noqa: B023
        levels.append(2 * ndtr(-bound / math.sqrt(n)))
        after = bound * nodes
        kernel = np.exp(-(((after[:, None] - points) / step) ** 2) / 2) / step / math.sqrt(2 * math.pi)
        points, density = after, bound * weights * (kernel @ density)
    n = np.arange(3, MOST + 1)
    difference, a, b = _welch_moments(arms)
    freedom = (n - 1) * (a + b) ** 2 / (a**2 + b**2)
    return 2 * stdtr(freedom, -np.abs(difference) / np.sqrt((a + b) / n)) < np.array(levels)


def _mixture(arms: Errors, paired: bool) -> NDArray[np.bool_]:
    """Right-Haar mixture: the effect δ ~ N(0, 1) in standard deviations; crosses where the e-value exceeds 1 / α."""
    n = np.arange(3, MOST + 1)
    if paired:
        size, freedom = n, n - 1
        t = stdtrit(freedom, np.clip(_p_by_seed(arms[:, 0] - arms[:, 1]), 1e-300, 1) / 2)
    else:
        size, freedom = n / 2, 2 * n - 2
        difference, a, b = _welch_moments(arms)
        t = difference / np.sqrt((a + b) / n)
    grown = np.log1p(t**2 / freedom) - np.log1p(t**2 / freedom / (1 + size))
    return (freedom + 1) / 2 * grown - np.log1p(size) / 2 > math.log(20)


RULES = {
    "**error spending, t of the differences by seed** (used)": _ours,
    "group-sequential Welch, α n / 60, last look fixed at 60": _spending_by_z,
    "e-process, two-sample t, equal variances (Lai 1976; Gönen et al. 2005)": lambda arms: _mixture(arms, False),
    "e-process, t of the differences by seed": lambda arms: _mixture(arms, True),
}


def _train(seed: int) -> tuple[float, NDArray[np.bool_]]:
    data = _digits()
    run = sb.train(NETWORK, data, epochs=EPOCHS, seed=seed, optimizer="sgd(lr=0.05)", threads=1, progress=False)
    assert run.state.outputs is not None
    return run.test_error, run.state.outputs.argmax(axis=1) != data.test_labels


@cache
def _digits() -> sb.Dataset:
    """Loaded once in each process."""
    return sb.load_data("digits")


def real(comparisons: int) -> Iterator[str]:
    """Small networks, one recipe: as many comparisons of 10 against 10 runs, looked at once (5, 5) and by seed."""
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        runs = list(pool.map(_train, range(20 * comparisons), chunksize=20))
    errors = np.array([error for error, _ in runs]).reshape(comparisons, 2, 10)
    wrong = np.array([answers for _, answers in runs]).reshape(comparisons, 2, 10, -1)
    yield f"{REAL}: `{NETWORK}`, {EPOCHS} epochs on digits, the same recipe on both sides"
    yield f"\n    python benchmarks/calibration.py --real --comparisons {comparisons}\n"
    yield f"{20 * comparisons:,} runs, seeds from 0 on. ± is the 95% uncertainty of so few comparisons."
    yield from head("comparison", "runs", "comparisons", "false verdicts, % (≤ 5)", "95% interval covers, %")
    for each in (5, 10):
        found = [compare(*arms[:, :each]) for arms in errors]
        covered = [not one.p_value < 0.05 for one in found]
        yield row("Welch", f"{each}, {each}", comparisons, share([one.p_value < 0.05 for one in found]), share(covered))
    hits = [permutation_test(*arms[:, :5]).p_value <= 0.05 for arms in errors]
    yield row("permutation", "5, 5", comparisons, share(hits), "")
    rule = [compare_seeds(*(dict(enumerate(arm)) for arm in arms)) for arms in errors]
    name = f"rule of pairing ({sum(one.method == 'paired' for one in rule)} paired)"
    yield row(name, "10, 10", comparisons, share([one.comparison.p_value < 0.05 for one in rule]), "")
    ends = [two_level_interval(*arms[:, :5]).interval for arms in wrong]
    covered = [not (low > 0 or high < 0) for low, high in ends]
    yield row("two levels", "5, 5", comparisons, share([not one for one in covered]), share(covered))
    single = [mcnemar(arms[0, 0], arms[1, 0]).p_value < 0.05 for arms in wrong]
    yield row("McNemar, exact: of two networks, no verdict on the recipe", "1, 1", comparisons, share(single), "")
    test = SequentialComparison()
    looked = [test.decide(*arms).verdict != "undecided" for arms in errors]
    yield row("until decided, looks at 3 … 10 seeds", "10, 10", comparisons, share(looked), "")
    for until_decided in (False, True):
        studies = [_study(errors[place : place + 3], until_decided) for place in range(0, comparisons - 2, 3)]
        name = f"studies with three claims{', until decided' if until_decided else ''}: any false verdict"
        yield row(name, "10, 10", len(studies), share(studies), "")


def _study(errors: Errors, until_decided: bool) -> bool:
    """Whether a study whose claims compare these arms, shape (claims, 2, runs), gives any of them a verdict."""
    recipe = Recipe.make(NETWORK, "digits", epochs=EPOCHS)
    variants, claims = [], []
    for place, arms in enumerate(errors):
        names = [f"{place}{side}" for side in "ab"]
        for name, arm in zip(names, arms, strict=True):
            histories = [History([EpochRecord(1, 0, 0, 0, float(error), 0, 0)]) for error in arm]
            runs = tuple(RunResult(seed, FINISHED, one, "", 0) for seed, one in enumerate(histories))
            variants.append(VariantResult(name, name, recipe, 0, None, runs))
        claims.append(ClaimDefinition(text=name, better=names[0], worse=names[1]))
    return any(claim.verdict != "undecided" for claim in judge(claims, variants, until_decided=until_decided))


def uneven(random: np.random.Generator, trials: int) -> Iterator[str]:
    yield "\n## Uneven numbers of runs"
    yield "\nFalse verdicts of `compare` in % (≤ 5): the same recipe on both sides; and normal errors of equal mean"
    yield "with these spreads. The interval covers in all other trials."
    spreads = ((1, 5), (1, 2), (1, 1), (2, 1), (5, 1))
    yield from head("runs", "counts of wrong images", *(f"normal, {a} : {b}" for a, b in spreads))
    for runs in UNEVEN:
        cells = [counts(random, trials, sum(runs))]
        cells += [random.normal(0, np.repeat(spread, runs), (trials, sum(runs))) for spread in spreads]
        found = [[compare(arm[: runs[0]], arm[runs[0] :]).p_value < 0.05 for arm in arms] for arms in cells]
        yield row(f"{runs[0]}, {runs[1]}", *map(share, found))
    yield "\nPlanted differences with as many runs more as `further_runs` says for a power of 80%:"
    yield from head("difference", "std of a, b", "runs", "found, % (≥ 80)", "with one run less, %")
    for difference, a, b, runs in (
        (0.1, 0.06, 0.06, (3, 10)),
        (0.12, 0.08, 0.04, (3, 20)),
        (0.05, 0.04, 0.08, (3, 12)),
    ):
        more, hits = further_runs(difference, a, b, runs), []
        for each in (more, more - 1):
            arms = [
                random.normal(difference, a, (trials, runs[0] + each)),
                random.normal(0, b, (trials, runs[1] + each)),
            ]
            hits.append(share([compare(*arm).p_value < 0.05 for arm in zip(*arms, strict=True)]))
        yield row(difference, f"{a}, {b}", f"{runs[0]} + {more}, {runs[1]} + {more}", *hits)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=4000)
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--comparisons", type=int, default=200)
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args()
    made = f"numpy {np.__version__}, Python {platform.python_version()}, {os.cpu_count()} cores"
    lines: list[str] = []
    if not asked.real:
        lines = [
            "# Calibration of the statistics",
            "",
            f"    python benchmarks/calibration.py --trials {asked.trials}",
            "",
        ]
        lines += [f"Seed 0; {made}. ± is the 95% uncertainty of the simulation itself."]
        lines += ["What the tests are: [statistics.md](../statistics.md).", ""]
    random = np.random.default_rng(0)
    parts = [real(asked.comparisons)] if asked.real else [part(random, asked.trials) for part in PARTS]
    for part in parts:
        for line in part:
            print(line, flush=True)
            lines.append(line)
    if asked.write:
        _write(asked.write, "\n".join(lines) + "\n", asked.real)


def _write(path: Path, text: str, is_real: bool) -> None:
    """Take the place of one part of the file and leave the other."""
    simulated, mark, of_networks = (path.read_text("utf-8") if path.exists() else "").partition(REAL)
    path.write_text(f"{simulated.rstrip()}\n\n{text}" if is_real else f"{text}\n{mark}{of_networks}", "utf-8")


PARTS = (one_look, power, looks, methods, uneven, strange, published, claims)

if __name__ == "__main__":
    main()
