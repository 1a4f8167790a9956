"""Two single runs side by side: what can be said of two networks, which is less than what can be said of recipes."""

import shlex
from dataclasses import replace
from pathlib import Path

from seedbed.errors import StudyError
from seedbed.store import RunEntry, Workspace
from seedbed.study.comparing import Named, comparing_definition
from seedbed.study.definition import Size
from seedbed.study.plan import Arm, StudyPlan
from seedbed.study.run import collect_plan
from seedbed.study.study_result import StudyResult
from seedbed.training.recipe import Recipe


def compare_runs(a: RunEntry, b: RunEntry, workspace: Workspace) -> StudyResult:
    """What two runs of the workspace tell of each other, by McNemar's test of their answers; never a verdict.

    They may be of one recipe and differ in their seed alone.

    Parameters
    ----------
    a, b : RunEntry
        The result claims, without a verdict, that b errs less.
    workspace : Workspace

    Raises
    ------
    StudyError
        Both are the same run, or their data or engines differ.
    """
    keys = (a.key, b.key)
    names = [Path(key.file_name).stem for key in keys]
    recipes = [Recipe.load(entry.recipe) for entry in (a, b)]
    if a.key == b.key:
        raise StudyError(f"runs '{names[0]}' and '{names[1]}': both are the same run.")
    for what, values in (("data", [one.data for one in recipes]), ("engine", [key.engine for key in keys])):
        if values[0] != values[1]:
            raise StudyError(
                f"runs '{names[0]}' and '{names[1]}': expected the same {what}, got '{values[0]}' and '{values[1]}'."
            )
    sides = [Named(f"{recipe.network} ({name})", recipe) for recipe, name in zip(recipes, names, strict=True)]
    size = Size(seeds=1, epochs=max(recipe.epochs for recipe in recipes))
    definition = comparing_definition(f"runs-{names[0]}-{names[1]}", sides, size)
    arms = tuple(
        Arm(side.title, f"run '{name}'", side.recipe, range(key.seed, key.seed + 1))
        for side, name, key in zip(sides, names, keys, strict=True)
    )
    plan = StudyPlan(definition, "full", size.seeds, size.epochs, a.key.engine, arms)
    found = collect_plan(plan, workspace, shlex.join(["seedbed", "report", *names]))
    return replace(found, again={"runs": names})
