"""``seedbed show``: the layers of a network."""

import re
from math import prod
from typing import Annotated

import typer
from rich.table import Table

from seedbed.cli.as_json import AsJson, print_json
from seedbed.cli.console import examples, say
from seedbed.data.catalogue import entry_named
from seedbed.engine.native.lower import convolution_methods
from seedbed.errors import NetworkError
from seedbed.network import ZOO, Conv2d, Linear, Network, Node, Shape, load_network, shape_text
from seedbed.terminal import Terminal

app = typer.Typer(add_completion=False)

_EPILOG = examples("seedbed show lenet5++", "seedbed show 'conv2d(8, 3) relu flatten linear(10)' --data digits")


@app.command(epilog=_EPILOG)
def show(
    network: Annotated[
        str,
        typer.Argument(help=f"A name ({', '.join(ZOO)}) or a text such as 'flatten linear(10)'.", show_default=False),
    ],
    input_shape: Annotated[
        str | None,
        typer.Option(metavar="C,H,W", help="Channels, height and width of the images.", show_default="1,28,28"),
    ] = None,
    data: Annotated[str | None, typer.Option(metavar="NAME", help="Take the shape of this data set's images.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the layers of a network, with shapes, parameters and multiply-adds, and how convolutions are computed."""
    if input_shape is not None and data is not None:
        raise NetworkError("give --input-shape or --data, not both.")
    shape = _read_shape(input_shape) if input_shape is not None else entry_named(data).image_shape if data else None
    built = load_network(network, shape)
    if as_json:
        layers = [
            {
                "name": node.name,
                "layer": str(node.layer),
                "output_shape": node.output_shape,
                "parameters": node.parameter_count,
                "multiply_adds": multiply_adds(node),
            }
            for node in built.nodes
        ]
        totals = {"parameters": built.parameter_count, "multiply_adds": sum(map(multiply_adds, built.nodes))}
        print_json("show/1", {"network": str(built), "input_shape": built.input_shape, "layers": layers, **totals})
        return
    console = Terminal()
    console.print(layer_table(built))
    if methods := convolution_methods(built):
        say()
        say(f"on engine native: {', '.join(f'{name} {method}' for name, method in methods.items())}")
    say()
    say(str(built))


def layer_table(network: Network) -> Table:
    """One row per layer, then the totals."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_footer=True, footer_style="bold")
    adds = [multiply_adds(node) for node in network.nodes]
    table.add_column("name", "total", no_wrap=True)
    table.add_column("layer", overflow="fold")
    table.add_column("output", shape_text(network.output_shape), no_wrap=True, justify="right")
    table.add_column("parameters", f"{network.parameter_count:,}", no_wrap=True, justify="right")
    table.add_column("multiply-adds", f"{sum(adds):,}", no_wrap=True, justify="right")
    table.add_row("input", "", shape_text(network.input_shape), "", "", style="dim")
    for node, count in zip(network.nodes, adds, strict=True):
        table.add_row(
            node.name,
            str(node.layer),
            shape_text(node.output_shape),
            f"{node.parameter_count:,}" if node.parameter_count else "",
            f"{count:,}" if count else "",
        )
    return table


def multiply_adds(node: Node) -> int:
    """Multiplications, each with its addition, that weights take part in, for one image in one forward pass.

    By a table, those of the connected channels count; the native engine does the others too, with zeros.
    """
    fans = node.layer.fans(node.input_shape)
    if fans is None or not isinstance(node.layer, Conv2d | Linear):
        return 0
    # By a table, a convolution's outputs add up different numbers of inputs; this is their mean.
    return round(fans[0] * prod(node.output_shape))


def _read_shape(text: str) -> Shape:
    numbers = re.fullmatch(r"\s*(\d+)\s*[,x×]\s*(\d+)\s*[,x×]\s*(\d+)\s*", text)
    if numbers is None:
        raise NetworkError(f"--input-shape: expected channels,height,width such as 1,28,28; got '{text}'.")
    channels, height, width = map(int, numbers.groups())
    return channels, height, width
