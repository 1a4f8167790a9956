"""``sb.Sweep``: settings chosen by validation error, and one honest test error at the end."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import isnan
from pathlib import Path
from typing import Any

from seedbed.checks import whole_number
from seedbed.data.catalogue import entry_named
from seedbed.engine import ENGINES
from seedbed.errors import SeedbedError, StoreError, StudyError
from seedbed.network import network_text
from seedbed.runner.driver import CHECKPOINT_S
from seedbed.runner.failures import Death, Reason, RunFailure
from seedbed.runner.job import Job
from seedbed.runner.watcher import Watcher
from seedbed.store import Damage, RunEntry, Workspace
from seedbed.study.execution import open_execution
from seedbed.study.fields import SEED_LIMIT
from seedbed.study.plan import Arm, check_runs
from seedbed.study.reading import merged, read_run
from seedbed.study.result import RunResult
from seedbed.study.searches import GridSearch, Point, RandomSearch, Search, TreeParzenSearch
from seedbed.study.space import Value, check_fields, label, parse_axis, recipe_at
from seedbed.study.sweep_result import PointResult, SweepResult, not_told_apart
from seedbed.training.events import EpochEnded, Progress
from seedbed.training.recipe import Recipe

FRESH_SEED = 1000
"""Seeds from here on are those of the winner's last runs: they never chose anything."""


_MOST_POINTS = 1_000_000


class Sweep:
    """A search for settings. Points are judged by their mean validation error; the winner alone meets the test images.

    Parameters
    ----------
    network : str, Network or list of layers
    data : str
    grid : mapping
        What to vary, see ``parse_axis``: ``{"lr": [0.1, 0.01], "batch_size": "16|32"}``.
    random : int, optional
        Try so many points at random in place of all combinations; axes may be ranges then.
    tpe : int, optional
        Let a tree-structured Parzen estimator (Optuna) choose so many points.
    seeds : int
        Of each point, at most 1000: seeds 0 … seeds - 1.
    final_seeds : int
        Fresh seeds of the winner.
    validation : int, optional
        Training images held out; if left out 5,000, or a tenth of fewer than 50,000, or none where the data set comes
        with validation images.
    search_seed : int
        Decides which points random and tpe try.
    **settings
        What all points share, as ``Recipe.make`` takes it.

    Raises
    ------
    SeedbedError

    Examples
    --------
    >>> sweep = Sweep("softmax", "digits", grid={"lr": [0.1, 0.01]}, epochs=2)
    >>> sweep.run().test_error  # doctest: +SKIP
    """

    def __init__(
        self,
        network: Any,
        data: str = "mnist",
        *,
        grid: Mapping[str, str | Sequence[Value]],
        random: int | None = None,
        tpe: int | None = None,
        seeds: int = 3,
        final_seeds: int = 10,
        validation: int | None = None,
        search_seed: int = 0,
        **settings: Any,
    ) -> None:
        hint = f"Seeds from {FRESH_SEED} on are for the winner."
        seeds = _count("seeds", seeds, FRESH_SEED, hint)
        final_seeds = _count("final_seeds", final_seeds, SEED_LIMIT)
        random = None if random is None else _count("random", random, _MOST_POINTS)
        tpe = None if tpe is None else _count("tpe", tpe, _MOST_POINTS)
        search_seed = whole_number("search_seed", search_seed, 0, 2**64 - 1, error=StudyError, place="sweep")
        if random is not None and tpe is not None:
            raise StudyError("sweep: give random or tpe, not both.")
        if not grid:
            hint = "give a grid such as lr=0.1,0.01"
            raise StudyError(f"sweep: there is nothing to vary; {hint}.", field="grid", hint=hint)
        check_fields(settings | {"data": data})
        self.settings = {"network": network_text(network), "data": data} | settings
        self.settings["validation"], self.validation_images = _validation(data, validation)
        self.axes = tuple(parse_axis(key, values, self.settings) for key, values in grid.items())
        self.seeds, self.final_seeds, self.search_seed = seeds, final_seeds, search_seed
        self.random, self.tpe = random, tpe
        self._grid = {key: v if isinstance(v, str) else "|".join(map(str, v)) for key, v in grid.items()}
        self.search_name = "random" if random else "tpe" if tpe else "grid"
        check_runs("sweep", self._search().count * self.seeds)

    def run(
        self,
        *,
        jobs: int | None = None,
        workspace: str | Path | None = None,
        engine: str = ENGINES[0],
        watch: Watcher | None = None,
        checkpoint_s: float = CHECKPOINT_S,
        on: str | None = None,
    ) -> SweepResult:
        """Train what is missing and tell what was found; calling it again goes on where it stopped.

        For the parameters see ``Study.run``. The watcher is not told any test error.

        Raises
        ------
        SeedbedError
        """
        place = Workspace(workspace)
        with open_execution(place, engine, jobs, _Blind(watch or Watcher()), checkpoint_s, on) as execution:
            return _Search(self, place, engine, execution.do).result(self.command(workspace, engine))

    def result(self, *, workspace: str | Path | None = None, engine: str = ENGINES[0]) -> SweepResult:
        """What the workspace has of this sweep, without training; for the parameters see ``Study.run``.

        Raises
        ------
        SeedbedError
        """
        place = Workspace(workspace, create=False)
        return _Search(self, place, engine, lambda arms: ()).result(self.command(workspace, engine))

    @property
    def definition(self) -> dict[str, Any]:
        """Plain values that make the same sweep again: ``Sweep(**definition)``."""
        values = self.settings | {
            "grid": self._grid,
            "random": self.random,
            "tpe": self.tpe,
            "seeds": self.seeds,
            "final_seeds": self.final_seeds,
            "search_seed": self.search_seed,
        }
        plain = (bool, int, float, str, dict, type(None))
        return {name: value if isinstance(value, plain) else str(value) for name, value in values.items()}

    def command(self, workspace: str | Path | None = None, engine: str = ENGINES[0]) -> str:
        """The command line that does the same as ``run``."""
        words = ["seedbed", "sweep", self.settings["network"]]
        options = {key: value for key, value in self.settings.items() if key != "network"}
        options |= {"random": self.random, "tpe": self.tpe, "seeds": self.seeds, "final_seeds": self.final_seeds}
        options |= {"search_seed": self.search_seed or None, "workspace": workspace}
        options |= {"engine": engine if engine != ENGINES[0] else None}
        for name, value in options.items():
            words += [f"--{name.replace('_', '-')}", str(value)] if value is not None else []
        for key, values in self._grid.items():
            words += ["--grid", f"{key}={values}"]
        return shlex.join(words)

    def recipe_at(self, point: Point) -> Recipe:
        """The recipe of a point."""
        return recipe_at(self.settings, self.axes, point)

    def _search(self) -> Search:
        if self.random is not None:
            return RandomSearch(self.axes, self.random, self.search_seed)
        if self.tpe is not None:
            return TreeParzenSearch(self.axes, self.tpe, self.search_seed)
        return GridSearch(self.axes)


