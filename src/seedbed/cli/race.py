"""``seedbed race``: a recipe against the clock."""

import json
from contextlib import nullcontext
from typing import Annotated

import typer
from rich.text import Text

from seedbed.cli.console import FAILED, note, say
from seedbed.cli.outcome import new_table, print_table
from seedbed.formatting import counted, interval_text, number, seconds_text
from seedbed.progress_line import stderr_is_terminal
from seedbed.race import RACES, Listener, RaceResult, find_race, run_race
from seedbed.terminal import Terminal

app = typer.Typer(add_completion=False)

_SAID_EVERY = 10
"""Seeds between two lines where nobody watches a terminal."""


@app.command(epilog="Example:  seedbed race mnist-99 --seeds 10")
def race(
    name: Annotated[str, typer.Argument(help=f"Known: {', '.join(RACES)}.", show_default=False)],
    seeds: Annotated[int, typer.Option(help="Random seeds, one after the other.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: docs/race.md.")] = False,
) -> None:
    """Reach a test accuracy in as little time as possible, over many seeds.

    Each run uses all cores that a single run would use. Training time and the
    time of a fresh process, from its start to its end, are both measured.
    Nothing is kept.

    Exit status: 0 reached; 1 missed; 2 wrong input; 130 interrupted.
    """
    chosen = find_race(name)
    is_watched = stderr_is_terminal()
    console = Terminal(on_stderr=True)
    with console.status(f"{name}: loading") if is_watched else nullcontext() as status:

        def tell(done: int, mean: float) -> None:
            text = f"{name}: {done} of {counted(seeds, 'seed')}, mean accuracy {mean:.2f}%"
            if status is not None:
                status.update(Text(text))
            elif done % _SAID_EVERY == 0 or done == seeds:
                note(text)

        listen: Listener = tell
        result = run_race(chosen, seeds, listen)
    if as_json:
        say(json.dumps(result.to_dict(), indent=1))
    else:
        _show(result)
    if not result.reached:
        raise typer.Exit(FAILED)


def _show(result: RaceResult) -> None:
    verdict = "reached" if result.reached else "missed"
    goal = f"{result.target:g}% on the test images of {result.recipe['data']}: {verdict}"
    say(f"{result.name}: {goal}", style="bold green" if result.reached else "bold red")
    table = new_table("", "")
    for name, text in (
        (
            "accuracy",
            f"{number(result.accuracy_mean, 3)}% over {counted(result.seeds, 'seed')}"
            + (
                ""
                if result.accuracy_interval is None
                else f", 95% interval {interval_text(result.accuracy_interval, 3)}"
            ),
        ),
        ("training", f"{seconds_text(result.train_s_median)} s, the median run"),
        (
            "whole process",
            f"{seconds_text(result.whole_s_median)} s with imports, data, training and evaluation, the median of "
            f"{result.whole_processes}",
        ),
        ("machine", f"{result.machine['processor']}, {counted(result.threads, 'thread')}, {result.engine}"),
        ("network", str(result.recipe["network"])),
    ):
        table.add_row(name, text)
    print_table(table)
