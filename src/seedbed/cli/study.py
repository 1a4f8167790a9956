"""``seedbed study``: run, list and show studies."""

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from seedbed.cli import options
from seedbed.cli.as_json import AsJson, print_json
from seedbed.cli.console import examples, say
from seedbed.cli.options import Observers, language_option
from seedbed.cli.outcome import conduct, new_table, print_table
from seedbed.engine import ENGINES
from seedbed.formatting import counted
from seedbed.language import LANGUAGES
from seedbed.observers import observer_named
from seedbed.study import Study
from seedbed.study.definition import Definition, VariantDefinition
from seedbed.study.plan import SIZES, make_plan
from seedbed.study.rounds import MOST_SEEDS
from seedbed.study.rows import published_text
from seedbed.study.template import write_new_study

app = typer.Typer(help="Compare networks over many random seeds; give each claim a verdict.", no_args_is_help=True)

_Name = Annotated[str, typer.Argument(help="A study by name, or the path of your own .toml file.", show_default=False)]


def _option(help: str, default: str | bool = False, **more: Any) -> Any:
    return typer.Option(help=help, show_default=default, **more)


@app.command("run", epilog=examples("seedbed study run lenet5-improved --quick", "seedbed study run mine.toml"))
def run_command(
    name: _Name,
    quick: Annotated[bool, typer.Option("--quick", help="The small size of the study: a first look.")] = False,
    seeds: Annotated[int | None, _option("Seeds of each variant.", "as the study says", min=1)] = None,
    epochs: Annotated[int | None, _option("Epochs of each run.", "as the study says", min=1)] = None,
    until_decided: Annotated[
        bool, typer.Option("--until-decided", help="Add seeds to the variants of undecided claims, round by round.")
    ] = False,
    most_seeds: Annotated[
        int | None, _option("Seeds of a variant at which --until-decided stops.", str(MOST_SEEDS))
    ] = None,
    jobs: Annotated[int | None, _option("Runs at a time.", "one per usable core", min=1)] = None,
    on: Annotated[str | None, options.cluster_option()] = None,
    workspace: Annotated[
        Path | None, _option("Folder that keeps runs and reports.", "SEEDBED_WORKSPACE, else ./seedbed-workspace")
    ] = None,
    engine: Annotated[str, _option(f"What computes: {' or '.join(ENGINES)}.", True, metavar="NAME")] = ENGINES[0],
    lang: Annotated[str, language_option()] = LANGUAGES[0],
    no_report: Annotated[bool, typer.Option("--no-report", help="Write no HTML report.")] = False,
    observe: Observers = None,
    as_json: AsJson = False,
) -> None:
    """Train what is missing of a study, print its verdicts and write its report.

    Every run is kept in the workspace. After Ctrl-C, or even kill -9, the same
    command goes on from the last checkpoints and ends with the same bits.

    Exit status: 0 done; 1 some runs failed; 2 wrong input; 130 interrupted.
    """
    study = Study.load(name)
    chosen = [f"{value}-{word}" for value, word in ((seeds, "seeds"), (epochs, "epochs")) if value is not None]
    chosen += ["until-decided"] if until_decided else []
    conduct(
        lambda watcher: study.run(
            quick=quick,
            seeds=seeds,
            epochs=epochs,
            until_decided=until_decided,
            most_seeds=most_seeds,
            jobs=jobs,
            workspace=workspace,
            engine=engine,
            watch=watcher,
            on=on,
        ),
        workspace,
        None if no_report else "-".join(["quick" if quick else "full", *chosen]),
        lang,
        [observer_named(text) for text in observe or ()],
        shape="study run/1" if as_json else "",
    )


