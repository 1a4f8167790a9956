"""A run that is to be done."""

from dataclasses import dataclass

from seedbed.engine import numerics_version
from seedbed.store import RunKey
from seedbed.training.recipe import Recipe


@dataclass(frozen=True)
class Job:
    """One run to do.

    Attributes
    ----------
    title : str
        What people call its recipe: the title of a variant.
    recipe : Recipe
    key : RunKey
    work : float
        Multiplications of the whole run, roughly: what tells a long job from a short one.
    """

    title: str
    recipe: Recipe
    key: RunKey
    work: float

    @property
    def name(self) -> str:
        """``LeNet-5+, seed 3``."""
        return f"{self.title}, seed {self.key.seed}"


def run_key(recipe: Recipe, seed: int, engine: str) -> RunKey:
    """What identifies a run of this version of Seedbed.

    Raises
    ------
    EngineError
        No such engine.
    """
    return RunKey(recipe.fingerprint, seed, engine, numerics_version(engine))
