"""Doing what is missing of a study or a sweep: its data is published, and the runner gets the jobs."""

import contextlib
from collections.abc import Iterator, Sequence, Set

from seedbed.checks import whole_number
from seedbed.data import CATALOGUE, Dataset, load_data, locate
from seedbed.errors import StudyError
from seedbed.runner.driver import CHECKPOINT_S
from seedbed.runner.failures import RunFailure
from seedbed.runner.job import Job
from seedbed.runner.pool import Pool
from seedbed.runner.runner import Runner, open_runner
from seedbed.runner.watcher import Watcher
from seedbed.store import RunKey, Workspace
from seedbed.study.plan import Arm, all_jobs, check_arms
from seedbed.training.recipe import Recipe


class Execution:
    """Does what is missing; see ``open_execution``."""

    def __init__(self, workspace: Workspace, engine: str, runner: Runner, pool: Pool, watcher: Watcher) -> None:
        self._workspace, self._engine, self._watcher = workspace, engine, watcher
        self._runner, self._pool = runner, pool
        self._datasets: dict[tuple[str, int, bool], Dataset] = {}
        """By name and number of validation images."""
        self._published: dict[tuple[str, int, bool], str] = {}

    def do(self, arms: Sequence[Arm], recorded: Set[RunKey] = frozenset()) -> tuple[RunFailure, ...]:
        """Train all runs that the ledger lacks, or whose files are damaged.

        Parameters
        ----------
        arms : sequence of Arm
        recorded : set of RunKey
            Which of them are recorded while they train.

        Returns
        -------
        tuple of RunFailure
            One for each run that was given up.

        Raises
        ------
        SeedbedError
            A recipe does not fit its data, the data cannot be had, or the workspace cannot be written.
        """
        jobs = all_jobs(arms, self._engine)
        missing = tuple(job for job in jobs if self._is_missing(job))
        if missing:
            self._publish([arm.recipe for arm in arms])
            check_arms(arms, lambda recipe: self._datasets[recipe.data_key])
        for job in set(jobs) - set(missing):
            self._workspace.sweep(job.key)
        self._watcher.planned(len(jobs), missing)
        data = {job: self._published[job.recipe.data_key] for job in missing}
        return self._runner.run(missing, data, recorded)

    def _is_missing(self, job: Job) -> bool:
        entry = self._workspace.ledger.find(job.key)
        return entry is None or self._workspace.damage(entry) is not None

    def _publish(self, recipes: Sequence[Recipe]) -> None:
        """Load and verify each data set once, and put it where the workers find it."""
        wanted = {recipe.data_key: recipe for recipe in recipes}
        new = {key: recipe for key, recipe in sorted(wanted.items()) if key not in self._datasets}
        for name in sorted({key[0] for key in new}):
            if name in CATALOGUE and not CATALOGUE[name].is_built_in and not locate(name):
                self._watcher.note(f"fetching {name} …")
            whole = load_data(name, note=self._watcher.note)
            for key, recipe in new.items():
                if key[0] == name:
                    self._datasets[key] = recipe.split(whole)
                    self._published[key] = self._pool.publish(self._datasets[key])


@contextlib.contextmanager
def open_execution(
    workspace: Workspace,
    engine: str,
    jobs: int | None,
    watcher: Watcher,
    checkpoint_s: float = CHECKPOINT_S,
    on: str | None = None,
) -> Iterator[Execution]:
    """Get ready to do runs of a workspace.

    Parameters
    ----------
    workspace : Workspace
    engine : str
        Name of the engine.
    jobs : int, optional
        Runs at once; one per usable core, or per thread of the cluster, if left out.
    watcher : Watcher
    checkpoint_s : float
        Seconds between two checkpoints of a run.
    on : str, optional
        A Dask cluster in place of this machine's worker processes.

    Raises
    ------
    SeedbedError
        An argument is wrong, or the workspace cannot be written.
    """
    most = None if jobs is None else whole_number("jobs", jobs, 1, 4096, error=StudyError)
    with open_runner(workspace, engine, most, watcher, checkpoint_s, on) as (runner, pool):
        yield Execution(workspace, engine, runner, pool, watcher)
