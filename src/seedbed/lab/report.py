"""The ordinary report of an experiment: its runs enter the workspace, as if a study had trained them."""

import hashlib
from pathlib import Path

from seedbed.data import CATALOGUE
from seedbed.engine import ENGINES, load_engine
from seedbed.errors import StudyError
from seedbed.lab.experiment import Experiment, LabRun
from seedbed.lab.forms import study
from seedbed.report import write_study_report
from seedbed.runner.job import run_key
from seedbed.runner.local import run_entry
from seedbed.store import Workspace
from seedbed.study.definition import parse_definition
from seedbed.study.plan import Arm, StudyPlan
from seedbed.study.run import collect_plan
from seedbed.training.checkpoint import save_run


def write_report(experiment: Experiment, runs: list[LabRun], language: str) -> Path:
    """Enter runs into the workspace and write the report of all that it has of this experiment.

    Parameters
    ----------
    experiment : Experiment
    runs : list of LabRun
        Those that have ended and that nobody reached into.
    language : str
        ``en`` or ``ko``.

    Raises
    ------
    SeedbedError
        There are no such runs, or the workspace cannot be written.
    """
    if not runs:
        raise StudyError("report: no run has reached its last epoch untouched. Let some end, or choose fewer epochs.")
    if experiment.recipes[0].data not in CATALOGUE:
        raise StudyError(
            "report: points that were placed by hand have no name that gives them again. Keep them as a file, and "
            "import it: 'seedbed data import'."
        )
    workspace = Workspace()
    for run in runs:
        _enter(run, workspace)
    definition = parse_definition(study(experiment), "experiment.toml")
    identity = hashlib.sha256("".join(recipe.fingerprint for recipe in experiment.recipes).encode()).hexdigest()[:10]
    definition = definition.model_copy(update={"name": f"lab-{identity}"})
    seeds = experiment.configuration.run_seeds
    arms = tuple(
        Arm(variant.title, f"side {variant.title}", recipe, seeds)
        for variant, recipe in zip(definition.variants, experiment.recipes, strict=True)
    )
    plan = StudyPlan(definition, "full", len(seeds), experiment.recipes[0].epochs, ENGINES[0], arms)
    result = collect_plan(plan, workspace, "seedbed study run experiment.toml")
    path = workspace.reports / f"{definition.name}.html"
    return write_study_report(result, path, workspace=workspace, lang=language).absolute()


def _enter(run: LabRun, workspace: Workspace) -> None:
    loop, engine = run.loop, load_engine(ENGINES[0])
    key = run_key(loop.recipe, loop.seed, engine.name)
    with workspace.hold(key):
        if workspace.ledger.find(key) is None:
            state = loop.snapshot()
            sha256 = save_run(workspace.staging_file(key), state, loop.recipe, loop.seed)
            workspace.enter(run_entry(key, loop.recipe, state, engine, loop.dataset, sha256))
