"""Do the runs of a study that are missing, and put together what the ledger has."""

from seedbed.data import CATALOGUE, load_data, locate
from seedbed.engine import ENGINES, load_engine
from seedbed.errors import StoreError, StudyError
from seedbed.network import load_network
from seedbed.store import RunEntry, Workspace
from seedbed.study.definition import Definition, VariantDefinition
from seedbed.study.executor import CHECKPOINT_S, Executor
from seedbed.study.machine import describe_machine, describe_versions, usable_cores
from seedbed.study.plan import Job, StudyPlan, make_plan
from seedbed.study.result import Published, RunResult, StudyResult, VariantResult
from seedbed.study.verdict import judge
from seedbed.study.watching import Watcher
from seedbed.training.checkpoint import load_run
from seedbed.training.recipe import Recipe


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
    watcher = watch or Watcher()
    if jobs is not None and (isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1):
        raise StudyError(f"jobs: expected a whole number of at least 1, got {jobs}.")
    load_engine(engine)
    with workspace.claim():
        missing = _missing(plan, workspace, watcher)
        if missing:
            _check_data(plan, watcher)
        watcher.planned(len(plan.jobs), missing)
        failures = Executor(workspace, jobs or usable_cores(), watcher, checkpoint_s).run(missing)
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


def _missing(plan: StudyPlan, workspace: Workspace, watcher: Watcher) -> tuple[Job, ...]:
    missing = []
    for job in plan.jobs:
        entry = workspace.ledger.find(job.key)
        damage = workspace.damage(entry) if entry else ""
        if damage:
            workspace.set_aside(job.key)
            watcher.note(f"{job.name}: {damage}; the run is done again.")
        if entry is None or damage:
            missing.append(job)
    return tuple(missing)


def _check_data(plan: StudyPlan, watcher: Watcher) -> None:
    """Fetch the data once, before several workers want it, and let every recipe meet it."""
    names = {recipe.data for _, recipe in plan.recipes}
    for name in sorted(names & CATALOGUE.keys()):
        if not CATALOGUE[name].is_built_in and not locate(name):
            watcher.note(f"fetching {name} …")
    plan.check({name: load_data(name, note=watcher.note) for name in sorted(names)})


def _collect(plan: StudyPlan, workspace: Workspace, command: str, failures: tuple[str, ...]) -> StudyResult:
    definition = plan.definition
    entries: list[RunEntry] = []
    problems = list(failures)
    variants = tuple(_variant(plan, variant, recipe, workspace, entries, problems) for variant, recipe in plan.recipes)
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
        machine=_merged([entry.machine for entry in entries] or [describe_machine()]),
        versions=_merged([entry.versions for entry in entries] or [describe_versions()]),
        command=command,
        failures=tuple(dict.fromkeys(problems)),
    )


def _variant(
    plan: StudyPlan,
    variant: VariantDefinition,
    recipe: Recipe,
    workspace: Workspace,
    entries: list[RunEntry],
    problems: list[str],
) -> VariantResult:
    runs = []
    for job in plan.jobs_of(variant, recipe):
        entry = workspace.ledger.find(job.key)
        if entry is None:
            continue
        try:
            runs.append(_run(workspace, job, entry))
            entries.append(entry)
        except StoreError as error:
            problems.append(f"{job.name} is left out: {str(error).rstrip('.')}.")
    known = CATALOGUE.get(recipe.data)
    network = load_network(recipe.network, known.image_shape if known else None)
    published = Published(**variant.published.model_dump()) if variant.published else None
    return VariantResult(variant.name, variant.title, recipe, network.parameter_count, published, tuple(runs))


def _run(workspace: Workspace, job: Job, entry: RunEntry) -> RunResult:
    damage = workspace.damage(entry)
    if damage:
        raise StoreError(f"{damage}; run the study again to replace it.")
    run, recipe, seed = load_run(workspace.run_file(job.key))
    if (recipe, seed) != (job.recipe, job.key.seed):
        raise StoreError(f"run file '{workspace.run_file(job.key)}' belongs to another run.")
    return RunResult(seed, entry.status, entry.note, run.history, entry.executed_by, entry.images_per_second)


def _merged(descriptions: list[dict[str, str]]) -> dict[str, str]:
    """One description of all runs; what differs between them stands side by side."""
    values: dict[str, dict[str, None]] = {}
    for description in descriptions:
        for key, value in description.items():
            values.setdefault(key, {})[value] = None
    return {key: "; ".join(found) for key, found in values.items()}
