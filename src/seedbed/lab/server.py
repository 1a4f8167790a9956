"""Starting the lab: a port, an address with a token, a server."""

import socket
import webbrowser
from collections.abc import Callable

import uvicorn

from seedbed.errors import SeedbedError
from seedbed.lab.app import make_app
from seedbed.lab.guard import new_token
from seedbed.lab.wire import MOST_BYTES

LOOPBACK, _EVERYWHERE = "127.0.0.1", "0.0.0.0"


class LabError(SeedbedError):
    """The lab cannot be opened."""


def serve(data: str, port: int, host: str, *, browse: bool, tell: Callable[[str], None]) -> None:
    """Serve the lab until Ctrl-C.

    Parameters
    ----------
    data : str
        The data set to begin with.
    port : int
        0 for a free one.
    host : str
        Of the address to listen on.
    browse : bool
        Whether to open the page in a browser.
    tell : callable
        Gets the address, once the port is taken.

    Raises
    ------
    LabError
        The port cannot be taken.
    """
    listening = _listen(host, port)
    port = listening.getsockname()[1]
    token = new_token()
    names = own_names(host)
    address = f"http://{names[0]}:{port}/?token={token}"
    app = make_app(data, token, [f"{name}:{port}" for name in names], port)
    config = uvicorn.Config(
        app, log_level="warning", ws_max_size=MOST_BYTES, ws="websockets-sansio", timeout_graceful_shutdown=3
    )
    tell(address)
    if browse:
        webbrowser.open(address)
    uvicorn.Server(config).run(sockets=[listening])


def own_names(host: str) -> list[str]:
    """Under which names a browser may ask for what listens on an address; the first is the one to tell people."""
    if host in (LOOPBACK, "localhost"):
        return [host, LOOPBACK, "localhost"]
    if host != _EVERYWHERE:
        return [host]
    name = socket.gethostname()
    try:
        addresses = socket.gethostbyname_ex(name)[2]
    except OSError:
        addresses = []
    return [*(one for one in addresses if not one.startswith("127.")), name, LOOPBACK, "localhost"]


def _listen(host: str, port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        # A browser may be faster than the server: it waits, and is not refused.
        listening.listen()
    except OSError as error:
        listening.close()
        raise LabError(
            f"lab: address {host}:{port} cannot be taken: {error.strerror or error}. Give another --port, or 0 for a "
            "free one."
        ) from None
    return listening
