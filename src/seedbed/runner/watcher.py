"""What somebody who watches many runs is told."""

from seedbed.runner.failures import Death, Reason
from seedbed.runner.job import Job
from seedbed.store import RunEntry
from seedbed.training.events import EpochEnded, Progress


class Watcher:
    """Every method does nothing; a subclass shows what it wants to. All are called from the runner's own thread."""

    def note(self, text: str) -> None:
        """Something worth a line: a damaged file, a source of data that fails."""

    def planned(self, total: int, missing: tuple[Job, ...]) -> None:
        """There are ``total`` runs; these are still to do."""

    def started(self, worker: int, job: Job, epoch: int) -> None:
        """A worker began a run, or goes on with one in ``epoch`` (0 for a new run)."""

    def progressed(self, worker: int, job: Job, progress: Progress) -> None:
        """A run goes on; about five times a second for each worker."""

    def epoch_ended(self, worker: int, job: Job, event: EpochEnded) -> None:
        """A run has trained and evaluated an epoch."""

    def finished(self, worker: int | None, job: Job, entry: RunEntry, test_error: float | None) -> None:
        """A run is done and in the ledger; the error in percent, None if there is none or it is not known.

        ``worker`` is None if another process did it.
        """

    def restarted(self, job: Job, reason: Death) -> None:
        """A worker died; its run goes on from its last checkpoint."""

    def failed(self, job: Job, reason: Reason) -> None:
        """A run is given up; the others go on."""
