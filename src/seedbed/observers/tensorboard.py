"""Event files that TensorBoard shows."""

from pathlib import Path
from typing import Any

from seedbed.errors import StoreError
from seedbed.files import given_path
from seedbed.observers.needing import imported
from seedbed.observers.observer import ObservedRun, Observer, figures
from seedbed.training.history import EpochRecord
from seedbed.training.outcome import Outcome


class TensorBoard(Observer):
    """One folder of event files for each run, by its id; ``tensorboard --logdir FOLDER`` shows them.

    Curves are called as the columns of a history, ``test_error``, by epoch. Hyper-parameters and the final error stand
    under HPARAMS.

    Parameters
    ----------
    folder : str or Path

    Raises
    ------
    EngineError
        The package tensorboardX is not installed.
    """

    def __init__(self, folder: str | Path) -> None:
        self._folder = given_path("observers", folder, StoreError)
        self._package = imported("tensorboardX", "tensorboard")
        # The package is not typed.
        self._writers: dict[str, Any] = {}

    def started(self, run: ObservedRun, epoch: int) -> None:
        writer = self._package.SummaryWriter(logdir=str(self._folder / run.id))
        writer.add_text("recipe", "\n".join(f"    {key}: {value}" for key, value in run.settings.items()))
        self._writers[run.id] = writer

    def epoch_ended(self, run: ObservedRun, record: EpochRecord) -> None:
        for name, value in figures(record).items():
            self._writers[run.id].add_scalar(name, value, record.epoch)
        self._writers[run.id].flush()

    def ended(self, run: ObservedRun, outcome: Outcome, test_error: float | None) -> None:
        writer = self._writers.pop(run.id)
        settings = {key: value for key, value in run.settings.items() if isinstance(value, str | int | float | bool)}
        if test_error is not None:
            # In a folder of its own: a second writer in the same one may take the same file name.
            writer.add_hparams(settings, {"final/test_error": test_error}, name="hparams")
        writer.add_text("outcome", outcome.text or str(outcome.kind))
        writer.close()

    def close(self) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()
