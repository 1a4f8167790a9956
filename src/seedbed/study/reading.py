"""Runs as the workspace has them: each file is read once, and gives all that results and reports need of it."""

from dataclasses import replace
from functools import cache

from seedbed.errors import StoreError
from seedbed.network import State
from seedbed.runner.failures import FileDamaged, RunFailure
from seedbed.runner.job import Job
from seedbed.store import Damage, RunEntry, RunKey, Workspace
from seedbed.study.answers import AnswerSheet, answer_sheet
from seedbed.study.plan import Arm
from seedbed.study.result import RunResult
from seedbed.training.checkpoint import load_run


class RunReader:
    """Reads each run of a study once, and each data set.

    Parameters
    ----------
    workspace : Workspace
    engine : str
    looked_into : frozenset of str
        Fingerprints of the recipes whose runs keep their outputs, and one of them its parameters: the recorded one,
        else the first that finished. A study has hundreds of other runs, of which the errors are enough.

    Attributes
    ----------
    entries : dict of RunKey to RunEntry
        Of the runs that were read, in that order.
    problems : list of RunFailure
        One for each run whose file is missing or damaged.
    """

    def __init__(self, workspace: Workspace, engine: str, looked_into: frozenset[str] = frozenset()) -> None:
        self._workspace, self._engine, self._looked_into = workspace, engine, looked_into
        self._runs: dict[RunKey, RunResult] = {}
        self._states: dict[RunKey, State] = {}
        self.entries: dict[RunKey, RunEntry] = {}
        self.problems: list[RunFailure] = []
        self.sheet = cache(answer_sheet)

    def runs(self, arm: Arm) -> tuple[RunResult, ...]:
        """Those runs of an arm that the ledger has."""
        found: dict[RunKey, RunResult] = {}
        chosen: RunKey | None = None
        for job in arm.jobs(self._engine):
            run = self._run(job)
            if run is None:
                continue
            found[job.key] = run
            if job.key in self._states:
                chosen = self._better(chosen, job.key)
        return tuple(replace(run, state=self._states[key]) if key == chosen else run for key, run in found.items())

    def _better(self, former: RunKey | None, latter: RunKey) -> RunKey:
        """Which of two runs to look into: a recorded one, else the former; the parameters of the other are let go."""
        if former is None:
            return latter
        other = former if self._is_recorded(latter) and not self._is_recorded(former) else latter
        self._states.pop(other, None)
        return latter if other == former else former

    def errors_by_seed(self, arm: Arm) -> dict[int, float]:
        """Test error of those that finished."""
        return {run.seed: run.test_error for run in self.runs(arm) if run.outcome.is_complete}

    def _run(self, job: Job) -> RunResult | None:
        if job.key not in self._runs:
            entry = self._workspace.ledger.find(job.key)
            if entry is None:
                return None
            run = read_run(self._workspace, job, entry, self.sheet(job.recipe.data))
            if isinstance(run, Damage):
                self.problems.append(RunFailure(job.title, job.key.seed, FileDamaged(run)))
                return None
            self._runs[job.key] = self._kept(job, run)
            self.entries[job.key] = entry
        return self._runs[job.key]

    def _kept(self, job: Job, run: RunResult) -> RunResult:
        if job.recipe.fingerprint not in self._looked_into:
            return replace(run, outputs=None, state=None)
        if run.outcome.is_complete and run.outputs is not None and run.state is not None:
            self._states[job.key] = run.state
        return replace(run, state=None)

    def _is_recorded(self, key: RunKey) -> bool:
        return self._workspace.recording_folder(key).is_dir()


def read_run(workspace: Workspace, job: Job, entry: RunEntry, sheet: AnswerSheet | None = None) -> RunResult | Damage:
    """A run that the ledger has, or what is wrong with its file.

    Parameters
    ----------
    workspace, job, entry
    sheet : AnswerSheet, optional
        Of the recipe's data set; without it the images that the run answers wrongly are not known.
    """
    if damage := workspace.damage(entry):
        return damage
    path = workspace.run_file(job.key)
    try:
        run, recipe, seed = load_run(path)
    except StoreError as error:
        return Damage(str(path), "unreadable", words=str(error))
    if (recipe, seed) != (job.recipe, job.key.seed):
        return Damage(str(path), "foreign")
    wrong = sheet.wrong(run, recipe) if sheet is not None else None
    return RunResult(
        seed=seed,
        outcome=entry.outcome,
        history=run.history,
        engine=entry.executed_by,
        images_per_second=entry.images_per_second,
        wrong=wrong,
        balanced_error=sheet.balanced_error(wrong) if sheet is not None and wrong is not None else float("nan"),
        outputs=run.outputs,
        state=run.state,
    )


def merged(descriptions: list[dict[str, str]]) -> dict[str, str]:
    """One description of all runs; what differs between them stands side by side."""
    values: dict[str, dict[str, None]] = {}
    for description in descriptions:
        for key, value in description.items():
            values.setdefault(key, {})[value] = None
    return {key: "; ".join(found) for key, found in values.items()}
