"""Races: recipes that reach a test accuracy in as little time as possible, and what they take on this machine.

A race trains its recipe with many seeds, one after the other, each on all cores that a single run would use. Nothing is
done for a race that ``sb.train`` does not do.
"""

import difflib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from seedbed.api import check_threads, train_recipe
from seedbed.checks import whole_number
from seedbed.data import load_data
from seedbed.engine import ENGINES
from seedbed.errors import RecipeError
from seedbed.machine import describe_machine
from seedbed.statistics.intervals import mean_interval
from seedbed.training import Recipe

FORMAT = "seedbed race 1"
MOST_SEEDS = 10_000
_PROCESSES = 5
"""Fresh processes, at most, whose time is taken."""
_IN_A_FRESH_PROCESS = (
    "import json, sys, seedbed as sb; print(sb.train(**json.loads(sys.argv[1]), progress=False).test_error)"
)


@dataclass(frozen=True)
class Race:
    """A recipe and what it is to reach.

    Attributes
    ----------
    target : float
        Mean accuracy over the seeds, percent of the test images.
    settings : dict of str to text or number
        Those of the recipe, with its network and data.
    """

    name: str
    target: float
    settings: dict[str, Any]

    @property
    def recipe(self) -> Recipe:
        """What is trained."""
        return Recipe.make(**self.settings)


RACES = {
    race.name: race
    for race in (
        Race(
            "mnist-99",
            99.0,
            {
                "network": (
                    "conv2d(4, 5) maxpool2d(2) relu conv2d(16, 3) maxpool2d(2) batchnorm relu "
                    "flatten linear(128) batchnorm relu linear(10)"
                ),
                "data": "mnist",
                "loss": "cross_entropy(label_smoothing=0.1)",
                "optimizer": "sgd(0.4, momentum=0.9)",
                "schedule": "one_cycle",
                "batch_size": 64,
                "epochs": 1,
            },
        ),
        Race(
            "fashion-91",
            91.0,
            {
                "network": (
                    "conv2d(8, 3) maxpool2d(2) relu conv2d(24, 3) maxpool2d(2) batchnorm relu "
                    "flatten linear(128) batchnorm relu linear(10)"
                ),
                "data": "fashion-mnist",
                "loss": "cross_entropy(label_smoothing=0.1)",
                "optimizer": "sgd(0.3, momentum=0.9)",
                "schedule": "one_cycle",
                "batch_size": 64,
                "epochs": 4,
            },
        ),
    )
}
"""All races by name. How their recipes were chosen stands in docs/race.md."""


@dataclass(frozen=True)
class RaceResult:
    """What a race found.

    Attributes
    ----------
    name : str
    recipe : dict of str to text or number
        As ``Recipe.to_dict`` gives it.
    target : float
    reached : bool
        Whether the mean accuracy is at least the target.
    accuracy_mean : float
        Percent of the test images, over the seeds. A run that diverges counts as 0.
    accuracy_interval : (low, high) or None
        Covers the mean of all seeds with probability 0.95; None for a single seed.
    accuracies : tuple of float
        Of the seeds from 0 on.
    train_s_median : float
        Seconds of training alone: the order of images and all steps.
    whole_s_median : float
        Seconds of a fresh process from its start to its end: imports, data, training, evaluation.
    whole_processes : int
        Of how many processes.
    seeds, threads : int
    engine : str
        ``native (avx512)``.
    machine : dict of str to str
        Processor, cores and operating system in words.
    """

    name: str
    recipe: dict[str, Any]
    target: float
    reached: bool
    accuracy_mean: float
    accuracy_interval: tuple[float, float] | None
    accuracies: tuple[float, ...]
    train_s_median: float
    whole_s_median: float
    whole_processes: int
    seeds: int
    threads: int
    engine: str
    machine: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"format": FORMAT} | asdict(self)


Listener = Callable[[int, float], None]
"""Told the number of seeds that are done and their mean accuracy."""


def find_race(name: str) -> Race:
    """The race of that name.

    Raises
    ------
    RecipeError
        There is none.
    """
    if name in RACES:
        return RACES[name]
    near = difflib.get_close_matches(name, RACES, n=1, cutoff=0.5)
    hint = f"Did you mean '{near[0]}'? " if near else ""
    known = ", ".join(RACES)
    raise RecipeError(
        f"unknown race '{name}'. {hint}Known: {known}.", field="name", expected=f"one of {known}", got=name, hint=hint
    )


def run_race(race: Race, seeds: int, listen: Listener = lambda done, mean: None) -> RaceResult:
    """Train the recipe of a race with the seeds from 0 on, one after the other, then in fresh processes.

    Parameters
    ----------
    race : Race
    seeds : int
    listen : callable

    Raises
    ------
    RecipeError
        The number of seeds is out of its range, or a fresh process did not give the bits of this one.
    DataError
        The data cannot be had.
    TrainingInterrupted
        Ctrl-C.
    """
    seeds = whole_number("seeds", seeds, 1, MOST_SEEDS)
    recipe, threads = race.recipe, check_threads(None)
    dataset = recipe.split(load_data(recipe.data))
    accuracies, train_s, engine = [], [], ""
    for seed in range(seeds):
        run = train_recipe(recipe, dataset, seed, engine=ENGINES[0], threads=threads)
        accuracies.append(0.0 if run.has_diverged else 100 - run.test_error)
        train_s.append(run.history.train_s)
        engine = run.engine
        listen(seed + 1, statistics.fmean(accuracies))
    whole_s = [_fresh_process_s(race, seed, accuracies[seed]) for seed in range(min(seeds, _PROCESSES))]
    mean = statistics.fmean(accuracies)
    return RaceResult(
        name=race.name,
        recipe=recipe.to_dict(),
        target=race.target,
        reached=mean >= race.target,
        accuracy_mean=mean,
        accuracy_interval=mean_interval(accuracies) if seeds > 1 else None,
        accuracies=tuple(accuracies),
        train_s_median=statistics.median(train_s),
        whole_s_median=statistics.median(whole_s),
        whole_processes=len(whole_s),
        seeds=seeds,
        threads=threads,
        engine=engine,
        machine=describe_machine(),
    )


def _fresh_process_s(race: Race, seed: int, accuracy: float) -> float:
    """Seconds that a run takes in a process of its own, all told."""
    settings = json.dumps(race.settings | {"seed": seed, "engine": ENGINES[0]})
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _IN_A_FRESH_PROCESS, settings], capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - begun
    said = done.stdout.strip()
    error = float(said) if done.returncode == 0 and said else float("nan")
    if (100 - error if isfinite(error) else 0.0) != accuracy or done.returncode:
        last = (done.stderr.strip().splitlines() or [f"test error {said}"])[-1]
        raise RecipeError(
            f"race '{race.name}': a fresh process with seed {seed} was expected to reach {accuracy:.2f}% as this one "
            f"did, got: {last}",
            field="seed",
            expected=f"{accuracy:.2f}%",
            got=last,
        )
    return seconds
