"""``seedbed``: the commands by name, each in a module of its own that is imported when it is called."""

import importlib
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import seedbed
from seedbed.cli.console import FAILED, ending_well, report_defect, say, show_what_can_be_shown
from seedbed.own_modules import use_parts

_OVERVIEW = """\
Seedbed trains many small image classifiers side by side and tells which of their differences are real.

  seedbed lab                                         watch networks learn, draw digits, compare, in the browser
  seedbed train lenet5                                train one network and watch it learn
  seedbed study run lenet5-improved --quick           three networks, several seeds, a verdict and a report
  seedbed show lenet5++                               the layers of a network, with shapes and costs

'seedbed --help' lists all commands; 'seedbed COMMAND --help' explains one."""

_COMMANDS = {
    "lab": "Watch real networks learn, live, in the browser.",
    "train": "Train one network with one random seed.",
    "study": "Compare networks over many random seeds; give each claim a verdict.",
    "compare": "Compare two recipes over several random seeds; give a verdict.",
    "sweep": "Choose settings by validation error; test the winner once.",
    "race": "Reach a test accuracy in as little time as possible, over many seeds.",
    "predict": "Say what a trained network makes of pictures, or of a table without labels.",
    "export": "Write a trained network for ONNX, PyTorch, Keras or NumPy.",
    "import-weights": "Make a model of numbers that PyTorch has trained.",
    "report": "Write the report of a study or a sweep again, as HTML, Markdown or PDF.",
    "inspect": "Show what happens inside one network, and what it gets wrong.",
    "runs": "List, show, resume and remove the runs of a workspace.",
    "show": "Show the layers of a network, with shapes, parameters and multiply-adds.",
    "version": "Show versions and the machine.",
    "data": "List, show, fetch, verify, import and remove data sets.",
}


class _Commands(TyperGroup):
    """Puts the real command in the place of its name when it is called: ``seedbed --help`` imports none of them."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        if name in _COMMANDS and command is not None:
            module = importlib.import_module(f"seedbed.cli.{name.replace('-', '_')}")
            command = typer.main.get_command(module.app)
        return name, command, rest

    def invoke(self, ctx: Any) -> Any:
        with ending_well():
            return super().invoke(ctx)


app = typer.Typer(
    cls=_Commands, pretty_exceptions_enable=False, context_settings={"help_option_names": ["-h", "--help"]}
)


def _show_version(wanted: bool) -> None:
    if wanted:
        say(f"seedbed {seedbed.__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def overview(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and stop.")
    ] = False,
    parts: Annotated[
        list[str] | None,
        typer.Option(
            "--parts",
            metavar="FILE.py",
            help="Your own layers, losses and the like, for texts to name; runs that file. May be repeated.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Raise many small image classifiers side by side, and tell which of their differences are real."""
    if parts:
        use_parts(*parts)
    if context.invoked_subcommand is None:
        say(_OVERVIEW)


def _stand_in() -> None:
    """Never called: see ``_Commands``."""


for _name, _help in _COMMANDS.items():
    app.command(_name, help=_help)(_stand_in)


def main() -> None:
    """Entry point of the program ``seedbed``."""
    show_what_can_be_shown()
    try:
        app(prog_name="seedbed")
    except Exception:
        report_defect()
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
