"""Watching runs elsewhere: TensorBoard, MLflow, tables, or whatever a subclass of `Observer` does.

>>> from seedbed.observers import TensorBoard
>>> sb.train("lenet5+", "mnist", epochs=3, observers=[TensorBoard("logs")])
"""

from seedbed.observers.mlflow import MLflow
from seedbed.observers.named import observer_named
from seedbed.observers.observer import ObservedRun, Observer
from seedbed.observers.tables import CSV, Parquet
from seedbed.observers.telling import ObservedListener, observing
from seedbed.observers.tensorboard import TensorBoard

__all__ = [
    "CSV",
    "MLflow",
    "ObservedListener",
    "ObservedRun",
    "Observer",
    "Parquet",
    "TensorBoard",
    "observer_named",
    "observing",
]
