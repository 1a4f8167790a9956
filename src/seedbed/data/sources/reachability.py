"""Ask all hosts at once whether they answer, so that a machine without the open internet gives up in seconds."""

import socket
import threading
import time
from collections.abc import Iterable

from seedbed.data.sources.base import Address

TIMEOUT_S = 4.0


class Probe:
    """Connections to several hosts, tried side by side from the moment the probe is made.

    Parameters
    ----------
    addresses : iterable of (host, port)
    timeout_s : float
        Seconds, for all of them together, after which a host that did not answer counts as unreachable.
    """

    def __init__(self, addresses: Iterable[Address], timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._deadline = time.monotonic() + timeout_s
        self._answers: dict[Address, str | None] = {}
        self._threads = {address: self._start(address) for address in set(addresses)}

    def failure(self, address: Address) -> str | None:
        """Why `address` cannot be reached, or None if it can; waits for its answer, not for the others'."""
        self._threads[address].join(max(0.0, self._deadline - time.monotonic()))
        return self._answers.get(address, f"{address[0]} did not answer within {self._timeout_s:g} s")

    def _start(self, address: Address) -> threading.Thread:
        # Daemons: looking up a name cannot be interrupted and must not keep the program from ending.
        thread = threading.Thread(target=self._ask, args=(address,), daemon=True)
        thread.start()
        return thread

    def _ask(self, address: Address) -> None:
        host, port = address
        try:
            socket.create_connection(address, timeout=self._timeout_s).close()
        except TimeoutError:
            return
        except socket.gaierror:
            self._answers[address] = f"the host name {host} cannot be resolved"
        except OSError as error:
            self._answers[address] = f"{host}:{port} cannot be reached ({error.strerror or error})"
        else:
            self._answers[address] = None
