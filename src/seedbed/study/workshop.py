"""Where runs are done: a claimed workspace, the data on loan to the workers, and what is still missing."""

import contextlib
from collections.abc import Iterator, Sequence, Set

from seedbed.data import CATALOGUE, Dataset, load_data, locate
from seedbed.engine import load_engine
from seedbed.errors import StudyError
from seedbed.machine import usable_cores
from seedbed.store import RunKey, Workspace
from seedbed.study.executor import Executor
from seedbed.study.lending import Lending, borrow, lending
from seedbed.study.plan import Arm, Job, all_jobs, check_arms
from seedbed.study.watching import Watcher
from seedbed.training.recipe import Recipe


class Workshop:
    """Does what is missing; see ``open_workshop``."""

    def __init__(
        self,
        workspace: Workspace,
        engine: str,
        processes: int,
        watcher: Watcher,
        checkpoint_s: float,
        lent: Lending,
    ) -> None:
        self._workspace, self._engine, self._processes = workspace, engine, processes
        self._watcher, self._checkpoint_s, self._lent = watcher, checkpoint_s, lent
        self._datasets: dict[tuple[str, int], Dataset] = {}
        """By name and number of validation images."""

    def do(self, arms: Sequence[Arm], recorded: Set[RunKey] = frozenset()) -> tuple[str, ...]:
        """Train all runs that the ledger lacks, or whose files are damaged.

        Parameters
        ----------
        arms : sequence of Arm
        recorded : set of RunKey
            Which of them are recorded while they train.

        Returns
        -------
        tuple of str
            For each run that was given up, a sentence that says why.

        Raises
        ------
        SeedbedError
            A recipe does not fit its data, the data cannot be had, or the workspace cannot be written.
        """
        jobs = all_jobs(arms, self._engine)
        missing = tuple(job for job in jobs if self._is_missing(job))
        if missing:
            self._lend([arm.recipe for arm in arms])
            check_arms(arms, lambda recipe: self._datasets[recipe.data, recipe.validation])
        self._watcher.planned(len(jobs), missing)
        executor = Executor(self._workspace, self._lent, self._processes, self._watcher, self._checkpoint_s, recorded)
        return executor.run(missing)

    def _is_missing(self, job: Job) -> bool:
        entry = self._workspace.ledger.find(job.key)
        damage = self._workspace.damage(entry) if entry else ""
        if damage:
            self._workspace.set_aside(job.key)
            self._watcher.note(f"{job.name}: {damage}; the run is done again.")
        return entry is None or bool(damage)

    def _lend(self, recipes: Sequence[Recipe]) -> None:
        """Load and verify each data set once, and put it where the workers find it."""
        wanted = {(recipe.data, recipe.validation): recipe for recipe in recipes}
        new = {key: recipe for key, recipe in sorted(wanted.items()) if key not in self._datasets}
        for name in sorted({name for name, _ in new}):
            if name in CATALOGUE and not CATALOGUE[name].is_built_in and not locate(name):
                self._watcher.note(f"fetching {name} …")
            whole = load_data(name, note=self._watcher.note)
            for key, recipe in new.items():
                if key[0] == name:
                    self._lent.lend(recipe, recipe.split(whole))
                    # This process shares the copy too.
                    self._datasets[key] = borrow(self._lent.folder(recipe))


@contextlib.contextmanager
def open_workshop(
    workspace: Workspace, engine: str, jobs: int | None, watcher: Watcher, checkpoint_s: float
) -> Iterator[Workshop]:
    """Claim a workspace to do runs in it.

    Parameters
    ----------
    workspace : Workspace
    engine : str
        Name of the engine.
    jobs : int, optional
        Worker processes; one per usable core if left out.
    watcher : Watcher
    checkpoint_s : float
        Seconds between two checkpoints of a run.

    Raises
    ------
    SeedbedError
        An argument is wrong, or the workspace is in use or cannot be written.
    """
    if jobs is not None and (isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1):
        raise StudyError(f"jobs: expected a whole number of at least 1, got {jobs}.")
    load_engine(engine)
    with workspace.claim(), lending(workspace.staging) as lent:
        yield Workshop(workspace, engine, jobs or usable_cores(), watcher, checkpoint_s, lent)
