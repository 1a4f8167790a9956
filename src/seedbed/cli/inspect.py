"""``seedbed inspect``: what happens inside one network."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from seedbed import __version__
from seedbed.cli.as_json import AsJson, print_json
from seedbed.cli.class_lines import never_answered, summary_lines
from seedbed.cli.commands import train_command
from seedbed.cli.console import FAILED, examples, note, say
from seedbed.cli.lookup import Found, find_run, list_runs
from seedbed.cli.options import language_option, option
from seedbed.cli.report import Formats
from seedbed.data import Dataset, load_data
from seedbed.errors import DataError, SeedbedError, StoreError
from seedbed.formatting import DASH, listed, number
from seedbed.insight import inspect as look_inside
from seedbed.insight import inspect_model
from seedbed.language import LANGUAGES, phrase, speaking, spoken
from seedbed.network import shape_text
from seedbed.report import InspectionReport
from seedbed.report.inspection import Subject, lacks, run_title
from seedbed.report.inspection.page import network_name
from seedbed.report.paths import report_place
from seedbed.report.settings import Setting
from seedbed.store import Workspace
from seedbed.terminal import Terminal
from seedbed.training import Model, Recipe
from seedbed.training.recording import Recording
from seedbed.training.setting import DATA, RUNNING

app = typer.Typer(add_completion=False)

_NAMED = 10
_LISTED = 20
"""Characters of a network in the list."""

_EPILOG = examples(
    "seedbed inspect",
    "seedbed inspect 0f3a9c61d2b4-0",
    "seedbed inspect lenet5-improved/lenet5++ --surface",
    "seedbed inspect model.safetensors --data mnist",
)


@app.command("inspect", epilog=_EPILOG)
def inspect_command(
    run: Annotated[
        str | None,
        typer.Argument(
            help="The beginning of a run's id, STUDY/VARIANT or STUDY/VARIANT#SEED, or a model file; without it, "
            "the runs of the workspace are listed.",
            show_default=False,
        ),
    ] = None,
    data: Annotated[str | None, option(DATA, "The data set of a model file.", metavar="NAME")] = None,
    surface: Annotated[bool, typer.Option("--surface", help="Also the loss around the parameters; slow.")] = False,
    range_test: Annotated[
        bool, typer.Option("--range-test", help="Also the loss against the learning rate; slow.")
    ] = False,
    mistakes: Annotated[
        bool, typer.Option("--mistakes", help="Also a page with every misclassified test image.")
    ] = False,
    format: Formats = ["html"],  # noqa: B006 - typer reads it, nobody changes it
    lang: Annotated[str, language_option(RUNNING)] = LANGUAGES[0],
    output: Annotated[
        Path | None, option(RUNNING, "The file; each format puts its own suffix.", "in the workspace's reports")
    ] = None,
    workspace: Annotated[
        Path | None, option(RUNNING, "Folder that keeps the runs.", "SEEDBED_WORKSPACE, else ./seedbed-workspace")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a page of all that can be seen of one network.

    Gradients, activations and weights over the epochs, filters, feature maps,
    what its answers rest on, and its mistakes. What is missing is named, with
    the command that gets it. Other seeds of the same recipe are found by
    themselves.
    """
    if output is not None:
        report_place(output)  # A folder is refused before any work.
    place = Workspace(workspace, create=False)
    if run is None:
        _list(place, as_json)
        return
    words = ["seedbed", "inspect", run]
    words += [text for is_given, text in ((surface, "--surface"), (range_test, "--range-test")) if is_given]
    words += ["--data", data] if data is not None else []
    words += ["--workspace", str(workspace)] if workspace is not None else []
    words += ["--lang", lang] if lang != LANGUAGES[0] else []
    command = shlex.join(words)
    with speaking(lang):
        if run.endswith(".safetensors"):
            made, name = _model_report(Path(run), data, surface or range_test, command), Path(run).stem
        else:
            if data is not None:
                raise DataError("--data is for model files; a run knows its data.")
            found = find_run(run, place)
            made, name = _run_report(found, place, surface, range_test, command), found.identity
    path = made.write(output or place.reports / f"inspect-{name}", format)
    reports = [str(path.with_suffix(f".{suffix}")) for suffix in format]
    page = str(made.write_mistakes(path.with_name(f"{path.stem}-mistakes.html"))) if mistakes else None
    report = made.inspection.classes
    if as_json:
        found_there = {"reports": reports, "numbers": str(path.with_suffix(".json")), "mistakes": page}
        print_json(
            "inspect/1", found_there | {"test_error": 100 - report.accuracy.percent, "classes": report.to_dict()}
        )
        return
    for written in reports:
        say(f"report: {written}")
    if page is not None:
        say(f"mistakes: {page}")
    for line in summary_lines(report):
        say(line)
    if lost := never_answered(report):
        say(lost, style="yellow")


def _list(workspace: Workspace, as_json: bool) -> None:
    found = list_runs(workspace)
    if not found and not as_json:
        note(f"workspace '{workspace.path}' has no runs yet; 'seedbed train lenet5+ --record' makes one")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("run", no_wrap=True)
    damaged: list[str] = []
    for heading in ("network", "data", "epochs", "error", "recorded"):
        table.add_column(heading, no_wrap=heading == "network")
    for one in found:
        table.add_row(
            one.identity,
            network_name(one.recipe.network, _LISTED),
            one.recipe.data,
            str(one.recipe.epochs),
            _error_or_damage(one, damaged),
            "yes" if one.is_recorded else "",
        )
    if as_json:
        rows = [
            {
                "run": one.identity,
                "network": one.recipe.network,
                "data": one.recipe.data,
                "epochs": one.recipe.epochs,
                "outcome": str(one.entry.outcome.kind),
                "is_recorded": one.is_recorded,
            }
            for one in found
        ]
        print_json("inspect list/1", {"runs": rows, "damaged": damaged})
    else:
        Terminal().print(table)
    for reason in damaged:
        note(reason, style="yellow")
    if damaged:
        raise typer.Exit(FAILED)


