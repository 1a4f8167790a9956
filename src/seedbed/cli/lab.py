"""``seedbed lab``: watch real networks learn, in the browser."""

import sys
from typing import Annotated

import typer

from seedbed.cli.console import say
from seedbed.data.catalogue import entry_named
from seedbed.errors import SeedbedError

app = typer.Typer(add_completion=False)

_LOOPBACK = "127.0.0.1"


@app.command()
def lab(
    port: Annotated[int, typer.Option(help="Where to listen; 0 for a free one.", min=0, max=65535)] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")] = True,
    data: Annotated[str, typer.Option(help="The data set to begin with.", metavar="NAME")] = "mnist",
    host: Annotated[str, typer.Option(help="The address to listen on.")] = _LOOPBACK,
    open_to_network: Annotated[
        bool, typer.Option("--open-to-network", help="Let others in the network in, who know the token; see --host.")
    ] = False,
) -> None:
    """Watch real networks learn, live, in the browser.

    Prints the page's address, with the token that opens it, and opens it.
    Ctrl-C ends the lab.
    """
    entry_named(data)
    if host not in (_LOOPBACK, "localhost") and not open_to_network:
        raise SeedbedError(
            f"lab: --host {host} lets everybody in the network in who knows the token. Add --open-to-network if that "
            "is what you want."
        )
    try:
        from seedbed.lab.server import serve
    except ModuleNotFoundError as error:
        raise SeedbedError(
            f"lab: {error.name} is not installed. Get it: {sys.executable} -m pip install fastapi uvicorn websockets"
        ) from None

    def tell(address: str) -> None:
        say(f"The lab is open: {address}")
        if open_to_network:
            say("Everybody in the network who has this address can use it.", style="yellow")
        say("Ctrl-C ends it.", style="dim")

    serve(data, port, host, browse=browser, tell=tell)
