"""Do the runs of a study that are missing, and put together what the ledger has."""

from seedbed.engine import ENGINES
from seedbed.machine import describe_machine, describe_versions
from seedbed.runner.driver import CHECKPOINT_S
from seedbed.runner.failures import RunFailure
from seedbed.runner.watcher import Watcher
from seedbed.store import RunKey, Workspace
from seedbed.study.chains import follow_chains
from seedbed.study.claim import ClaimResult
from seedbed.study.definition import Definition, VariantDefinition
from seedbed.study.execution import open_execution
from seedbed.study.kind_claim import KindClaim
from seedbed.study.layer_values import recorded_variants, with_layers
from seedbed.study.looks import Looks, look, record
from seedbed.study.plan import Arm, StudyPlan, make_plan
from seedbed.study.reading import RunReader, merged
from seedbed.study.result import GridResult, VariantResult
from seedbed.study.rounds import Rounds
from seedbed.study.study_result import StudyResult
from seedbed.study.verdict import judge, tests_made


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
    on: str | None = None,
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
    on : str, optional
        A Dask cluster in place of this machine's worker processes.

    Raises
    ------
    SeedbedError
        An argument is wrong, a recipe does not fit its data, the data cannot be had, or the workspace is in use or
        cannot be written.
    """
    plan = make_plan(definition, size, seeds, epochs, engine)
    rounds = Rounds(plan, most_seeds) if most_seeds is not None else None
    reader = _reader(plan, workspace)
    with open_execution(workspace, engine, jobs, watch or Watcher(), checkpoint_s, on) as execution:
        failures = execution.do(plan.arms, _recorded(plan))
        # A run that was given up would be given up again in every round.
        while rounds is not None and not failures and rounds.grow(reader.errors_by_seed):
            failures = execution.do(rounds.arms)
    arms = rounds.arms if rounds else plan.arms
    return _collect(plan, arms, workspace, reader, command, failures, most_seeds)


def _alone(plan: StudyPlan) -> list[Arm]:
    """The variants that belong to no grid: those to look inside."""
    variants = zip(plan.definition.variants, plan.arms, strict=True)
    return [arm for variant, arm in variants if not plan.definition.grid_of(variant)[0]]


def _recorded(plan: StudyPlan) -> frozenset[RunKey]:
    """The first run of every variant to look inside, and all runs of those whose layers a claim is about."""
    wanted = recorded_variants(plan.definition.claims)
    arms = {variant.name: arm for variant, arm in zip(plan.definition.variants, plan.arms, strict=True)}
    all_runs = (job.key for name in wanted for job in arms[name].jobs(plan.engine))
    return frozenset([*(arm.jobs(plan.engine)[0].key for arm in _alone(plan)), *all_runs])


def _reader(plan: StudyPlan, workspace: Workspace) -> RunReader:
    return RunReader(workspace, plan.engine, frozenset(arm.recipe.fingerprint for arm in _alone(plan)))


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
    reader, arms = _reader(plan, workspace), plan.arms
    if most_seeds is not None:
        rounds = Rounds(plan, most_seeds)
        while rounds.grow(reader.errors_by_seed):
            pass
        arms = rounds.arms
    return _collect(plan, arms, workspace, reader, command, (), most_seeds)


def collect_plan(plan: StudyPlan, workspace: Workspace, command: str) -> StudyResult:
    """Put together what the ledger has of a plan, as ``collect``."""
    return _collect(plan, plan.arms, workspace, _reader(plan, workspace), command, (), None)


def _collect(
    plan: StudyPlan,
    arms: tuple[Arm, ...],
    workspace: Workspace,
    reader: RunReader,
    command: str,
    failures: tuple[RunFailure, ...],
    most_seeds: int | None,
) -> StudyResult:
    definition = plan.definition
    variants = tuple(_variant(plan, *pair, reader) for pair in zip(definition.variants, arms, strict=True))
    variants = with_layers(definition.claims, variants, workspace)
    looks, claims = _judge(plan, variants, workspace, most_seeds)
    entries = list(reader.entries.values())
    planned = {variant.name: arm.seeds for variant, arm in zip(definition.variants, plan.arms, strict=True)}
    return StudyResult(
        name=definition.name,
        title=definition.title,
        question=definition.question,
        source=definition.source,
        remarks=tuple(definition.remarks),
        size=plan.size,
        variants=variants,
        claims=claims,
        data_source="; ".join(dict.fromkeys(entry.data_source for entry in entries)),
        machine=merged([entry.machine for entry in entries] or [describe_machine()]),
        versions=merged([entry.versions for entry in entries] or [describe_versions()]),
        command=command,
        failures=tuple(dict.fromkeys([*failures, *reader.problems])),
        grids=tuple(GridResult(grid.name, grid.caption, grid.axes) for grid in definition.grids),
        chains=follow_chains(definition.chains, variants, planned, are_many_looks=looks.are_many),
        most_seeds=most_seeds,
        looks=looks,
        texts={} if definition.ko is None else {"ko": definition.ko},
    )


def _judge(
    plan: StudyPlan, variants: tuple[VariantResult, ...], workspace: Workspace, most_seeds: int | None
) -> tuple[Looks, tuple[ClaimResult | KindClaim, ...]]:
    """Judge the claims by what was looked at before, and enter this look."""
    definition = plan.definition
    own = {variant.name: definition.size_of(variant, plan.size).seeds for variant in definition.variants}
    planned = {
        variant.name: max(own[variant.name], len(arm.seeds))
        for variant, arm in zip(definition.variants, plan.arms, strict=True)
    }
    looks = look(definition.claims, variants, planned, workspace.ledger, plan.engine)
    claims = judge(definition.claims, variants, until_decided=most_seeds is not None, looks=looks)
    tests = tests_made(claims)
    return record(looks, definition.claims, variants, planned, tests, workspace, plan.engine, definition.name), claims


def _variant(plan: StudyPlan, variant: VariantDefinition, arm: Arm, reader: RunReader) -> VariantResult:
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
        is_shorter=arm.recipe.epochs < plan.definition.size_of(variant, "full").epochs,
    )