def _error_or_damage(found: Found, damaged: list[str]) -> str:
    """The test error, or how else the run ended, or that the file cannot be read, which adds the reason and the remedy
    to ``damaged``."""
    try:
        result = found.read().history.result
    except StoreError as error:
        again = train_command(found.recipe, found.key.seed, found.key.engine, found.workspace)
        damaged.append(f"{error} To train it again: {again}")
        return "damaged"
    if not found.entry.outcome.is_complete:
        return str(found.entry.outcome.kind)
    return f"{number(result.test_error)}%" if result is not None else DASH


def _run_report(
    found: Found, workspace: Workspace, is_surface: bool, is_range_test: bool, command: str
) -> InspectionReport:
    if not found.entry.outcome.is_complete:
        raise StoreError(f"run '{found.identity}' {found.entry.outcome.text}: there is nothing to see.")
    state = found.read()
    others = found.other_outputs()
    recording = Recording.load(found.recording_folder) if found.is_recorded else None
    dataset = found.recipe.split(load_data(found.recipe.data, note=note))
    _say_working()
    inspection = look_inside(found.recipe, dataset, state, recording, others, found.key.engine)
    entry = found.entry
    where = {"Run": found.identity, "Engine": entry.executed_by, **entry.machine, **entry.versions}
    subject = Subject(
        title=run_title(found.recipe, found.key.seed),
        question=phrase(
            "What happens inside this network, and what it gets wrong: {epochs} epochs, run {identity}.",
            epochs=found.recipe.epochs,
            identity=found.identity,
        ),
        history=state.history,
        is_surface=is_surface,
        is_range_test=is_range_test,
        left_out=_left_out(found, workspace, recording, bool(others), (is_surface, is_range_test), command),
        where=tuple(Setting(term[:1].upper() + term[1:], value) for term, value in where.items()),
        command=command,
        version=__version__,
    )
    return InspectionReport(inspection, subject, spoken())


def _left_out(
    found: Found,
    workspace: Workspace,
    recording: Recording | None,
    has_others: bool,
    is_slow: tuple[bool, bool],
    command: str,
) -> tuple[str, ...]:
    texts = list(recording.problems) if recording is not None else []
    if recording is None:
        again = train_command(found.recipe, found.key.seed, found.key.engine, workspace)
        texts.append(lacks.not_recorded(f"{again} --record"))
    if not has_others:
        texts.append(lacks.no_other_seed(train_command(found.recipe, found.key.seed + 1, found.key.engine, workspace)))
    is_surface, is_range_test = is_slow
    texts += [] if is_surface else [lacks.no_surface(f"{command} --surface")]
    texts += [] if is_range_test else [lacks.no_range_test(f"{command} --range-test")]
    return tuple(texts)


def _model_report(path: Path, data: str | None, is_slow: bool, command: str) -> InspectionReport:
    model = Model.load(path)
    data = data or (model.provenance.data if model.provenance else None)
    if data is None:
        raise DataError(f"model '{path}': give the data set that it answers, such as --data mnist.")
    if is_slow:
        raise StoreError(
            f"model '{path}': --surface and --range-test need the recipe, and are for runs. Give the run itself."
        )
    dataset = load_data(data, note=note)
    _compare(path, model, dataset)
    _say_working()
    origin = model.provenance
    where = {"Run": origin.run, "Seedbed": origin.version} if origin else {}
    subject = Subject(
        where=tuple(Setting(term, value) for term, value in where.items()),
        title=phrase("{model} on {data}", model=path.name, data=data),
        question=phrase(
            "What this network looks at, and what it gets wrong: {network}.", network=network_name(str(model.network))
        ),
        left_out=lacks.only_a_model(),
        command=command,
        version=__version__,
    )
    return InspectionReport(inspect_model(model, dataset), subject, spoken())


def _compare(path: Path, model: Model, dataset: Dataset) -> None:
    """Refuse data that the model has no answers to; say so if it is not what it was trained on."""
    if model.input.stored_shape != dataset.image_shape:
        raise DataError(
            f"model '{path}' takes images of {shape_text(model.input.stored_shape)}, those of data set "
            f"'{dataset.name}' are {shape_text(dataset.image_shape)}. Give data like that it was trained on."
        )
    origin = model.provenance
    if origin is None:
        return
    if model.classes != dataset.classes:
        raise DataError(
            f"model '{path}' was trained on '{origin.data}' and answers with the classes "
            f"{listed(model.classes[:_NAMED])}; those of data set '{dataset.name}' are "
            f"{listed(dataset.classes[:_NAMED])}. Give data with the same classes in the same order."
        )
    try:
        same = Recipe.load(origin.recipe).split(dataset).sha256 == origin.data_sha256
    except SeedbedError:
        same = False
    if not same:
        note(
            f"model '{path}' was trained on other images: '{origin.data}' with the fingerprint "
            f"{origin.data_sha256[:12]}…, not those of '{dataset.name}' as it is now",
            style="yellow",
        )


def _say_working() -> None:
    if sys.stderr.isatty():
        note("looking inside …")
