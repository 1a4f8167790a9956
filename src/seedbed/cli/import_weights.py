"""``seedbed import-weights``: a model of numbers that another program has trained."""

from pathlib import Path
from typing import Annotated

import typer

from seedbed.cli.console import say
from seedbed.data import load_data
from seedbed.errors import StoreError
from seedbed.training import Model

app = typer.Typer(add_completion=False)

_EPILOG = (
    "Examples:  seedbed import-weights lenet5+ lenet.pt --data mnist   |   seedbed import-weights "
    "'conv2d(8, 3) relu flatten linear(10)' net.safetensors --data digits --layer conv1=features.0 --layer linear1=head"
)


@app.command(epilog=_EPILOG)
def import_weights(
    network: Annotated[
        str, typer.Argument(help="The same network here: a name, or a text such as 'flatten linear(10)'.")
    ],
    weights: Annotated[
        Path, typer.Argument(help="Its state_dict: .safetensors, or a file of torch.save.", show_default=False)
    ],
    input: Annotated[
        str, typer.Option(metavar="STEPS", help="What was done to bytes first: ToTensor is scale.")
    ] = "scale",
    data: Annotated[
        str | None, typer.Option(metavar="NAME", help="What it was trained on; is tested at once.", show_default=False)
    ] = None,
    layer: Annotated[
        list[str] | None,
        typer.Option(metavar="OURS=THEIRS", help="What the file calls a layer; may be repeated.", show_default=False),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The model, a safetensors file.")
    ] = Path("model.safetensors"),
) -> None:
    """Make a model of numbers that PyTorch has trained.

    Layers are found by their names, or by their order; the first one that
    differs is named. Nothing in the file is executed.
    """
    dataset = None if data is None else load_data(data)
    model = Model.from_state_dict(network, weights, input=input, data=dataset, layers=_pairs(layer or []))
    if output.resolve() == weights.resolve():
        raise StoreError(f"--output '{output}': expected another file than the weights.")
    model.save(output)
    say(f"model       {output}, {model.network.parameter_count:,} parameters")
    if dataset is not None and len(dataset.test_labels):
        wrong = int((model.predict(dataset.test_images) != dataset.test_labels).sum())
        count = len(dataset.test_labels)
        say(f"test error  {100 * wrong / count:.2f}% ({wrong:,} of {count:,} images of {dataset.name})")


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        ours, equals, theirs = text.partition("=")
        if not (ours and equals and theirs):
            raise StoreError(f"--layer: expected OURS=THEIRS such as conv1=features.0, got '{text}'.")
        pairs[ours] = theirs
    return pairs
