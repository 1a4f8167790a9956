"""What a runner asks of those who do its tasks, wherever they are."""

from dataclasses import dataclass
from typing import Protocol

from seedbed.data import Dataset
from seedbed.runner.failures import WorkerExited, WorkerKilled
from seedbed.runner.messages import Answer, Task


@dataclass(frozen=True)
class Died:
    """A worker ended in the middle of a task, which may be submitted again."""

    run: str
    reason: WorkerKilled | WorkerExited


@dataclass(frozen=True)
class Report:
    """What a worker said, or that it died; ``worker`` is its number, from 0."""

    worker: int
    content: Answer | Died


class Pool(Protocol):
    """Workers that do tasks, each one at a time.

    Files go by names. A task finds the checkpoint of its run if there is one, and after ``Finished`` and ``collect``
    the run's file and recording lie in the workspace.
    """

    @property
    def size(self) -> int:
        """Tasks that can be in progress at once."""

    @property
    def cores(self) -> int:
        """Cores that tasks can use together, where one task may use many."""

    def publish(self, dataset: Dataset) -> str:
        """Make a data set known to all workers; gives the name by which tasks ask for it."""

    def submit(self, task: Task) -> None:
        """Begin a task; no more than ``size`` are in progress.

        Raises
        ------
        StudyError
            No worker can be started.
        """

    def next(self, timeout_s: float) -> Report | None:
        """The next thing that a worker said; None if there was none in time.

        Raises
        ------
        StoreError
            A worker speaks another version.
        """

    def collect(self, run: str) -> None:
        """Bring the files of a finished run into the workspace.

        Raises
        ------
        StoreError
            They cannot be had.
        """

    def close(self) -> None:
        """Let all workers end together; those with a task store it first."""
