"""From a study to the runs it takes."""

from dataclasses import dataclass
from math import prod

from seedbed.data import CATALOGUE, Dataset
from seedbed.errors import SeedbedError, StudyError
from seedbed.network import Network, load_network
from seedbed.store import RunKey
from seedbed.study.definition import Definition, VariantDefinition
from seedbed.training.recipe import Recipe

SIZES = ("full", "quick")


@dataclass(frozen=True)
class Job:
    """One run to do.

    Attributes
    ----------
    variant : str
        Title of the variant.
    recipe : Recipe
    key : RunKey
        Fingerprint of the recipe, seed and engine.
    work : float
        Multiplications of the whole run, roughly: what tells a long job from a short one.
    """

    variant: str
    recipe: Recipe
    key: RunKey
    work: float

    @property
    def name(self) -> str:
        """``LeNet-5+, seed 3``."""
        return f"{self.variant}, seed {self.key.seed}"


@dataclass(frozen=True)
class StudyPlan:
    """A study in one size on one engine.

    Attributes
    ----------
    definition : Definition
    size : str
        ``full`` or ``quick``.
    seeds, epochs : int
    engine : str
    recipes : tuple of (VariantDefinition, Recipe)
    """

    definition: Definition
    size: str
    seeds: int
    epochs: int
    engine: str
    recipes: tuple[tuple[VariantDefinition, Recipe], ...]

    def jobs_of(self, variant: VariantDefinition, recipe: Recipe) -> tuple[Job, ...]:
        """The runs of one variant, by seed."""
        work = _work(recipe)
        keys = [RunKey(recipe.fingerprint, seed, self.engine) for seed in range(self.seeds)]
        return tuple(Job(variant.title, recipe, key, work) for key in keys)

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All runs, each once even if two variants share a recipe: the longest first, so that all cores finish
        together, and equal ones seed by seed, so that an interrupted study has as many of each."""
        jobs = {job.key: job for variant, recipe in self.recipes for job in self.jobs_of(variant, recipe)}
        return tuple(sorted(jobs.values(), key=lambda job: (-job.work, job.key.seed)))

    def check(self, datasets: dict[str, Dataset]) -> None:
        """Fit every recipe to its data before the first run starts.

        Raises
        ------
        StudyError
            Names the variant whose recipe does not fit.
        """
        for variant, recipe in self.recipes:
            try:
                recipe.plan(datasets[recipe.data])
            except SeedbedError as error:
                raise StudyError(f"study '{self.definition.name}', variant '{variant.name}': {error}") from None


def make_plan(
    definition: Definition, size: str = "full", seeds: int | None = None, epochs: int | None = None, engine: str = ""
) -> StudyPlan:
    """Choose the size of a study.

    Parameters
    ----------
    size : str
        ``full`` or ``quick``.
    seeds, epochs : int, optional
        In place of those of the size; seeds are 0 … seeds - 1.
    engine : str
        Name of the engine.

    Raises
    ------
    StudyError
        A number is out of its range.
    """
    if size not in SIZES:
        raise StudyError(f"size: expected {' or '.join(SIZES)}, got '{size}'.")
    chosen = definition.full if size == "full" else definition.quick
    for name, value in (("seeds", seeds), ("epochs", epochs)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise StudyError(f"{name}: expected a whole number of at least 1, got {value}.")
    epochs = epochs or chosen.epochs
    recipes = tuple((variant, definition.recipe(variant, epochs)) for variant in definition.variants)
    return StudyPlan(definition, size, seeds or chosen.seeds, epochs, engine, recipes)


def _work(recipe: Recipe) -> float:
    entry = CATALOGUE.get(recipe.data)
    images, shape = (entry.train_count, entry.image_shape) if entry else (1, None)
    return float(recipe.epochs) * images * _multiplications(load_network(recipe.network, shape))


def _multiplications(network: Network) -> int:
    """For one image, forward: every weight as often as it is used, and every value once for the layers without."""
    total = 0
    for node in network.nodes:
        places = prod(node.output_shape[1:])
        total += prod(node.output_shape)
        total += sum(prod(shape) * places for shape in node.parameter_shapes.values() if len(shape) > 1)
    return total
