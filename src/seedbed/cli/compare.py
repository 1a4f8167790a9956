"""``seedbed compare``: two recipes, several seeds, a verdict."""

from pathlib import Path
from typing import Annotated, Any

import typer

from seedbed.cli import options
from seedbed.cli.as_json import AsJson
from seedbed.cli.console import examples
from seedbed.cli.options import language_option, option, takes_settings, typed
from seedbed.cli.outcome import conduct
from seedbed.engine import ENGINES
from seedbed.errors import StudyError
from seedbed.language import LANGUAGES
from seedbed.study import Watcher
from seedbed.study.comparing import FIRST_SEEDS, SEEDS, comparison
from seedbed.study.rounds import MOST_SEEDS
from seedbed.study.study_result import StudyResult
from seedbed.study.tuning import TUNING_SEEDS, compare_tuned
from seedbed.training.setting import RUNNING, TRAINING
from seedbed.training.settings import read_value

app = typer.Typer(add_completion=False)

_OF_ONE: dict[str, Any] = {"metavar": "KEY=…", "rich_help_panel": TRAINING, "show_default": False}

_EPILOG = examples(
    "seedbed compare lenet5 lenet5+ --epochs 3",
    "seedbed compare lenet5-improved/lenet5 lenet5-improved/lenet5++ --until-decided",
    "seedbed compare lenet5 lenet5 --a optimizer='adam(0.001)' --b optimizer='sgd(0.1)'",
    "seedbed compare softmax 'flatten linear(32) relu linear(10)' --data digits",
)


def _own(option: str, words: list[str] | None) -> dict[str, Any]:
    """The settings of one side, numbers as numbers."""
    found: dict[str, Any] = {}
    for word in words or []:
        key, equals, value = (part.strip() for part in word.partition("="))
        name = key.replace("-", "_")
        if not (equals and key and value):
            raise StudyError(f"{option} '{word}': expected key=value such as optimizer=adam(0.001).")
        if name in found:
            raise StudyError(f"{option} '{word}': '{key}' is given twice.")
        found[name] = read_value(name, value)
    return found


@app.command(epilog=_EPILOG)
@takes_settings
def compare(
    context: typer.Context,
    a: Annotated[str, typer.Argument(help="What to compare with.", metavar="A", show_default=False)],
    b: Annotated[
        str,
        typer.Argument(
            help="What should err less. Both are: a network by name or text; a .toml file with one recipe; "
            "STUDY/VARIANT; or the id of a run in the workspace.",
            metavar="B",
            show_default=False,
        ),
    ],
    lr: options.LearningRate = None,
    of_a: Annotated[
        list[str] | None,
        typer.Option("--a", help="A setting of A alone: optimizer=adam(0.001).", **_OF_ONE),
    ] = None,
    of_b: Annotated[list[str] | None, typer.Option("--b", help="A setting of B alone.", **_OF_ONE)] = None,
    seeds: Annotated[
        int | None, option(RUNNING, "Seeds of each.", f"{SEEDS}; {FIRST_SEEDS} to begin with --until-decided")
    ] = None,
    until_decided: Annotated[
        bool,
        typer.Option("--until-decided", help="Add seeds until there is a verdict.", rich_help_panel=RUNNING),
    ] = False,
    most_seeds: Annotated[
        int | None, option(RUNNING, "Seeds of each at which --until-decided stops.", str(MOST_SEEDS))
    ] = None,
    tune: Annotated[
        str | None,
        option(
            RUNNING,
            "lr: choose each side's own learning rate on held-out images, and give the verdict there too; "
            "lr=0.01,0.1 states the rates to try.",
            "the given rates alone",
            "lr[=RATES]",
        ),
    ] = None,
    tuning_seeds: Annotated[
        int | None, option(RUNNING, "Seeds of each side at each rate with --tune.", str(TUNING_SEEDS))
    ] = None,
    jobs: Annotated[int | None, option(RUNNING, "Runs at a time.", "one per usable core")] = None,
    on: Annotated[str | None, options.cluster_option(RUNNING)] = None,
    workspace: Annotated[
        Path | None,
        option(RUNNING, "Folder that keeps runs and reports.", "SEEDBED_WORKSPACE, else ./seedbed-workspace"),
    ] = None,
    engine: Annotated[str, option(RUNNING, f"What computes: {' or '.join(ENGINES)}.", True, "NAME")] = ENGINES[0],
    lang: Annotated[str, language_option(RUNNING)] = LANGUAGES[0],
    no_report: Annotated[
        bool, typer.Option("--no-report", help="Write no HTML report.", rich_help_panel=RUNNING)
    ] = False,
    as_json: AsJson = False,
    **settings: Any,
) -> None:
    """Train two recipes with several seeds each and tell whether B errs less.

    Options that say what is trained hold for both and take the place of what
    a file, a study or a run says. Runs that the workspace has are not done
    again; after Ctrl-C the same command goes on.

    Exit status: 0 done; 1 some runs failed; 2 wrong input; 130 interrupted.
    """
    given = typed(context, settings | {"lr": lr})
    own: dict[str, Any] = {"a_settings": _own("--a", of_a), "b_settings": _own("--b", of_b)}
    chosen = [f"{seeds}-seeds"] if seeds is not None else []
    chosen += ["until-decided"] if until_decided else []
    if tune is not None and (of_a or of_b):
        raise StudyError("compare: --tune chooses for both sides alike. Leave out --a and --b, or --tune.")
    if tune is None and tuning_seeds is not None:
        raise StudyError("compare: --tuning-seeds are those of --tune. Add --tune lr, or leave it out.")

    def run(watcher: Watcher) -> StudyResult:
        running: dict[str, Any] = {"until_decided": until_decided, "most_seeds": most_seeds, "jobs": jobs}
        running |= {"seeds": seeds, "engine": engine, "workspace": workspace, "watch": watcher, "on": on}
        if tune is not None:
            return compare_tuned(a, b, tune=tune, tuning_seeds=tuning_seeds or TUNING_SEEDS, **running, **given)
        study = comparison(a, b, workspace=workspace, until_decided=until_decided, seeds=seeds, **own, **given)
        return study.run(**running)

    title = None if no_report else "-".join(["full", *chosen])
    conduct(run, workspace, title, lang, shape="compare/1" if as_json else "")
