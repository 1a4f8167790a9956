"""Do the runs of a study that are missing, and put together what the ledger has."""

from seedbed.engine import ENGINES
from seedbed.errors import StoreError
from seedbed.store import RunEntry, Workspace
from seedbed.study.definition import Definition, VariantDefinition
from seedbed.study.executor import CHECKPOINT_S
from seedbed.study.machine import describe_machine, describe_versions
from seedbed.study.plan import Arm, Job, StudyPlan, make_plan
from seedbed.study.result import GridResult, RunResult, StudyResult, VariantResult
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

    Raises
    ------
    SeedbedError
        An argument is wrong, a recipe does not fit its data, the data cannot be had, or the workspace is in use or
        cannot be written.
    """
    plan = make_plan(definition, size, seeds, epochs, engine)
    with open_workshop(workspace, engine, jobs, watch or Watcher(), checkpoint_s) as workshop:
        failures = workshop.do(plan.arms)
    return _collect(plan, workspace, command, failures)


def collect(
    definition: Definition,
    workspace: Workspace,
    size: str = "full",
    seeds: int | None = None,
    epochs: int | None = None,
    engine: str = ENGINES[0],
    command: str = "",
) -> StudyResult:
    """Put together what the ledger has of a study, without training; for the parameters see ``run_study``.

    A run whose file is missing or damaged is left out and named in ``failures``.

    Raises
    ------
    SeedbedError
    """
    return _collect(make_plan(definition, size, seeds, epochs, engine), workspace, command, ())


def _collect(plan: StudyPlan, workspace: Workspace, command: str, failures: tuple[str, ...]) -> StudyResult:
    definition = plan.definition
    entries: list[RunEntry] = []
    problems = list(failures)
    pairs = zip(definition.variants, plan.arms, strict=True)
    variants = tuple(_variant(plan, variant, arm, workspace, entries, problems) for variant, arm in pairs)
    return StudyResult(
        name=definition.name,
        title=definition.title,
        question=definition.question,
        source=definition.source,
        remarks=tuple(definition.remarks),
        size=plan.size,
        variants=variants,
        claims=judge(definition.claims, variants),
        data_source="; ".join(dict.fromkeys(entry.data_source for entry in entries)),
        machine=merged([entry.machine for entry in entries] or [describe_machine()]),
        versions=merged([entry.versions for entry in entries] or [describe_versions()]),
        command=command,
        failures=tuple(dict.fromkeys(problems)),
        grids=tuple(GridResult(grid.name, grid.caption, grid.axes) for grid in definition.grids),
    )


def _variant(
    plan: StudyPlan,
    variant: VariantDefinition,
    arm: Arm,
    workspace: Workspace,
    entries: list[RunEntry],
    problems: list[str],
) -> VariantResult:
    runs = []
    for job in arm.jobs(plan.engine):
        entry = workspace.ledger.find(job.key)
        if entry is None:
            continue
        try:
            runs.append(read_run(workspace, job, entry))
            entries.append(entry)
        except StoreError as error:
            problems.append(f"{job.name} is left out: {str(error).rstrip('.')}.")
    published = variant.published.figures() if variant.published else None
    parameters = arm.recipe.build_network().parameter_count
    grid, coordinates = plan.definition.grid_of(variant)
    return VariantResult(variant.name, variant.title, arm.recipe, parameters, published, tuple(runs), grid, coordinates)


def read_run(workspace: Workspace, job: Job, entry: RunEntry) -> RunResult:
    """A run that the ledger has.

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
    return RunResult(seed, entry.status, entry.note, run.history, entry.executed_by, entry.images_per_second)


def merged(descriptions: list[dict[str, str]]) -> dict[str, str]:
    """One description of all runs; what differs between them stands side by side."""
    values: dict[str, dict[str, None]] = {}
    for description in descriptions:
        for key, value in description.items():
            values.setdefault(key, {})[value] = None
    return {key: "; ".join(found) for key, found in values.items()}
