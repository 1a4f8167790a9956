"""Finding or starting a Dask cluster."""

import contextlib
import logging
from collections.abc import Iterator
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import seedbed
from seedbed.errors import StoreError, StudyError
from seedbed.machine import usable_cores
from seedbed.runner.dask_pool import STOP_S, DaskPool

LOCAL = "dask"
"""A cluster of this machine."""

_CONNECT_S, _WORKERS_S = 10.0, 30.0
_GET_DASK = "Install it with: pip install 'seedbed[cluster]'"


@contextlib.contextmanager
def open_dask_pool(on: str, jobs: int | None, mark: Path, runs: Path, recordings: Path) -> Iterator[DaskPool]:
    """A pool on a cluster, which is left as it was in the end; one of this machine is started and ended.

    Parameters
    ----------
    on : str
        ``dask``, or the scheduler's address: ``dask://HOST:PORT``, which is encrypted if it leaves this machine, with
        the certificates of Dask's configuration; ``tls://HOST:PORT``; ``tcp://HOST:PORT``, which never is.
    jobs : int, optional
        Runs at once, at most.
    mark : Path
        A folder whose name nothing else has; it is made.
    runs, recordings : Path

    Raises
    ------
    StudyError
        There is no such cluster, it has no workers, or they have another version of Seedbed.
    StoreError
        The folder cannot be made.
    """
    address = None if on == LOCAL else _address(on)
    try:
        import distributed
    except ModuleNotFoundError:
        raise StudyError(f"on: '{on}' needs Dask, which is not installed. {_GET_DASK}") from None
    from seedbed.runner.dask_worker import Place

    try:
        mark.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"folder '{mark}' cannot be made: {error.strerror or error}.") from None
    # What happens to workers is told in Seedbed's words.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with contextlib.ExitStack() as opened:
        if address is None:
            cluster = distributed.LocalCluster(
                n_workers=jobs or usable_cores(),
                threads_per_worker=1,
                dashboard_address=None,
                memory_limit=0,
                silence_logs=logging.CRITICAL,
            )
            opened.callback(cluster.close, timeout=STOP_S)
            connect = partial(distributed.Client, cluster)
        else:
            connect = partial(distributed.Client, address, security=_security(distributed, address))
        try:
            client = connect(timeout=_CONNECT_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise StudyError(
                f"on: nothing answers as a Dask scheduler at {address or on}: {_first_line(error)}. "
                "Start one with 'dask scheduler', and workers with 'dask worker ADDRESS'."
            ) from None
        opened.callback(client.close, timeout=STOP_S)
        _check_workers(client, address or on)
        pool = DaskPool(client, Place(str(mark), str(runs.absolute()), str(recordings.absolute())), jobs)
        opened.callback(pool.close)
        yield pool


def _address(on: str) -> str:
    """The scheduler's address in Dask's words."""
    try:
        parts = urlsplit(on)
        is_whole = parts.scheme in ("dask", "tcp", "tls") and parts.hostname and parts.port
    except ValueError:
        is_whole = None
    if not is_whole or parts.path.strip("/") or parts.query or parts.username:
        raise StudyError(f"on: expected dask, dask://HOST:PORT, tls://HOST:PORT or tcp://HOST:PORT, got '{on}'.")
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    scheme = parts.scheme if parts.scheme != "dask" else "tcp" if _is_here(parts.hostname or "") else "tls"
    return f"{scheme}://{host}:{parts.port}"


def _is_here(host: str) -> bool:
    """Whether what is sent to a host stays on this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _security(distributed: Any, address: str) -> Any:
    """Certificates of Dask's configuration, which ``tls`` needs."""
    security = distributed.Security()
    if address.startswith("tls:") and not (security.tls_ca_file and security.tls_client_cert):
        raise StudyError(
            f"on: {address} leaves this machine, so it is encrypted, and Dask's configuration names no certificates "
            "(distributed.comm.tls.ca-file, .client.cert, .client.key). Give them there, or write tcp:// in place of "
            "dask:// in a network that you trust."
        )
    return security


def _check_workers(client: Any, address: str) -> None:
    """Refuse a cluster without workers, and workers that could not do the tasks."""
    from seedbed.runner.dask_worker import version

    try:
        client.wait_for_workers(1, timeout=_WORKERS_S)
    except TimeoutError:
        raise StudyError(
            f"on: the scheduler at {address} has no workers. Start some with: dask worker {address}"
        ) from None
    found = client.run(version, on_error="return")
    for worker, told in sorted(found.items()):
        if told != seedbed.__version__:
            has = f"version {told}" if isinstance(told, str) else f"none ({_first_line(told)})"
            raise StudyError(
                f"on: worker {worker} was expected to have Seedbed {seedbed.__version__}, it has {has}. "
                "Install the same version on all machines."
            )


def _first_line(error: object) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
