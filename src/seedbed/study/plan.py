"""From a study to the runs it takes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

from seedbed.checks import refusal, whole_number
from seedbed.data import CATALOGUE, Dataset
from seedbed.engine import ENGINES
from seedbed.errors import SeedbedError, StudyError
from seedbed.network import Network
from seedbed.runner.job import Job, run_key
from seedbed.store import RunKey
from seedbed.study.definition import Definition
from seedbed.study.fields import SEED_LIMIT
from seedbed.training.recipe import Recipe

SIZES = ("full", "quick")
RUN_LIMIT = 1_000_000
"""Runs of one study or sweep, which are all listed before the first begins."""


@dataclass(frozen=True)
class Arm:
    """A recipe and the seeds that it is trained with.

    Attributes
    ----------
    title : str
        For people.
    place : str
        Where it comes from, for messages: ``study 'tiny', variant 'low'``.
    recipe : Recipe
    seeds : range
    """

    title: str
    place: str
    recipe: Recipe
    seeds: range

    def jobs(self, engine: str) -> tuple[Job, ...]:
        """Its runs, by seed."""
        work = _work(self.recipe)
        keys = [run_key(self.recipe, seed, engine) for seed in self.seeds]
        return tuple(Job(self.title, self.recipe, key, work) for key in keys)


def all_jobs(arms: Sequence[Arm], engine: str) -> tuple[Job, ...]:
    """All runs, each once even if two arms share a recipe (it goes by the title of the first): seed by seed, so that
    interrupted work has whole rounds to compare, and the longest of a seed first, so that all cores finish together."""
    jobs: dict[RunKey, Job] = {}
    for arm in arms:
        for job in arm.jobs(engine):
            jobs.setdefault(job.key, job)
    return tuple(sorted(jobs.values(), key=lambda job: (job.key.seed, -job.work)))


def check_arms(arms: Sequence[Arm], split: Callable[[Recipe], Dataset]) -> None:
    """Fit every recipe to its data before the first run starts.

    Parameters
    ----------
    split : callable
        Gives the data of a recipe, as ``Recipe.split`` does.

    Raises
    ------
    StudyError
        Names the arm whose recipe does not fit.
    """
    for arm in arms:
        try:
            arm.recipe.plan(split(arm.recipe))
        except SeedbedError as error:
            raise StudyError(f"{arm.place}: {error}", **error.details()) from None


@dataclass(frozen=True)
class StudyPlan:
    """A study in one size on one engine.

    Attributes
    ----------
    definition : Definition
    size : str
        ``full`` or ``quick``.
    seeds, epochs : int
        Of the variants that have none of their own.
    engine : str
    arms : tuple of Arm
        One for each variant, in their order.
    """

    definition: Definition
    size: str
    seeds: int
    epochs: int
    engine: str
    arms: tuple[Arm, ...]

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All runs: see ``all_jobs``."""
        return all_jobs(self.arms, self.engine)


def make_plan(
    definition: Definition,
    size: str = "full",
    seeds: int | None = None,
    epochs: int | None = None,
    engine: str = ENGINES[0],
) -> StudyPlan:
    """Choose the size of a study.

    Parameters
    ----------
    size : str
        ``full`` or ``quick``.
    seeds, epochs : int, optional
        In place of those of the size and of the variants; seeds are 0 … seeds - 1.
    engine : str
        Name of the engine.

    Raises
    ------
    StudyError
        A number is out of its range.
    """
    if size not in SIZES:
        raise refusal("size", " or ".join(SIZES), size, error=StudyError)
    chosen = definition.full if size == "full" else definition.quick
    seeds = None if seeds is None else whole_number("seeds", seeds, 1, SEED_LIMIT, error=StudyError)
    epochs = None if epochs is None else whole_number("epochs", epochs, 1, error=StudyError)
    arms = []
    definition = definition.in_size(size)
    for variant in definition.variants:
        own = definition.size_of(variant, size)
        recipe = definition.recipe(variant, epochs or own.epochs)
        place = f"study '{definition.name}', variant '{variant.name}'"
        arms.append(Arm(variant.title, place, recipe, range(seeds or own.seeds)))
    check_runs(f"study '{definition.name}'", sum(len(arm.seeds) for arm in arms))
    return StudyPlan(definition, size, seeds or chosen.seeds, epochs or chosen.epochs, engine, tuple(arms))


def check_runs(place: str, count: int) -> None:
    """Refuse more runs than can be listed.

    Raises
    ------
    StudyError
    """
    if count > RUN_LIMIT:
        hint = "Give fewer seeds, or less to compare."
        raise refusal("runs", f"at most {RUN_LIMIT:,}", count, error=StudyError, place=place, hint=hint)


def _work(recipe: Recipe) -> float:
    entry = CATALOGUE.get(recipe.data)
    return float(recipe.epochs) * (entry.train_count if entry else 1) * _multiplications(recipe.build_network())


def _multiplications(network: Network) -> int:
    """For one image, forward: every weight as often as it is used, and every value once for the layers without."""
    total = 0
    for node in network.nodes:
        places = prod(node.output_shape[1:])
        total += prod(node.output_shape)
        total += sum(prod(shape) * places for shape in node.parameter_shapes.values() if len(shape) > 1)
    return total
