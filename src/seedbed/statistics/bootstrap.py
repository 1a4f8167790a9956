"""An interval that holds beyond these seeds and these test images."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from seedbed.checks import whole_number
from seedbed.errors import StatisticsError
from seedbed.statistics.checks import check_level
from seedbed.statistics.welch import WelchDistribution

_CHUNK = 250


@dataclass(frozen=True)
class TwoLevelInterval:
    """A difference of two recipes with the luck of seeds and of test images.

    Attributes
    ----------
    difference : float
        Mean error of a minus mean error of b, percent points.
    interval : (low, high)
        For the difference in expectation over new seeds and new test images of the same source.
    standard_error : float
        Percent points.
    seed_error, image_error : float
        What seeds alone and what images alone add to it, percent points. More seeds lessen the first only.
    """

    difference: float
    interval: tuple[float, float]
    standard_error: float
    seed_error: float
    image_error: float


def two_level_interval(
    wrong_a: NDArray[np.bool_],
    wrong_b: NDArray[np.bool_],
    level: float = 0.95,
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> TwoLevelInterval:
    """Bootstrap over seeds × images, widened to the standard error of the crossed design.

    Each resample draws seeds within each arm and images for both arms together, all with replacement, and gives a
    difference d*. Their quantiles about d give the shape of the interval; alone they would be too wide where the
    interaction of seed and image rules (it would count three times: Owen 2007) and too narrow where few seeds do. So
    they are stretched by t e / (z s*), where s* is the standard deviation of d*, t and z are the quantiles of Student's
    t with ν degrees of freedom and of the normal distribution, and

        e² = V_seeds + max(0, V_images - V_rest),   ν = e⁴ / (Σ_arms V_arm² / (S - 1) + (e² - V_seeds)² / (I - 1))
        V_seeds = Σ_arms V_arm,   V_arm = s²(errors of the seeds) / S,   V_images = s²(differences of the images) / I,
        V_rest = Σ_arms s²(interaction of seed and image) / (S I),

    for V_seeds and V_images both hold the interaction, so that it has to be taken off once. Resamples of few seeds have
    short tails, so the interval is widened to hold Welch's: what has more luck in it cannot be narrower.

    Welch's interval of `compare` holds for new seeds on *these* images. This one holds for new images too, so it is
    the one for claims beyond the test set; more seeds do not make it narrower than its images allow.

    Parameters
    ----------
    wrong_a, wrong_b : bool array, shape (seeds of the arm, images)
        True where that run answers wrongly; images in the same order in both, at least 2 seeds each.
    level : float
    resamples : int
        At least 100.
    seed : int
        Of the resampling.

    Raises
    ------
    StatisticsError
        The arrays do not fit together, or there are too few seeds, images or resamples.

    References
    ----------
    Efron and Tibshirani (1993), "An introduction to the bootstrap", chapter 13. Owen (2007), "The pigeonhole
    bootstrap", Annals of Applied Statistics 1. Searle, Casella, McCulloch (1992), "Variance components", section 4.3
    (the crossed design). Satterthwaite (1946), "An approximate distribution of estimates of variance components",
    Biometrics Bulletin 2.
    """
    check_level(level)
    a, b = _checked("wrong_a", wrong_a), _checked("wrong_b", wrong_b)
    if a.shape[1] != b.shape[1]:
        raise StatisticsError(f"wrong_a, wrong_b: expected the same images, got {a.shape[1]} and {b.shape[1]}.")
    resamples = whole_number("resamples", resamples, 100, error=StatisticsError)
    shares, image_part, freedom = _parts(a, b)
    seeds = sum(shares)
    difference, error = float(a.mean() - b.mean()), math.sqrt(seeds + image_part)
    low, high = math.nan, math.nan
    if error > 0:
        drawn = _resampled(a, b, resamples, np.random.default_rng(seed)) - difference
        wide = error * float(stdtrit(freedom, (1 + level) / 2) / ndtri((1 + level) / 2)) / float(drawn.std())
        low, high = difference + wide * np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
        if seeds > 0:
            welch = WelchDistribution.of(shares[0], len(a), shares[1], len(b))
            reach = welch.quantile((1 + level) / 2) * math.sqrt(seeds)
            low, high = min(low, difference - reach), max(high, difference + reach)
    return TwoLevelInterval(
        100 * difference,
        (100 * float(low), 100 * float(high)),
        100 * error,
        100 * math.sqrt(seeds),
        100 * math.sqrt(image_part),
    )


def _parts(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> tuple[tuple[float, float], float, float]:
    """V_arm of both, the part of the images, and ν; shares of images squared, not percent."""
    images = a.shape[1]
    shares, rest, chance = [], 0.0, 0.0
    for wrong in (a, b):
        by_seed, by_image = wrong.mean(axis=1), wrong.mean(axis=0)
        whole = wrong.size * wrong.mean() * (1 - wrong.mean())
        left = whole - images * len(wrong) * (by_seed.var() + by_image.var())
        share = float(by_seed.var(ddof=1)) / len(wrong)
        shares.append(share)
        chance += share**2 / (len(wrong) - 1)
        rest += max(float(left), 0.0) / ((len(wrong) - 1) * (images - 1)) / wrong.size
    image_part = max(0.0, float((a.mean(axis=0) - b.mean(axis=0)).var(ddof=1)) / images - rest)
    chance += image_part**2 / (images - 1)
    freedom = (sum(shares) + image_part) ** 2 / chance if chance else math.nan
    return (shares[0], shares[1]), image_part, freedom


def _resampled(
    a: NDArray[np.bool_], b: NDArray[np.bool_], resamples: int, random: np.random.Generator
) -> NDArray[np.float64]:
    """Difference of the arms in every resample."""
    images = a.shape[1]
    # Images that no run gets wrong are all alike, so that their joint weight needs no drawing one by one.
    told = a.any(axis=0) | b.any(axis=0)
    arms = a[:, told].astype(np.float64), b[:, told].astype(np.float64)
    chances = np.full(int(told.sum()) + 1, 1 / images)
    chances[-1] = 1 - told.sum() / images
    found = np.empty(resamples)
    for start in range(0, resamples, _CHUNK):
        count = min(_CHUNK, resamples - start)
        weight = random.multinomial(images, chances, size=count)[:, :-1] / images
        means = [
            np.sum(random.multinomial(len(arm), np.full(len(arm), 1 / len(arm)), size=count) * (weight @ arm.T), axis=1)
            / len(arm)
            for arm in arms
        ]
        found[start : start + count] = means[0] - means[1]
    return found


def _checked(name: str, wrong: NDArray[np.bool_]) -> NDArray[np.bool_]:
    array = np.asarray(wrong)
    if array.ndim != 2 or array.dtype != np.bool_:
        raise StatisticsError(
            f"{name}: expected a bool array of shape (seeds, images), got {array.dtype} of shape {array.shape}."
        )
    if array.shape[0] < 2 or array.shape[1] < 2:
        raise StatisticsError(f"{name}: expected at least 2 seeds and 2 images, got shape {array.shape}.")
    return array
