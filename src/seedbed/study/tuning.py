"""Two recipes, each at a learning rate of its own that validation images chose, beside the rates that were given.

At one rate for both, a comparison tells which recipe suits that rate as much as which is better. So each recipe is
trained over a grid of rates with images held out, the rate with the lowest mean validation error becomes its own, and
the verdict is given at the own rates beside that at the given ones. No test image chooses anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import Any

from seedbed.checks import finite_number, whole_number
from seedbed.data.catalogue import entry_named
from seedbed.engine import ENGINES
from seedbed.errors import StudyError
from seedbed.formatting import listed
from seedbed.language import phrase, speaking
from seedbed.runner.watcher import Watcher
from seedbed.study.claim_definition import ClaimDefinition
from seedbed.study.comparing import Given, comparison, made
from seedbed.study.definition import Definition, VariantDefinition
from seedbed.study.fields import SEED_LIMIT
from seedbed.study.grids import Grid
from seedbed.study.study import Study
from seedbed.study.study_result import StudyResult
from seedbed.study.texts import GridTexts
from seedbed.training.recipe import Recipe

TUNING_SEEDS = 3
"""Runs of each recipe at each rate that choose."""

TUNING = "tuning"
"""Name of the grid of rates in the study of a tuned comparison."""

FACTORS = (0.1, 0.3, 1.0, 3.0, 10.0)
"""Of the given rate, if no grid is stated."""

_SIDES = ("a", "b")


@dataclass(frozen=True)
class Tuned:
    """A rate of a recipe, and what the held-out images said of it.

    Attributes
    ----------
    rate : float
    validation_error : float
        Mean over the tuning seeds, percent; a diverged run counts as 100.
    """

    rate: float
    validation_error: float


def read_tune(tune: str) -> tuple[float, ...]:
    """The grid of ``lr`` or ``lr=0.01,0.1``; empty for multiples of the given rate.

    Raises
    ------
    StudyError
        It is something else, or a rate is not a number above 0.
    """
    key, has_values, values = tune.partition("=")
    if key.strip() != "lr" or (has_values and not values.strip()):
        expected = "lr, or lr= with rates: lr=0.01,0.03,0.1"
        raise StudyError(f"tune: expected {expected}, got '{tune}'.", field="tune", expected=expected, got=tune)
    if not has_values:
        return ()
    return tuple(sorted({_rate(text) for text in values.split(",")}))


def _rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise StudyError(
            f"tune: expected learning rates with commas between them, got '{text}'.", field="tune"
        ) from None
    return finite_number("tune", value, above=0, error=StudyError)


def compare_tuned(
    a: Given,
    b: Given,
    *,
    tune: str = "lr",
    tuning_seeds: int = TUNING_SEEDS,
    seeds: int | None = None,
    until_decided: bool = False,
    most_seeds: int | None = None,
    jobs: int | None = None,
    workspace: str | Path | None = None,
    engine: str = ENGINES[0],
    watch: Watcher | None = None,
    on: str | None = None,
    **settings: Any,
) -> StudyResult:
    """Compare two recipes at the given learning rates, and each at its own.

    Parameters
    ----------
    tune : str
        ``lr``: a tenth to ten times the given rate, in five steps; or a grid for both, ``lr=0.01,0.03,0.1``. The given
        rates are in it always.
    tuning_seeds : int
        Of each recipe at each rate. Their runs hold images out and are none of those that the verdicts rest on.
    a, b, seeds, until_decided, most_seeds, jobs, workspace, engine, watch, on, **settings
        See ``compare_recipes``.

    Returns
    -------
    StudyResult
        Its variants are ``a`` and ``b``, ``a-own`` and ``b-own`` where a rate of its own was chosen, and the grid
        ``tuning``. Its claims: b errs less, at the given rates and at the own ones.

    Raises
    ------
    SeedbedError
    """
    rates = read_tune(tune)
    tuning_seeds = whole_number("tuning_seeds", tuning_seeds, 1, SEED_LIMIT, error=StudyError)
    plain = comparison(a, b, workspace=workspace, until_decided=until_decided, seeds=seeds, **settings)
    grid = TuningGrid(plain.definition, rates, tuning_seeds)
    running: dict[str, Any] = {"jobs": jobs, "workspace": workspace, "engine": engine, "watch": watch, "on": on}
    words = [*plain.words, "--tune", tune]
    words += ["--tuning-seeds", str(tuning_seeds)] if tuning_seeds != TUNING_SEEDS else []
    words += ["--seeds", str(seeds)] if seeds is not None else []
    chosen = grid.choose(Study(grid.alone(), words).run(**running))
    study = Study(grid.compared(chosen), words)
    return study.run(until_decided=until_decided, most_seeds=most_seeds, **running)


class TuningGrid:
    """The variants of both recipes at every rate, with images held out.

    Parameters
    ----------
    plain : Definition
        Of the comparison at the given rates.
    rates : sequence of float
        Of both; multiples of the given one of each if empty.
    seeds : int
        Of each variant.
    """

    def __init__(self, plain: Definition, rates: Sequence[float], seeds: int) -> None:
        self._plain = plain
        self._recipes = {one.name: plain.recipe(one, plain.full.epochs) for one in plain.variants}
        self._titles = {one.name: one.title for one in plain.variants}
        self._given = {name: recipe.parts.optimizer.lr for name, recipe in self._recipes.items()}
        self.rates = {
            name: tuple(sorted({given, *(rates or [float(f"{factor * given:.6g}") for factor in FACTORS])}))
            for name, given in self._given.items()
        }
        self._variants = [
            VariantDefinition(
                name=tuning_name(name, rate),
                title=phrase("{title}, rate {rate}", title=self._titles[name], rate=f"{rate:g}"),
                seeds=seeds,
                **held_out(at_rate(self._recipes[name], rate)).to_dict(),
            )
            for name in _SIDES
            for rate in self.rates[name]
        ]
        labels = tuple(f"{rate:g}" for rate in sorted({rate for own in self.rates.values() for rate in own}))
        titles = tuple(self._titles[name] for name in _SIDES)
        self._grid = Grid(
            TUNING,
            phrase("Learning rates, with images held out"),
            {"recipe": titles, "rate": labels},
            {
                tuning_name(name, rate): {"recipe": self._titles[name], "rate": f"{rate:g}"}
                for name in _SIDES
                for rate in self.rates[name]
            },
        )

    def alone(self) -> Definition:
        """A study of the grid alone."""
        update = {"variants": self._variants, "claims": [], "grids": (self._grid,), "ko": None}
        return self._plain.model_copy(update=update)

    def choose(self, result: StudyResult) -> dict[str, Tuned]:
        """The rate of each recipe with the lowest mean validation error; of equal ones the lowest rate.

        Raises
        ------
        StudyError
            A run is missing.
        """
        named = {variant.name: variant for variant in result.variants}
        chosen = {}
        for name in _SIDES:
            found = []
            for rate in self.rates[name]:
                ends = [run.history.result for run in named[tuning_name(name, rate)].runs]
                errors = [end.validation_error if end is not None else 100.0 for end in ends]
                if not errors or result.failures:
                    raise StudyError("compare: runs of the search for learning rates failed; run the command again.")
                errors = [error if isfinite(error) else 100.0 for error in errors]
                found.append(Tuned(rate, sum(errors) / len(errors)))
            chosen[name] = min(found, key=lambda one: (one.validation_error, one.rate))
        return chosen

    def compared(self, chosen: Mapping[str, Tuned]) -> Definition:
        """The comparison at the given rates and at those chosen, with the grid."""
        plain = self._plain
        moved = [name for name in _SIDES if chosen[name].rate != self._given[name]]
        own = [
            VariantDefinition(
                name=f"{name}-own",
                title=self._own_title(name, chosen),
                **at_rate(self._recipes[name], chosen[name].rate).to_dict(),
            )
            for name in moved
        ]
        claims = list(plain.claims)
        if moved:
            claims.append(
                ClaimDefinition(
                    text=self._own_claim(),
                    better="b-own" if "b" in moved else "b",
                    worse="a-own" if "a" in moved else "a",
                )
            )
        update: dict[str, Any] = {
            "variants": [*plain.variants, *own, *self._variants],
            "claims": claims,
            "grids": (self._grid,),
            "remarks": [self._remark(chosen)],
            "name": f"{plain.name}-tuned",
        }
        with speaking("ko"):
            texts = plain.ko
            if texts is not None:
                update["ko"] = texts.model_copy(
                    update={
                        "remarks": [self._remark(chosen)],
                        "claims": [*texts.claims, *([self._own_claim()] if moved else [])],
                        "variants": texts.variants | {f"{name}-own": self._own_title(name, chosen) for name in moved},
                        "grids": {
                            TUNING: GridTexts(
                                caption=phrase("Learning rates, with images held out"),
                                axes={"recipe": phrase("recipe"), "rate": phrase("rate")},
                                labels={},
                            )
                        },
                    }
                )
        return plain.model_copy(update=update)

    def _own_title(self, name: str, chosen: Mapping[str, Tuned]) -> str:
        return phrase("{title}, own rate {rate}", title=self._titles[name], rate=f"{chosen[name].rate:g}")

    def _own_claim(self) -> str:
        return phrase("Each at its own learning rate, {b} errs less than {a}.", **self._titles)

    def _remark(self, chosen: Mapping[str, Tuned]) -> str:
        grids = [
            phrase(
                "{title}: {rates}; chosen {rate}",
                title=self._titles[name],
                rates=", ".join(f"{rate:g}" for rate in self.rates[name]),
                rate=f"{chosen[name].rate:g}",
            )
            for name in _SIDES
        ]
        text = phrase(
            "The own learning rate of each recipe is that with the lowest mean error on held-out images over {seeds} "
            "seeds. {grids}. The runs of the verdicts are others, with all training images; no test image chose a "
            "rate.",
            seeds=self._variants[0].seeds,
            grids="; ".join(grids),
        )
        ends = [
            self._titles[name] for name in _SIDES if chosen[name].rate in (self.rates[name][0], self.rates[name][-1])
        ]
        if ends:
            text += " " + phrase(
                "The rate of {titles} lies at an end of its grid: a better one may lie beyond it.", titles=listed(ends)
            )
        return text


def tuning_name(side: str, rate: float) -> str:
    """What the variant of a recipe at a rate is called."""
    return f"{side}-rate-{rate:g}"


def at_rate(recipe: Recipe, rate: float) -> Recipe:
    """The recipe with another learning rate."""
    return made(recipe.to_dict(), {"lr": rate})


def held_out(recipe: Recipe) -> Recipe:
    """The recipe with images to choose by: its own, those of its data set, else 5,000 or a tenth of fewer than 50,000.

    Raises
    ------
    StudyError
        There are none and none can be held out.
    """
    entry = entry_named(recipe.data)
    if recipe.validation or entry.validation_count:
        return recipe
    count = min(5000, entry.train_count // 10)
    if count < 1:
        raise StudyError(f"compare: data '{recipe.data}' has no images to hold out, by which to choose learning rates.")
    return replace(recipe, validation=count)
