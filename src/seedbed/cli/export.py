"""``seedbed export``: a trained network for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from seedbed.cli.console import say
from seedbed.cli.lookup import find_model, find_run, is_model_file
from seedbed.cli.options import option
from seedbed.export import SUFFIXES, form_of
from seedbed.store import Workspace
from seedbed.training.setting import RUNNING

app = typer.Typer(add_completion=False)

_EPILOG = (
    "Examples:  seedbed export lenet5+.safetensors --to onnx   |   seedbed export 0f3a9c61d2b4-0 -o digits.keras   |   "
    "seedbed export lenet5+.safetensors --to numpy -o digits.py"
)
_USES = {
    "onnx": 'onnxruntime.InferenceSession("{path}").run(None, {{"images": images}})',
    "torch": "import {stem}; {stem}.load().probabilities(torch.from_numpy(images))",
    "keras": 'keras.models.load_model("{path}").predict(images.transpose(0, 2, 3, 1))  # channels last',
    "numpy": "import {stem}; {stem}.predict(images)",
    "safetensors": 'seedbed.Model.load("{path}").predict(images)',
}


@app.command(epilog=_EPILOG)
def export(
    model: Annotated[
        str, typer.Argument(help="A model file, the beginning of a run's id, or STUDY/VARIANT.", show_default=False)
    ],
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="FORM", help=f"{', '.join(SUFFIXES)}.", show_default="what the suffix means"),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to.", show_default="named as the model, here"),
    ] = None,
    workspace: Annotated[
        Path | None, option(RUNNING, "Folder that keeps the runs.", "SEEDBED_WORKSPACE, else ./seedbed-workspace")
    ] = None,
) -> None:
    """Write a trained network for ONNX, PyTorch, Keras or NumPy.

    The file takes images as the data set stores them, bytes from 0 to 255,
    and answers with probabilities: the input steps are inside, and so are the
    names of the classes. What each form is: docs/export.md.
    """
    place = Workspace(workspace, create=False)
    path = Path(_name(model, place)) if output is None else output
    form = form_of(path, to)
    trained = find_model(model, place)
    written = trained.export(path, form)
    for one in written:
        say(f"{one}  {one.stat().st_size:,} bytes")
    shape = ", ".join(["n", *map(str, trained.input.stored_shape)])
    say()
    say(_USES[form].format(path=written[0], stem=written[0].stem), style="dim")
    say(f"images: {trained.input.dtype}, shape ({shape})", style="dim")


def _name(model: str, workspace: Workspace) -> str:
    """A file name without a suffix."""
    return Path(model).stem if is_model_file(model) else find_run(model, workspace).identity
