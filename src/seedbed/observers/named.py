"""Observers as the command line names them."""

from collections.abc import Callable

from seedbed.errors import StoreError
from seedbed.observers.mlflow import MLflow
from seedbed.observers.observer import Observer
from seedbed.observers.tables import CSV, Parquet
from seedbed.observers.tensorboard import TensorBoard

OBSERVERS: dict[str, Callable[[str], Observer]] = {
    "tensorboard": TensorBoard,
    "mlflow": MLflow,
    "csv": CSV,
    "parquet": Parquet,
}
"""What is made of the part behind the ``=``: a folder, a server, a file."""


def observer_named(text: str) -> Observer:
    """The observer of ``tensorboard=logs``, ``mlflow=http://localhost:5000``, ``csv=epochs.csv``.

    Raises
    ------
    StoreError
        There is none of that name, or where to is missing.
    EngineError
        The package that it needs is not installed.
    """
    name, _, place = text.partition("=")
    if name not in OBSERVERS or not place:
        known = ", ".join(OBSERVERS)
        raise StoreError(f"--observe: expected {known}, then = and where to, as in tensorboard=logs; got '{text}'.")
    return OBSERVERS[name](place)
