"""``seedbed sweep``: settings chosen by validation error."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from seedbed.cli import options
from seedbed.cli.as_json import AsJson, print_json
from seedbed.cli.console import FAILED, INTERRUPTED, examples, note, say
from seedbed.cli.live import live_watcher
from seedbed.cli.options import language_option, option, takes_settings, typed
from seedbed.engine import ENGINES
from seedbed.errors import StudyError
from seedbed.formatting import counted, error_digits, mean_std_text
from seedbed.language import LANGUAGES
from seedbed.report import write_sweep_report
from seedbed.report.numbers import sweep_numbers
from seedbed.report.sweep_words import best_text, final_text, ties_text
from seedbed.store import Workspace
from seedbed.study.sweep import Sweep
from seedbed.study.sweep_result import SweepResult
from seedbed.terminal import Terminal
from seedbed.training.setting import DATA, RUNNING

app = typer.Typer(add_completion=False)

_EPILOG = examples(
    "seedbed sweep softmax --data digits --grid lr=0.3,0.1,0.03 --grid batch_size=16,32",
    "seedbed sweep lenet5+ --optimizer sgd --grid lr=1e-3..1:log --grid momentum='0|0.9' --random 20",
)
_SEARCH = "Searching"


@app.command(epilog=_EPILOG)
@takes_settings
def sweep(
    context: typer.Context,
    network: options.Network,
    grid: Annotated[
        list[str],
        option(
            _SEARCH, "What to vary: lr=0.1,0.01 or init=a|b or lr=1e-4..1e-1:log; may be given often.", True, "KEY=…"
        ),
    ],
    validation: Annotated[
        int | None,
        option(DATA, "Training images held out to judge by.", "5000, or a tenth of fewer than 50,000"),
    ] = None,
    random: Annotated[int | None, option(_SEARCH, "Try so many points at random.", "all combinations")] = None,
    tpe: Annotated[int | None, option(_SEARCH, "Let Optuna's TPE choose so many points.", "all combinations")] = None,
    search_seed: Annotated[int, option(_SEARCH, "Decides which points random and tpe try.", True)] = 0,
    seeds: Annotated[int, option(_SEARCH, "Seeds of each point.", True)] = 3,
    final_seeds: Annotated[int, option(_SEARCH, "Fresh seeds of the winner.", True)] = 10,
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
    """Choose settings by validation error, then test the winner once.

    Every point is trained with a few seeds and judged by its mean error on
    held-out training images. The winner alone meets the test images, with
    fresh seeds. After Ctrl-C the same command goes on.

    Exit status: 0 done; 1 some runs failed; 2 wrong input; 130 interrupted.
    """
    search = Sweep(
        network,
        settings.pop("data"),
        grid=_grid(grid),
        random=random,
        tpe=tpe,
        seeds=seeds,
        final_seeds=final_seeds,
        validation=validation,
        search_seed=search_seed,
        **typed(context, settings),
    )
    watcher = live_watcher()
    try:
        with watcher:
            result = search.run(jobs=jobs, workspace=workspace, engine=engine, watch=watcher, on=on)
    except KeyboardInterrupt:
        note(f"stopped: {watcher.done} of {counted(watcher.total, 'run')} done; run the same command again to go on")
        sys.exit(INTERRUPTED)
    if not as_json:
        _show(result)
    path = None
    if not no_report:
        path = write_sweep_report(result, Workspace(workspace).reports / f"sweep-{result.identity}.html", lang=lang)
    if as_json:
        print_json("sweep/1", sweep_numbers(result) | {"report": None if path is None else str(path)})
    else:
        if path is not None:
            say(f"report: {path}")
        say(f"to go on: {result.command}")
    if result.failures:
        sys.exit(FAILED)


def _grid(words: list[str]) -> dict[str, str]:
    grid: dict[str, str] = {}
    for word in words:
        key, equals, values = word.partition("=")
        if not (equals and key.strip() and values.strip()):
            raise StudyError(f"--grid '{word}': expected key=values such as lr=0.1,0.01.")
        if key.strip() in grid:
            raise StudyError(f"--grid '{word}': '{key.strip()}' is given twice.")
        grid[key.strip()] = values.strip()
    return grid


def _show(result: SweepResult) -> None:
    digits = error_digits(point.std for point in result.points)
    table: Any = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in (*result.axes, "validation error in %", ""):
        table.add_column(heading, overflow="fold")
    for point in sorted(result.points, key=lambda point: point.mean):
        mark = "best" if point is result.winner else "not told apart" if point in result.ties else ""
        diverged = f"{point.diverged} diverged" if point.diverged else ""
        told = ", ".join(text for text in (mark, diverged) if text)
        table.add_row(*point.coordinates.values(), mean_std_text(point.mean, point.std, digits), told)
    Terminal().print(table)
    say()
    for text in (best_text(result), ties_text(result)):
        say(text)
    say(final_text(result), style="bold")
    for failure in result.failures:
        say(failure.text, style="red")
    say()