@app.command("new", epilog=examples("seedbed study new pooling", "seedbed study run pooling.toml --quick"))
def new_command(
    name: Annotated[
        str, typer.Argument(help="Names the study and its file, NAME.toml; or a path of your own.", show_default=False)
    ],
) -> None:
    """Write a study of your own to begin with: a commented file that runs."""
    path = write_new_study(name)
    say(f"written: {path}")
    say(shlex.join(["seedbed", "study", "run", str(path), "--quick"]))


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """Show the studies that come with Seedbed."""
    if as_json:
        studies = [_described(Study.load(name).definition) | {"name": name} for name in Study.names()]
        print_json("study list/1", {"studies": studies})
        return
    table = new_table("name", "runs", "quick", "title")
    # A name that is broken cannot be copied.
    table.columns[0].no_wrap = True
    for name in Study.names():
        definition = Study.load(name).definition
        table.add_row(name, *(_size_text(definition, size) for size in SIZES), definition.title)
    print_table(table)


@app.command("show")
def show_command(name: _Name, as_json: AsJson = False) -> None:
    """Show what a study asks, its variants and its claims."""
    study = Study.load(name)
    definition = study.definition
    if as_json:
        variants = [
            {
                "name": one.name,
                "title": one.title,
                "recipe": definition.recipe(one, one.epochs or definition.full.epochs).to_dict(),
                "seeds": one.seeds or definition.full.seeds,
                "published": one.published.figures() if one.published else None,
            }
            for one in definition.variants
        ]
        claims = [claim.text for claim in definition.claims]
        more = {"name": name, "variants": variants, "claims": claims, "remarks": definition.remarks}
        print_json("study show/1", _described(definition) | more)
        return
    say(definition.title, style="bold")
    say(definition.question)
    if definition.source:
        say(f"source: {definition.source}")
    for size in ("full", "quick"):
        chosen = definition.full if size == "full" else definition.quick
        say(f"{size}: {counted(chosen.seeds, 'seed')} × {counted(chosen.epochs, 'epoch')}")
    for variant in definition.variants:
        if not definition.grid_of(variant)[0]:
            say()
            _show_variant(definition, variant)
    for grid in definition.grids:
        say()
        say(f"{grid.caption} ({grid.name})", style="bold")
        for axis, labels in grid.axes.items():
            say(f"  {axis:<10}  {', '.join(labels)}")
        names = list(grid.cells)
        say(f"  variants    {counted(len(names), 'variant')}, {names[0]} to {names[-1]}")
    for heading, lines in (("claims", [claim.text for claim in definition.claims]), ("remarks", definition.remarks)):
        if lines:
            say()
            say(heading, style="bold")
        for line in lines:
            say(f"  {line}")


def _described(definition: Definition) -> dict[str, Any]:
    """What JSON says of a study as a whole."""
    sizes = {size: {"runs": len(make_plan(definition, size).jobs)} for size in SIZES}
    return {
        "title": definition.title,
        "question": definition.question,
        "source": definition.source,
        "sizes": sizes,
    }


def _size_text(definition: Definition, size: str) -> str:
    """Runs, each once where variants share it, and their epochs."""
    jobs = make_plan(definition, size).jobs
    epochs = {job.recipe.epochs for job in jobs}
    most = f"up to {max(epochs)}" if len(epochs) > 1 else str(max(epochs))
    return f"{len(jobs)} × {most} epochs"


def _show_variant(definition: Definition, variant: VariantDefinition) -> None:
    say(f"{variant.title} ({variant.name})", style="bold")
    for key, value in definition.recipe(variant, definition.full.epochs).to_dict().items():
        if key != "epochs" and value not in ("", None):
            say(f"  {key.replace('_', ' '):<10}  {value}")
    for key, count in (("seeds", variant.seeds), ("epochs", variant.epochs)):
        if count is not None:
            say(f"  {key:<10}  {count}")
    if variant.published:
        published = variant.published.figures()
        notes = f" ({'; '.join(published.notes)})" if published.notes else ""
        say(f"  published   {published_text(published)}% over {counted(published.runs, 'run')}{notes}")
