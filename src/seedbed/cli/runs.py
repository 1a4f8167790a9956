"""``seedbed runs``: the runs of a workspace, done or not: list, show, resume, remove, prune."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from seedbed.cli.as_json import AsJson, print_json
from seedbed.cli.class_lines import class_rows, never_answered, summary_lines
from seedbed.cli.commands import train_command, train_words
from seedbed.cli.console import FAILED, note, say
from seedbed.cli.kept_runs import DAMAGED, INTERRUPTED, TRAINING, KeptRun, find_kept, kept_runs
from seedbed.cli.options import option
from seedbed.cli.outcome import new_table, print_table
from seedbed.data import load_data
from seedbed.errors import StoreError
from seedbed.formatting import number, shortened
from seedbed.insight import report_classes
from seedbed.statistics import ClassificationReport
from seedbed.store import RunEntry, Workspace
from seedbed.store.pruning import Leftover, leftovers, take_out
from seedbed.training import Recipe
from seedbed.training.checkpoint import load_run
from seedbed.training.setting import RUNNING

app = typer.Typer(help="List, show, resume and remove the runs of a workspace.", no_args_is_help=False)

_LISTED, _SETTINGS, _WIDE = 20, 40, 200

Place = Annotated[
    Path | None, option(RUNNING, "Folder that keeps the runs.", "SEEDBED_WORKSPACE, else ./seedbed-workspace")
]
Id = Annotated[str, typer.Argument(help="The id of a run, or its beginning.", show_default=False)]


@app.callback(invoke_without_command=True)
def list_command(
    context: typer.Context,
    filter: Annotated[
        str | None,
        typer.Option(
            "--filter", metavar="TEXT", help="Only runs in whose line all these words occur.", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
    workspace: Place = None,
) -> None:
    """List the runs of a workspace, those that were interrupted too.

    Exit status: 0 listed; 1 the file of a run is damaged; 2 wrong input.
    """
    if context.invoked_subcommand is not None:
        return
    place = Workspace(workspace, create=False)
    found = [one for one in kept_runs(place) if _is_meant(one, filter)]
    if as_json:
        print_json("runs/1", {"runs": [one.to_dict() for one in found]})
    elif not found:
        which = "no runs yet; 'seedbed train lenet5+' makes one" if filter is None else f"no run with '{filter}'"
        note(f"workspace '{place.path}' has {which}")
    else:
        table = new_table("run", "network", "data", "settings", "seed", "date", "error", "state")
        for column in table.columns:
            column.no_wrap = column.header not in ("network", "settings")
        for one in found:
            table.add_row(*_row(one))
        # Without a terminal the lines are read by a program, and none is to be broken.
        Console(markup=False, highlight=False, width=None if sys.stdout.isatty() else _WIDE).print(table)
    for one in found:
        if one.problem:
            note(f"{one.identity}: {one.problem}", style="yellow")
    if any(one.state == DAMAGED for one in found):
        raise typer.Exit(FAILED)


@app.command("show")
def show_command(
    run: Id,
    classes: Annotated[
        bool, typer.Option("--classes", help="Also what it gets right and wrong of each class; loads the data.")
    ] = False,
    as_json: AsJson = False,
    workspace: Place = None,
) -> None:
    """Show all that is known of a run."""
    place = Workspace(workspace, create=False)
    one = find_kept(run, place)
    entry = place.ledger.find(one.key) if one.key is not None else None
    known = one.to_dict()
    known["recipe"] = one.recipe.to_dict() if one.recipe else None
    if entry is not None:
        known |= {
            "file": str(place.run_file(entry.key)),
            "sha256": entry.sha256,
            "engine": entry.executed_by,
            "seconds": entry.seconds,
            "images_per_second": entry.images_per_second,
            "data_source": entry.data_source,
            "machine": entry.machine,
            "versions": entry.versions,
        }
    if as_json:
        print_json("runs show/1", known | ({"classes": _classes(place, one, entry).to_dict()} if classes else {}))
        return
    table = new_table("", "")
    for name, value in known.items():
        if value not in ("", None, {}):
            text = ", ".join(f"{key}={part}" for key, part in value.items()) if isinstance(value, dict) else str(value)
            table.add_row(name.replace("_", " "), text)
    print_table(table)
    if classes:
        _show_classes(_classes(place, one, entry))
    if one.recipe is not None and one.key is not None:
        say()
        if one.state == INTERRUPTED:
            say(f"seedbed runs resume {one.identity} goes on from its last checkpoint")
        say(train_command(one.recipe, one.key.seed, one.key.engine, place), style="dim")


@app.command("resume")
def resume_command(run: Id, workspace: Place = None) -> None:
    """Go on with an interrupted run from its last checkpoint; the bits are those of a run without a break."""
    from seedbed.cli.train import app as train

    place = Workspace(workspace, create=False)
    one = find_kept(run, place)
    if one.recipe is None or one.key is None:
        raise StoreError(f"run '{one.identity}' cannot go on: {one.problem}")
    if one.state != INTERRUPTED:
        hint = {TRAINING: "Another process trains it."}.get(
            one.state, "seedbed runs shows those that were interrupted."
        )
        raise StoreError(f"run '{one.identity}' is {one.state}: expected one that was interrupted. {hint}")
    words = train_words(one.recipe, one.key.seed, one.key.engine, place)
    words += ["--record"] if one.is_recorded else []
    note(shlex.join(["seedbed", "train", *words]), style="dim")
    typer.main.get_command(train).main(words, prog_name="seedbed train", standalone_mode=False)


@app.command("remove")
def remove_command(
    runs: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of runs, or their beginnings.")],
    workspace: Place = None,
) -> None:
    """Remove runs: their files, checkpoints, recordings and entries. Reports stay."""
    place = Workspace(workspace, create=False)
    # All are found before one is taken out.
    chosen = {one.identity: one for one in (find_kept(text, place) for text in runs)}
    writing = Workspace(place.path)
    for one in chosen.values():
        if one.key is None:
            take_out([Leftover(place.staging / f"{one.identity}.safetensors", "damaged checkpoint", 0)])
        else:
            with writing.hold(one.key):
                writing.forget(one.key)
        say(f"removed {one.identity}")


@app.command("prune")
def prune_command(
    interrupted: Annotated[
        bool, typer.Option("--interrupted", help="Also the checkpoints of interrupted runs.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    workspace: Place = None,
) -> None:
    """Remove what no run needs: damaged files that were set aside, half-written files, recordings without a run."""
    place = Workspace(workspace, create=False)
    known = {one.identity for one in kept_runs(place)}
    found = leftovers(place, known)
    if interrupted:
        found += [
            Leftover(path, "interrupted run", path.stat().st_size)
            for one in kept_runs(place)
            if one.state == INTERRUPTED and (path := place.staging / f"{one.identity}.safetensors").exists()
        ]
    if not dry_run:
        take_out(found)
    for one in found:
        say(f"{'would remove' if dry_run else 'removed'} {one.what}: {one.path}")
    total = sum(one.size_bytes for one in found)
    say(f"{len(found):,} files and folders, {total / 1e6:.1f} MB" if found else "nothing to remove")


def _classes(place: Workspace, one: KeptRun, entry: RunEntry | None) -> ClassificationReport:
    if entry is None or not entry.outcome.is_complete:
        raise StoreError(f"run '{one.identity}' is {one.state}: --classes is for runs that have ended well.")
    dataset = Recipe.load(entry.recipe).split(load_data(entry.recipe["data"], note=note))
    outputs = load_run(place.run_file(entry.key))[0].outputs
    if outputs is None or not len(outputs):
        raise StoreError(f"run '{entry.key.identity}' has no answers to test images.")
    return report_classes(outputs, dataset)


def _show_classes(report: ClassificationReport) -> None:
    say()
    for line in summary_lines(report):
        say(line)
    if lost := never_answered(report):
        say(lost, style="yellow")
    table = new_table("class", "images", "recall in %", "precision in %", "F1 in %")
    for row in class_rows(report):
        table.add_row(*row)
    print_table(table)


def _is_meant(one: KeptRun, filter: str | None) -> bool:
    line = " ".join(map(str, one.to_dict().values())).lower()
    return all(word in line for word in (filter or "").lower().split())


def _row(one: KeptRun) -> list[str]:
    settings = " ".join(f"{name}={value}" for name, value in one.settings.items())
    epochs = "" if one.recipe is None or one.state != INTERRUPTED else f" at {one.epochs}/{one.recipe.epochs}"
    error = "" if one.state in (DAMAGED, INTERRUPTED, TRAINING) else f"{number(one.test_error)}%"
    return [
        one.identity,
        shortened(one.network, _LISTED),
        one.recipe.data if one.recipe else "",
        shortened(settings, _SETTINGS),
        str(one.seed),
        one.date[:10],
        error,
        one.state + epochs,
    ]
