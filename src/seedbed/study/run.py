"""Do the runs of a study that are missing, and put together what the ledger has."""

from functools import cache

from seedbed.engine import ENGINES
from seedbed.errors import StoreError
from seedbed.machine import describe_machine, describe_versions
from seedbed.store import RunEntry, RunKey, Workspace
from seedbed.study.answers import AnswerSheet, answer_sheet
from seedbed.study.definition import Definition, VariantDefinition
from seedbed.study.executor import CHECKPOINT_S
from seedbed.study.plan import Arm, Job, StudyPlan, make_plan
from seedbed.study.result import GridResult, RunResult, VariantResult
from seedbed.study.rounds import Rounds
from seedbed.study.study_result import StudyResult
from seedbed.study.verdict import judge
from seedbed.study.watching import Watcher
from seedbed.study.workshop import open_workshop
from seedbed.training.checkpoint import load_run


def run_study(
    definition: Definition,
    workspace: Workspace,
    size: str = "full",
    seeds: int | None = None,
    epochs: int | None = None,
    jobs: int | None = None,
    watch: Watcher | None = None,
    engine: str = ENGINES[0],
    command: str = "",
    checkpoint_s: float = CHECKPOINT_S,
    most_seeds: int | None = None,
) -> StudyResult:
    """Do what is missing of a study, then collect.

    Runs that the ledger has are not done again; a run that was interrupted goes on from its last checkpoint and ends
    with the same bits. A KeyboardInterrupt leaves after all workers have stored their runs.

    Parameters
    ----------
    definition : Definition
    workspace : Workspace
    size : str
        ``full`` or ``quick``.
    seeds, epochs : int, optional
        In place of those of the size.
    jobs : int, optional
        Worker processes; one per usable core if left out.
    watch : Watcher, optional
    engine : str
        ``native`` or ``reference``.
    command : str
        How a person runs this again; kept in the result.
    checkpoint_s : float
        Seconds between two checkpoints of a run.
    most_seeds : int, optional
        Add seeds to the variants of undecided claims, up to so many; see ``Rounds``.

    Raises
    ------
    SeedbedError
        An argument is wrong, a recipe does not fit its data, the data cannot be had, or the workspace is in use or
        cannot be written.
    """
    plan = make_plan(definition, size, seeds, epochs, engine)
    rounds = Rounds(plan, most_seeds) if most_seeds is not None else None
    reader = _Reader(workspace, engine)
    with open_workshop(workspace, engine, jobs, watch or Watcher(), checkpoint_s) as workshop:
        failures = workshop.do(plan.arms, _recorded(plan))
        # A run that was given up would be given up again in every round.
        while rounds is not None and not failures and rounds.grow(reader.errors_by_seed):
            failures = workshop.do(rounds.arms)
    return _collect(plan, rounds.arms if rounds else plan.arms, reader, command, failures, most_seeds)


def _recorded(plan: StudyPlan) -> frozenset[RunKey]:
    """The first run of every variant that belongs to no grid: the one to look inside."""
    variants = zip(plan.definition.variants, plan.arms, strict=True)
    alone = [arm for variant, arm in variants if not plan.definition.grid_of(variant)[0]]
    return frozenset(arm.jobs(plan.engine)[0].key for arm in alone)


def collect(
    definition: Definition,
    workspace: Workspace,
    size: str = "full",
    seeds: int | None = None,
    epochs: int | None = None,
    engine: str = ENGINES[0],
    command: str = "",
    most_seeds: int | None = None,
) -> StudyResult:
    """Put together what the ledger has of a study, without training; for the parameters see ``run_study``.

    A run whose file is missing or damaged is left out and named in ``failures``.

    Raises
    ------
    SeedbedError
    """
    plan = make_plan(definition, size, seeds, epochs, engine)
    reader, arms = _Reader(workspace, engine), plan.arms
    if most_seeds is not None:
        rounds = Rounds(plan, most_seeds)
        while rounds.grow(reader.errors_by_seed):
            pass
        arms = rounds.arms
    return _collect(plan, arms, reader, command, (), most_seeds)


def collect_plan(plan: StudyPlan, workspace: Workspace, command: str) -> StudyResult:
    """Put together what the ledger has of a plan, as ``collect``."""
    return _collect(plan, plan.arms, _Reader(workspace, plan.engine), command, (), None)


