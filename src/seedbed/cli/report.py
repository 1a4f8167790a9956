"""``seedbed report``: the report of a study or a sweep from what the workspace has, in several formats."""

import json
from pathlib import Path
from typing import Annotated

import typer

from seedbed.cli.console import note, say
from seedbed.cli.options import language_option, option
from seedbed.engine import ENGINES
from seedbed.errors import StudyError
from seedbed.language import LANGUAGES
from seedbed.report import write_study_report, write_sweep_report
from seedbed.report.words import counted
from seedbed.store import Workspace
from seedbed.study import Study
from seedbed.study.rounds import MOST_SEEDS
from seedbed.study.sweep import Sweep

app = typer.Typer(add_completion=False)

_WHAT, _WHERE = "Which runs", "Where and how"
_SWEEP = "sweep-"

Formats = Annotated[
    list[str], option(_WHERE, "html, md or pdf; may be given more than once.", True, metavar="html|md|pdf")
]


@app.command(
    epilog="Examples:  seedbed report lenet5-improved --quick --format md   |   "
    "seedbed report sweep-0123456789 --format pdf"
)
def report(
    name: Annotated[
        str,
        typer.Argument(
            help="A study by name or .toml file, or a sweep as its report is called: sweep-0123456789.",
            show_default=False,
        ),
    ],
    quick: Annotated[bool, typer.Option("--quick", help="The small size of the study.", rich_help_panel=_WHAT)] = False,
    seeds: Annotated[int | None, option(_WHAT, "Seeds of each variant.", "as the study says")] = None,
    epochs: Annotated[int | None, option(_WHAT, "Epochs of each run.", "as the study says")] = None,
    until_decided: Annotated[
        bool,
        typer.Option("--until-decided", help="What was run with --until-decided.", rich_help_panel=_WHAT),
    ] = False,
    most_seeds: Annotated[int | None, option(_WHAT, "Its --most-seeds.", str(MOST_SEEDS))] = None,
    engine: Annotated[str, option(_WHAT, f"What computed: {' or '.join(ENGINES)}.", True, "NAME")] = ENGINES[0],
    format: Formats = ["html"],  # noqa: B006 - typer reads it, nobody changes it
    lang: Annotated[str, language_option(_WHERE)] = LANGUAGES[0],
    output: Annotated[
        Path | None, option(_WHERE, "The file; each format puts its own suffix.", "in the workspace's reports")
    ] = None,
    workspace: Annotated[
        Path | None, option(_WHERE, "Folder that keeps the runs.", "SEEDBED_WORKSPACE, else ./seedbed-workspace")
    ] = None,
) -> None:
    """Write the report of a study or a sweep from the runs that are there; nothing is trained.

    Beside it lie its numbers: .json has all of them, .csv a row for each run.
    """
    place = Workspace(workspace)
    if name.startswith(_SWEEP):
        found = _sweep(name, place).result(workspace=workspace, engine=engine)
        path = write_sweep_report(found, output or place.reports / name, format, lang)
    else:
        study = Study.load(name)
        result = study.result(
            quick=quick,
            seeds=seeds,
            epochs=epochs,
            until_decided=until_decided,
            most_seeds=most_seeds,
            workspace=workspace,
            engine=engine,
        )
        runs = sum(len(variant.runs) for variant in result.variants)
        if not runs:
            raise StudyError(f"study '{name}': workspace '{place.path}' has no run of it. Train them: {result.command}")
        note(f"{counted(runs, 'run')} in workspace '{place.path}'; {result.command} adds what is missing")
        chosen = [f"{value}-{word}" for value, word in ((seeds, "seeds"), (epochs, "epochs")) if value is not None]
        chosen += ["until-decided"] if until_decided else []
        file_name = "-".join([result.name, result.size, *chosen])
        path = write_study_report(result, output or place.reports / file_name, format, place, lang)
    for suffix in format:
        say(f"report: {path.with_suffix(f'.{suffix}')}")


def _sweep(name: str, workspace: Workspace) -> Sweep:
    """The sweep whose numbers lie in the workspace's reports."""
    path = workspace.reports / f"{name}.json"
    try:
        return Sweep(**json.loads(path.read_text(encoding="utf-8"))["definition"])
    except FileNotFoundError:
        known = sorted(file.stem for file in workspace.reports.glob(f"{_SWEEP}*.json"))
        have = f"It has {', '.join(known)}." if known else "It has none; 'seedbed sweep' makes one."
        raise StudyError(f"sweep '{name}': workspace '{workspace.path}' has no such sweep. {have}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StudyError(
            f"sweep '{name}': expected the numbers of a sweep in '{path}', got something else ({error}). Run the sweep "
            "again: finished runs are kept."
        ) from None
