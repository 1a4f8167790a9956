"""Why a published figure is not what its recipe gives: from the recipe as published to that as meant, step by step.

::

    [[chains]]
    title = "LeNet-5"
    as_published = "lenet5-faults"
    steps = [
      { variant = "lenet5-gradient", change = "the right gradient of the sigmoid" },
      { variant = "lenet5", change = "a new order for every epoch" },
    ]

Each step changes one thing of the variant before it; the last one is the recipe as it was meant.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from seedbed.statistics import SequentialComparison, compare_seeds, holm
from seedbed.study.claim_numbers import Side
from seedbed.study.fields import Name, Table, Text
from seedbed.study.summaries import replication_of

if TYPE_CHECKING:
    from seedbed.statistics import Replication
    from seedbed.study.result import VariantResult

LEVEL = 0.05


class ChainStepDefinition(Table):
    """What a step changes, as a thing that is put in place: "average pooling"."""

    variant: Name
    change: Text


class ChainDefinition(Table):
    """One ``[[chains]]`` table; ``title`` names what was published."""

    title: Text
    as_published: Name
    steps: Annotated[list[ChainStepDefinition], Field(min_length=1)]

    @property
    def names(self) -> tuple[str, ...]:
        """The variants, from the one as published to the one as meant."""
        return (self.as_published, *(step.variant for step in self.steps))


def check_chains(chains: Sequence[ChainDefinition], variants: Collection[str]) -> None:
    """Compare chains with the variants of their study.

    Raises
    ------
    ValueError
        A name is none of theirs, or two steps are the same variant.
    """
    for place, chain in enumerate(chains, 1):
        for name in chain.names:
            if name not in variants:
                raise ValueError(f"chains[{place}]: expected one of {', '.join(variants)}; got '{name}'")
            if chain.names.count(name) > 1:
                raise ValueError(f"chains[{place}]: '{name}' occurs {chain.names.count(name)} times; each step is new")


@dataclass(frozen=True)
class ChainStep:
    """One step.

    Attributes
    ----------
    change : str
    side : Side
        The variant after it.
    difference : float
        Mean error after it minus that before it, percent points; NaN without runs.
    interval : (low, high)
        95% interval of it for new seeds, of this step alone; NaN where no test is possible.
    p_value : float
        Two-sided, corrected over the steps of all chains of the study (Holm); where the study was looked at more than
        once, as it is at the look.
    level : float
        What it has to be under; less than 5% only where it was looked at more than once.
    """

    change: str
    side: Side
    difference: float
    interval: tuple[float, float]
    p_value: float
    level: float = LEVEL

    @property
    def is_shown(self) -> bool:
        """Whether the error was shown to change."""
        return self.p_value < self.level


@dataclass(frozen=True)
class Whole:
    """From the recipe as published to the one as meant.

    Attributes
    ----------
    difference : float
        Percent points.
    interval : (low, high)
        95%; NaN or infinite where no test is possible.
    p_value : float
        Two-sided, of this difference alone.
    """

    difference: float
    interval: tuple[float, float]
    p_value: float


@dataclass(frozen=True)
class ChainResult:
    """A chain with what was measured.

    Attributes
    ----------
    title : str
    as_published : Side
        Its published figure is that of the chain; where it has none, that of the last step.
    steps : tuple of ChainStep
        They add up to ``whole``.
    whole : Whole
        Of the error as meant and as published, not corrected.
    replication_as_published, replication_as_meant : Replication or None
        Whether the published figure lies where luck puts such figures of either recipe.
    """

    title: str
    as_published: Side
    steps: tuple[ChainStep, ...]
    whole: Whole
    replication_as_published: "Replication | None" = None
    replication_as_meant: "Replication | None" = None

    @property
    def as_meant(self) -> Side:
        """The variant after the last step."""
        return self.steps[-1].side


def follow_chains(
    chains: Sequence[ChainDefinition],
    variants: "Sequence[VariantResult]",
    planned: Mapping[str, Collection[int]],
    *,
    are_many_looks: bool = False,
) -> tuple[ChainResult, ...]:
    """Test every step of all chains together.

    Parameters
    ----------
    chains, variants
    planned : mapping of str to collection of int
        By variant, the seeds that count: those whose number was fixed before anything was seen.
    are_many_looks : bool
        The study is looked at early, or again: the test is `SequentialComparison`, its 5% shared by all steps.
    """
    named = {variant.name: variant for variant in variants}
    errors = {
        variant.name: {seed: error for seed, error in variant.errors_by_seed.items() if seed in planned[variant.name]}
        for variant in variants
    }
    pairs = [pair for chain in chains for pair in zip(chain.names, chain.names[1:], strict=False)]
    tests = iter(_looked_at(errors, pairs) if are_many_looks else _compared(errors, pairs))
    found = []
    for chain in chains:
        first, last = named[chain.names[0]], named[chain.names[-1]]
        figures = first if first.published is not None else last
        steps = []
        for step in chain.steps:
            side = _side(named[step.variant], errors[step.variant])
            steps.append(ChainStep(step.change, side, *next(tests)))
        ends = (first.name, last.name)
        ((difference, interval, p_value, _),) = (_looked_at if are_many_looks else _compared)(errors, [ends])
        found.append(
            ChainResult(
                title=chain.title,
                as_published=_side(first, errors[first.name], figures),
                steps=tuple(steps),
                whole=Whole(difference, interval, p_value),
                replication_as_published=replication_of(list(errors[first.name].values()), figures),
                replication_as_meant=replication_of(list(errors[last.name].values()), figures),
            )
        )
    return tuple(found)


_Tested = tuple[float, tuple[float, float], float, float]


def _compared(errors: Mapping[str, Mapping[int, float]], pairs: Sequence[tuple[str, str]]) -> list[_Tested]:
    """Difference, interval, corrected p-value and level of each pair."""
    tests = [compare_seeds(errors[after], errors[before], 1 - LEVEL).comparison for before, after in pairs]
    p_values = holm([test.p_value for test in tests])
    return [(test.difference, test.interval, p, LEVEL) for test, p in zip(tests, p_values, strict=True)]


def _looked_at(errors: Mapping[str, Mapping[int, float]], pairs: Sequence[tuple[str, str]]) -> list[_Tested]:
    test = SequentialComparison(LEVEL, max(1, len(pairs)))
    found = []
    for before, after in pairs:
        seeds = sorted(errors[before].keys() & errors[after].keys())
        told = test.decide([errors[after][seed] for seed in seeds], [errors[before][seed] for seed in seeds])
        found.append((told.difference, told.interval, told.p_value, told.level))
    return found


def _side(variant: "VariantResult", errors: Mapping[int, float], figures: "VariantResult | None" = None) -> Side:
    published = (figures or variant).published
    return Side(variant.name, variant.title, tuple(errors.values()), published=published)