class _Search:
    """One sweep being done in a workspace, or read; ``do`` trains what is missing."""

    def __init__(
        self, sweep: Sweep, workspace: Workspace, engine: str, do: Callable[[Sequence[Arm]], tuple[RunFailure, ...]]
    ) -> None:
        self._sweep, self._workspace, self._engine, self._do = sweep, workspace, engine, do
        self._entries: list[RunEntry] = []
        self._failures: list[RunFailure] = []

    def result(self, command: str) -> SweepResult:
        sweep = self._sweep
        points = self._try_all()
        judged = [point for point in points if point.diverged < len(point.errors)]
        if not judged:
            raise StudyError(
                f"sweep: none of {len(points)} points was trained to its end, so there is none to choose. "
                + (self._failures[0].text if self._failures else "All runs diverged: try smaller learning rates.")
            )
        winner = min(judged, key=lambda point: point.mean)
        final = Arm(winner.name, "sweep, winner", winner.recipe, self._fresh())
        self._failures += [replace(failure, is_winner=True) for failure in self._do([final])]
        runs = self._runs(final)
        labels = {
            axis.key: tuple(dict.fromkeys(point.coordinates[axis.key] for point in self._in_order(points, axis.key)))
            for axis in sweep.axes
        }
        return SweepResult(
            network=sweep.settings["network"],
            search=sweep.search_name,
            axes=labels,
            points=points,
            winner=winner,
            ties=not_told_apart(winner, points),
            validation=sweep.validation_images,
            seeds=sweep.seeds,
            test_errors=tuple(run.test_error for run in runs if run.outcome.is_complete),
            diverged=sum(not run.outcome.is_complete for run in runs),
            machine=merged([entry.machine for entry in self._entries]),
            versions=merged([entry.versions for entry in self._entries]),
            data_source="; ".join(dict.fromkeys(entry.data_source for entry in self._entries)),
            command=command,
            failures=tuple(self._failures),
            test_seeds=tuple(run.seed for run in runs if run.outcome.is_complete),
            definition=sweep.definition,
        )

    def _try_all(self) -> tuple[PointResult, ...]:
        search, points = self._sweep._search(), []
        for batch in search.batches():
            arms = [self._arm(point) for point in batch]
            self._failures += self._do(arms)
            found = [self._point(point, arm) for point, arm in zip(batch, arms, strict=True)]
            search.hear([100.0 if isnan(point.mean) else point.mean for point in found])
            points += found
        return tuple(points)

    def _arm(self, point: Point) -> Arm:
        name = ", ".join(f"{key}={value}" for key, value in self._coordinates(point).items())
        try:
            recipe = self._sweep.recipe_at(point)
        except SeedbedError as error:
            raise StudyError(f"sweep, point {name}: {error}", **error.details()) from None
        return Arm(name, f"sweep, point {name}", _blind(recipe), range(self._sweep.seeds))

    def _coordinates(self, point: Point) -> dict[str, str]:
        return {axis.key: label(value) for axis, value in zip(self._sweep.axes, point, strict=True)}

    def _point(self, point: Point, arm: Arm) -> PointResult:
        runs = self._runs(arm)
        ends = [run.history.result if run.outcome.is_complete else None for run in runs]
        errors = [end.validation_error if end else 100.0 for end in ends]
        diverged = sum(not run.outcome.is_complete for run in runs)
        seeds = tuple(run.seed for run in runs)
        return PointResult(self._coordinates(point), self._sweep.recipe_at(point), tuple(errors), diverged, seeds)

    def _runs(self, arm: Arm) -> list[RunResult]:
        runs = []
        for job in arm.jobs(self._engine):
            entry = self._workspace.ledger.find(job.key)
            if entry is not None:
                run = read_run(self._workspace, job, entry)
                if isinstance(run, Damage):
                    raise StoreError(f"{run.text}; run the sweep again to replace it.")
                runs.append(replace(run, outputs=None, state=None))
                self._entries.append(entry)
        return runs

    def _fresh(self) -> range:
        return range(FRESH_SEED, FRESH_SEED + self._sweep.final_seeds)

    def _in_order(self, points: Sequence[PointResult], key: str) -> Sequence[PointResult]:
        """As tried in a grid; by value where points were drawn."""
        if self._sweep.search_name == "grid":
            return points

        def place(point: PointResult) -> tuple[bool, float, str]:
            text = point.coordinates[key]
            try:
                return False, float(text), text
            except ValueError:
                return True, 0.0, text

        return sorted(points, key=place)


