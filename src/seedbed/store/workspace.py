"""A folder in which studies keep what they found."""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from seedbed.errors import StoreError
from seedbed.files import PART_FILES, given_path, remove_leftovers, replacing
from seedbed.store.damage import Damage
from seedbed.store.ledger import Ledger
from seedbed.store.lock import holding
from seedbed.store.look import LookEntry
from seedbed.store.row import RunEntry, RunKey
from seedbed.training.checkpoint import read_outcome

_DEFAULT = "seedbed-workspace"


class Workspace:
    """The folder with the ledger (``ledger.sqlite``), ``runs``, ``staging`` (in progress), ``recordings``, ``reports``.

    Any number of processes may use it at once; who trains a run ``hold``s that run.

    Parameters
    ----------
    path : str or Path, optional
        Else the environment variable ``SEEDBED_WORKSPACE``, else ``seedbed-workspace`` in the current folder.
    create : bool
        Whether it is made if it is missing. If not, it is only read: a missing one holds nothing, and nothing can be
        held or entered.

    Raises
    ------
    StoreError
        It is no folder, cannot be made, or its ledger is damaged.
    """

    def __init__(self, path: str | Path | None = None, *, create: bool = True) -> None:
        self.path = given_path("workspace", path or os.environ.get("SEEDBED_WORKSPACE") or _DEFAULT, StoreError)
        self.runs, self.staging, self.recordings, self.reports = (
            self.path / name for name in ("runs", "staging", "recordings", "reports")
        )
        if not create:
            self._check_is_folder()
        for folder in (self.path, self.runs, self.staging, self.recordings, self.reports) if create else ():
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except FileExistsError:
                raise StoreError(
                    f"workspace '{self.path}': expected a folder, but '{folder}' is a file. "
                    "Give another with --workspace or SEEDBED_WORKSPACE."
                ) from None
            except OSError as error:
                raise StoreError(
                    f"workspace '{self.path}': folder '{folder}' cannot be made: {error.strerror or error}. "
                    "Give a folder of your own with --workspace or SEEDBED_WORKSPACE."
                ) from None
        self.ledger = Ledger(self.path / "ledger.sqlite", is_read_only=not create)

    def _check_is_folder(self) -> None:
        """Refuse a file, and a name that no system has; a workspace that is missing holds nothing."""
        try:
            reason = "a file" if self.path.exists() and not self.path.is_dir() else ""
        except OSError as error:
            reason = f"'{error.strerror or error}'"
        if reason:
            raise StoreError(
                f"workspace '{self.path}': expected a folder, got {reason}. Give another with --workspace or "
                "SEEDBED_WORKSPACE."
            )

    @contextlib.contextmanager
    def hold(self, key: RunKey, patience_s: float = 0.0) -> Iterator[None]:
        """Be the only process that trains a run; files of it that a killed process left are put in order first.

        Parameters
        ----------
        key : RunKey
        patience_s : float
            How long to wait for another process that holds it.

        Raises
        ------
        LockedError
            Another process, which it names, holds the run.
        StoreError
            The workspace cannot be written.
        """
        with holding(self._lock(key), f"run '{key.identity}'", patience_s):
            try:
                self._tidy(key)
            except OSError as error:
                raise self._unwritable(error) from None
            yield

    def sweep(self, key: RunKey) -> None:
        """Take away what a process that was killed right at the end of a run left of it; what is held stays.

        A run that is done is never held again: nobody else would.
        """
        if self._lock(key).exists() or self.staging_file(key).exists():
            with contextlib.suppress(StoreError), self.hold(key):
                pass

    def run_file(self, key: RunKey) -> Path:
        """Where the file of a run that is done lies."""
        return self.runs / key.file_name

    def staging_file(self, key: RunKey) -> Path:
        """Where a run in progress keeps its checkpoints and then its end."""
        return self.staging / key.file_name

    def recording_folder(self, key: RunKey) -> Path:
        """Where a run is recorded, if it is."""
        return self.recordings / key.identity

    def damage(self, entry: RunEntry) -> Damage | None:
        """What is wrong with the file of a run; None if it has the SHA-256 that the ledger states."""
        path = self.run_file(entry.key)
        try:
            digest = _sha256(path)
        except FileNotFoundError:
            return Damage(str(path), "missing")
        except OSError as error:
            return Damage(str(path), "unreadable", words=error.strerror or str(error))
        if digest != entry.sha256:
            return Damage(str(path), "changed", expected=entry.sha256, got=digest)
        try:
            outcome = read_outcome(path)
        except StoreError as error:
            return Damage(str(path), "unreadable", words=str(error))
        if outcome != entry.outcome:
            got = "unfinished" if outcome is None else str(outcome.kind)
            return Damage(str(path), "disagrees", expected=str(entry.outcome.kind), got=got)
        return None

    def set_aside(self, key: RunKey, damage: Damage) -> None:
        """Treat a run as not done: its entry is taken out, its file is kept with ``.damaged`` after its name.

        Where only the ledger is wrong, the file goes back to staging, to be taken up from there. The caller holds it.
        """
        path = self.run_file(key)
        self.ledger.remove(key)
        try:
            if damage.kind == "disagrees":
                path.replace(self.staging_file(key))
            elif path.exists():
                path.replace(path.with_name(f"{path.name}.damaged"))
        except OSError as error:
            raise self._unwritable(error) from None

    def enter(self, entry: RunEntry) -> bool:
        """Bring a run from staging to its place, then into the ledger; the caller holds it.

        Returns
        -------
        bool
            False, and nothing is done, if the staged file is not the one of the entry.

        Raises
        ------
        StoreError
            The run file or the ledger cannot be written.
        """
        staged = self.staging_file(entry.key)
        try:
            content = staged.read_bytes() if staged.is_file() else b""
            if hashlib.sha256(content).hexdigest() != entry.sha256:
                return False
            with replacing(self.run_file(entry.key)) as file:
                file.write(content)
            self.ledger.add(entry)
            staged.unlink(missing_ok=True)
        except OSError as error:
            raise self._unwritable(error) from None
        return True

    def enter_looks(self, entries: Sequence[LookEntry]) -> None:
        """Keep states in which claims were judged, also in a workspace that is only read: who reads it has looked.

        Raises
        ------
        StoreError
            The ledger cannot be written, or it is of an earlier version, which reading does not change.
        """
        if not entries:
            return
        ledger = self.ledger
        if ledger.is_read_only:
            if not ledger.is_current:
                raise StoreError(f"ledger '{ledger.path}' is missing or of an earlier version; training brings it up.")
            ledger = Ledger(ledger.path)
        ledger.add_looks(entries)

    def forget(self, key: RunKey) -> None:
        """Take out all that is kept of a run; the caller holds it."""
        # The entry goes last: who is killed in between finds the run still there and can take it out again.
        try:
            for path in (self.run_file(key), self.staging_file(key)):
                path.unlink(missing_ok=True)
            shutil.rmtree(self.recording_folder(key), ignore_errors=True)
        except OSError as error:
            raise self._unwritable(error) from None
        self.ledger.remove(key)

    def _lock(self, key: RunKey) -> Path:
        return self.staging / f"{key.file_name}.lock"

    def _tidy(self, key: RunKey) -> None:
        for folder in (self.runs, self.staging):
            for partial in folder.glob(f".{key.file_name}.*.part"):
                partial.unlink(missing_ok=True)
        for partial in self.recording_folder(key).glob(".*.part"):
            partial.unlink(missing_ok=True)
        for pattern in (PART_FILES, f"*/{PART_FILES}"):
            remove_leftovers(self.reports, pattern)
        # A run that the ledger does not know, because the ledger was lost or replaced, is taken up like a checkpoint.
        entry, staged = self.ledger.find(key), self.staging_file(key)
        if entry is None and self.run_file(key).exists():
            self.run_file(key).replace(staged)
        # A process that was killed right after it had entered the run left its copy.
        if entry is not None and staged.exists() and self.damage(entry) is None:
            staged.unlink()

    def _unwritable(self, error: OSError) -> StoreError:
        return StoreError(
            f"workspace '{self.path}' cannot be written: {error.strerror or error}"
            + (f" ('{error.filename}')" if error.filename else "")
            + ". Check its permissions and the space on the disk, or give another with --workspace."
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
