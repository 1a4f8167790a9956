"""``seedbed report``: a report from what the workspace has, in several formats."""

import json
from pathlib import Path
from typing import Annotated

import typer

from seedbed.cli.as_json import AsJson, print_json
from seedbed.cli.console import examples, note, say
from seedbed.cli.lookup import find_run
from seedbed.cli.options import is_given, language_option, option
from seedbed.engine import ENGINES
from seedbed.errors import SeedbedError, StudyError
from seedbed.formatting import counted
from seedbed.language import LANGUAGES
from seedbed.report import write_study_report, write_sweep_report
from seedbed.report.paths import report_place
from seedbed.store import Workspace
from seedbed.study import Study
from seedbed.study.plan import make_plan
from seedbed.study.rounds import MOST_SEEDS
from seedbed.study.study_result import StudyResult
from seedbed.study.sweep import Sweep
from seedbed.study.sweep_result import SweepResult
from seedbed.study.two_runs import compare_runs

app = typer.Typer(add_completion=False)

_WHAT, _WHERE = "Which runs of a study", "Where and how"
_CHOICES = ("quick", "seeds", "epochs", "until_decided", "most_seeds", "engine")

Formats = Annotated[
    list[str], option(_WHERE, "html, md or pdf; may be given more than once.", True, metavar="html|md|pdf")
]


@app.command(
    epilog=examples(
        "seedbed report lenet5-improved --quick --format md",
        "seedbed report sweep-0123456789 --format pdf",
        "seedbed report compare-0123456789",
        "seedbed report 0f3a9c61d2b4-0 7be2c9110d35-0",
    )
)
def report(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            help="A study by name or .toml file; a sweep or a comparison as its report is called, such as "
            "sweep-0123456789, or the beginning of that name; or a run, and another one behind it.",
            show_default=False,
        ),
    ],
    other: Annotated[
        str | None,
        typer.Argument(help="Of two runs, the other: by id or STUDY/VARIANT#SEED.", metavar="RUN", show_default=False),
    ] = None,
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
    compact: Annotated[
        bool,
        typer.Option(
            "--compact",
            help="A smaller report to keep: no pictures of mistakes, one small file of numbers. Not of a sweep.",
            rich_help_panel=_WHERE,
        ),
    ] = False,
    output: Annotated[
        Path | None, option(_WHERE, "The file; each format puts its own suffix.", "in the workspace's reports")
    ] = None,
    workspace: Annotated[
        Path | None, option(_WHERE, "Folder that keeps the runs.", "SEEDBED_WORKSPACE, else ./seedbed-workspace")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the report of a study, a sweep, a comparison or two runs from what is there; nothing is trained.

    Two single runs get McNemar's test of their answers, and no verdict: that
    takes several seeds of each. Beside a report lie its numbers: .json has all
    of them, .csv a row for each run.
    """
    if output is not None:
        report_place(output)  # A folder is refused before any work.
    place = Workspace(workspace, create=False)
    if other is not None:
        _refuse_choices(context, "two runs have")
        pair = _pair([name, other], place)
        path = write_study_report(pair, output or place.reports / pair.name, format, place, lang, compact)
    elif name in Study.names() or name.endswith(".toml"):
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
        runs_there = sum(len(variant.runs) for variant in result.variants)
        if not runs_there:
            raise StudyError(f"study '{name}': workspace '{place.path}' has no run of it. Train them: {result.command}")
        there = f"{counted(runs_there, 'run')} in workspace '{place.path}'"
        plan = make_plan(study.definition, result.size, seeds, epochs, engine)
        is_complete = not until_decided and runs_there == sum(len(arm.seeds) for arm in plan.arms)
        note(f"{there}: all of them" if is_complete else f"{there}; {result.command} adds what is missing")
        chosen = [f"{value}-{word}" for value, word in ((seeds, "seeds"), (epochs, "epochs")) if value is not None]
        chosen += ["until-decided"] if until_decided else []
        file_name = "-".join([result.name, result.size, *chosen])
        path = write_study_report(result, output or place.reports / file_name, format, place, lang, compact)
    else:
        numbers = _numbers_of(name, place)
        again = _again(numbers, place, workspace, engine)
        if isinstance(again, StudyResult):
            _refuse_choices(context, f"'{numbers.stem}' has")
            path = write_study_report(again, output or numbers, format, place, lang, compact)
        elif compact:
            raise StudyError(
                f"report '{numbers.stem}': expected a study, a comparison or two runs with --compact, got a sweep. "
                "Its report is small: leave out --compact."
            )
        else:
            path = write_sweep_report(again, output or numbers, format, lang)
    reports = [str(path.with_suffix(f".{suffix}")) for suffix in format]
    if as_json:
        print_json("report/1", {"reports": reports, "numbers": str(path.with_suffix(".json"))})
        return
    for written in reports:
        say(f"report: {written}")


def _refuse_choices(context: typer.Context, what: str) -> None:
    """Refuse options that choose runs where the runs are given."""
    given = [name for name in _CHOICES if is_given(context, name)]
    if given:
        words = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise StudyError(f"report: {what} no runs to choose from. Leave out {words}; it is for studies.")


def _numbers_of(name: str, workspace: Workspace) -> Path:
    """The numbers of the report in the workspace whose name this is, or begins so."""
    there = sorted(workspace.reports.glob("*.json"))
    found = [path for path in there if path.stem == name] or [path for path in there if path.stem.startswith(name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise StudyError(f"report '{name}' may be {', '.join(path.stem for path in found)}. Give more of its name.")
    have = f"It has {', '.join(path.stem for path in there)}." if there else "It has none."
    raise StudyError(
        f"report '{name}': there is no study of this name, and no report that is called so in workspace "
        f"'{workspace.path}'. {have} Studies: {', '.join(Study.names())}; or a file of your own, ending in .toml. Of "
        "runs give two; 'seedbed inspect' tells of one."
    )


def _pair(names: list[str], workspace: Workspace) -> StudyResult:
    one, other = (find_run(name, workspace).entry for name in names)
    return compare_runs(one, other, workspace)


def _again(numbers: Path, place: Workspace, workspace: Path | None, engine: str) -> StudyResult | SweepResult:
    """What the workspace has now of the report that had these numbers; ``workspace`` is how it was typed."""
    try:
        kept = json.loads(numbers.read_text(encoding="utf-8"))
        if kept["kind"] == "sweep":
            return Sweep(**kept["definition"]).result(workspace=workspace, engine=engine)
        again = kept["again"]
        return _pair(again["runs"], place) if "runs" in again else Study.result_again(again, workspace)
    except SeedbedError:
        raise
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StudyError(
            f"report '{numbers.stem}': expected the numbers of a study, a sweep or a comparison in '{numbers}', got "
            f"something else ({error}). Run it again: finished runs are kept."
        ) from None