def _blind(recipe: Recipe) -> Recipe:
    """The recipe of the runs that choose: they meet no test image, so that nobody can look at what they would say."""
    return replace(recipe, evaluation="validation") if recipe.evaluation == "all" else recipe


class _Blind(Watcher):
    """Passes on everything but test errors: nobody shall choose by them."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher

    def note(self, text: str) -> None:
        self._watcher.note(text)

    def planned(self, total: int, missing: tuple[Job, ...]) -> None:
        self._watcher.planned(total, missing)

    def started(self, worker: int, job: Job, epoch: int) -> None:
        self._watcher.started(worker, job, epoch)

    def progressed(self, worker: int, job: Job, progress: Progress) -> None:
        self._watcher.progressed(worker, job, replace(progress, test_error=None))

    def epoch_ended(self, worker: int, job: Job, event: EpochEnded) -> None:
        """Not passed on: its record holds test errors."""

    def finished(self, worker: int | None, job: Job, entry: RunEntry, test_error: float | None) -> None:
        self._watcher.finished(worker, job, entry, None)

    def restarted(self, job: Job, reason: Death) -> None:
        self._watcher.restarted(job, reason)

    def failed(self, job: Job, reason: Reason) -> None:
        self._watcher.failed(job, reason)


def _count(name: str, value: int, most: int, hint: str = "") -> int:
    return whole_number(name, value, 1, most, error=StudyError, place="sweep", hint=hint)


def _validation(data: str, asked: int | None) -> tuple[int, int]:
    """Images to hold out of the training images, and images to judge by: those, or those that the data comes with."""
    entry = entry_named(data)
    held_out = asked
    if held_out is None:
        tenth = 5000 if entry.train_count >= 50_000 else max(1, entry.train_count // 10)
        held_out = 0 if entry.validation_count else tenth
    if not (held_out or entry.validation_count):
        raise StudyError(
            f"sweep: data '{data}' has no validation images to judge by. Hold some of its {entry.train_count:,} "
            "training images out: leave validation out, or give their number."
        )
    return held_out, held_out or entry.validation_count