def _collect(
    plan: StudyPlan,
    arms: tuple[Arm, ...],
    reader: "_Reader",
    command: str,
    failures: tuple[str, ...],
    most_seeds: int | None,
) -> StudyResult:
    definition = plan.definition
    variants = tuple(_variant(plan, *pair, reader) for pair in zip(definition.variants, arms, strict=True))
    entries = list(reader.entries.values())
    return StudyResult(
        name=definition.name,
        title=definition.title,
        question=definition.question,
        source=definition.source,
        remarks=tuple(definition.remarks),
        size=plan.size,
        variants=variants,
        claims=judge(definition.claims, variants, until_decided=most_seeds is not None),
        data_source="; ".join(dict.fromkeys(entry.data_source for entry in entries)),
        machine=merged([entry.machine for entry in entries] or [describe_machine()]),
        versions=merged([entry.versions for entry in entries] or [describe_versions()]),
        command=command,
        failures=tuple(dict.fromkeys([*failures, *reader.problems])),
        grids=tuple(GridResult(grid.name, grid.caption, grid.axes) for grid in definition.grids),
        most_seeds=most_seeds,
        texts={} if definition.ko is None else {"ko": definition.ko},
    )


def _variant(plan: StudyPlan, variant: VariantDefinition, arm: Arm, reader: "_Reader") -> VariantResult:
    published = variant.published.figures() if variant.published else None
    sheet = reader.sheet(arm.recipe.data) if published else None
    grid, coordinates = plan.definition.grid_of(variant)
    return VariantResult(
        name=variant.name,
        title=variant.title,
        recipe=arm.recipe,
        parameter_count=arm.recipe.build_network().parameter_count,
        published=published,
        runs=reader.runs(arm),
        grid=grid,
        coordinates=coordinates,
        published_constant=sheet.constant_answers(published.error) if sheet and published else (),
        full_epochs=plan.definition.size_of(variant, plan.size).epochs,
    )


class _Reader:
    """Reads each run of a study once, and each data set.

    Attributes
    ----------
    entries : dict of RunKey to RunEntry
        Of the runs that were read, in that order.
    problems : list of str
        A sentence for each run whose file is missing or damaged.
    """

    def __init__(self, workspace: Workspace, engine: str) -> None:
        self._workspace, self._engine = workspace, engine
        self._runs: dict[RunKey, RunResult] = {}
        self.entries: dict[RunKey, RunEntry] = {}
        self.problems: list[str] = []
        self.sheet = cache(answer_sheet)

    def runs(self, arm: Arm) -> tuple[RunResult, ...]:
        """Those runs of an arm that the ledger has."""
        found = (self._run(job) for job in arm.jobs(self._engine))
        return tuple(run for run in found if run is not None)

    def errors_by_seed(self, arm: Arm) -> dict[int, float]:
        """Test error of those that finished."""
        return {run.seed: run.test_error for run in self.runs(arm) if run.status == "finished"}

    def _run(self, job: Job) -> RunResult | None:
        if job.key not in self._runs:
            entry = self._workspace.ledger.find(job.key)
            if entry is None:
                return None
            try:
                self._runs[job.key] = read_run(self._workspace, job, entry, self.sheet(job.recipe.data))
            except StoreError as error:
                self.problems.append(f"{job.name} is left out: {str(error).rstrip('.')}.")
                return None
            self.entries[job.key] = entry
        return self._runs[job.key]


def read_run(workspace: Workspace, job: Job, entry: RunEntry, sheet: AnswerSheet | None = None) -> RunResult:
    """A run that the ledger has.

    Parameters
    ----------
    workspace, job, entry
    sheet : AnswerSheet, optional
        Of the recipe's data set; without it the images that the run answers wrongly are not known.

    Raises
    ------
    StoreError
        Its file is missing, damaged, or that of another run.
    """
    damage = workspace.damage(entry)
    if damage:
        raise StoreError(f"{damage}; run the study again to replace it.")
    run, recipe, seed = load_run(workspace.run_file(job.key))
    if (recipe, seed) != (job.recipe, job.key.seed):
        raise StoreError(f"run file '{workspace.run_file(job.key)}' belongs to another run.")
    wrong = sheet.wrong(run) if sheet is not None else None
    return RunResult(seed, entry.status, entry.note, run.history, entry.executed_by, entry.images_per_second, wrong)


def merged(descriptions: list[dict[str, str]]) -> dict[str, str]:
    """One description of all runs; what differs between them stands side by side."""
    values: dict[str, dict[str, None]] = {}
    for description in descriptions:
        for key, value in description.items():
            values.setdefault(key, {})[value] = None
    return {key: "; ".join(found) for key, found in values.items()}
