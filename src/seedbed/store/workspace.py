"""A folder in which studies keep what they found."""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from seedbed.errors import StoreError
from seedbed.files import replacing
from seedbed.store.ledger import Ledger, RunEntry, RunKey
from seedbed.store.lock import exclusive

_DEFAULT = "seedbed-workspace"


class Workspace:
    """The folder with the ledger (``ledger.sqlite``), ``runs``, ``staging`` (in progress), ``recordings``, ``reports``.

    Any number of processes may read it; who writes holds ``claim``.

    Parameters
    ----------
    path : str or Path, optional
        Else the environment variable ``SEEDBED_WORKSPACE``, else ``seedbed-workspace`` in the current folder. Made if
        it is missing.

    Raises
    ------
    StoreError
        It is no folder, cannot be made, or its ledger is damaged.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = Path(path or os.environ.get("SEEDBED_WORKSPACE") or _DEFAULT).expanduser()
        self.runs, self.staging, self.recordings, self.reports = (
            self.path / name for name in ("runs", "staging", "recordings", "reports")
        )
        for folder in (self.path, self.runs, self.staging, self.recordings, self.reports):
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
        self.ledger = Ledger(self.path / "ledger.sqlite")

    @contextlib.contextmanager
    def claim(self) -> Iterator[None]:
        """Be the only writer; files that a killed process left behind are put in order first.

        Raises
        ------
        StoreError
            Another process writes to this workspace.
        """
        with exclusive(self.path):
            try:
                self._tidy()
            except OSError as error:
                raise self._unwritable(error) from None
            yield

    def run_file(self, key: RunKey) -> Path:
        """Where the file of a run that is done lies."""
        return self.runs / key.file_name

    def staging_file(self, key: RunKey) -> Path:
        """Where a run in progress keeps its checkpoints and then its end."""
        return self.staging / key.file_name

    def recording_folder(self, key: RunKey) -> Path:
        """Where a run is recorded, if it is."""
        return self.recordings / Path(key.file_name).stem

    def damage(self, entry: RunEntry) -> str:
        """What is wrong with the file of a run, empty if it has the SHA-256 that the ledger states."""
        path = self.run_file(entry.key)
        try:
            digest = _sha256(path)
        except FileNotFoundError:
            return f"run file '{path}' is missing"
        except OSError as error:
            return f"run file '{path}' cannot be read ({error.strerror or error})"
        if digest != entry.sha256:
            return f"run file '{path}' is damaged: expected SHA-256 {entry.sha256[:12]}…, got {digest[:12]}…"
        return ""

    def set_aside(self, key: RunKey) -> None:
        """Treat a run as not done: its file is kept with ``.damaged`` after its name, its entry is taken out."""
        path = self.run_file(key)
        self.ledger.remove(key)
        try:
            if path.exists():
                path.replace(path.with_name(f"{path.name}.damaged"))
        except OSError as error:
            raise self._unwritable(error) from None

    def enter(self, entry: RunEntry) -> bool:
        """Bring a run from staging to its place, then into the ledger.

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

    def _tidy(self) -> None:
        for folder in (self.runs, self.staging, self.reports, *self.recordings.iterdir()):
            for partial in folder.glob(".*.part"):
                partial.unlink(missing_ok=True)
        known = {key.file_name for key in self.ledger.all_keys()}
        # A run that the ledger does not know, because it was lost or replaced, is taken up like a checkpoint.
        for path in self.runs.glob("*.safetensors"):
            if path.name not in known:
                path.replace(self.staging / path.name)

    def _unwritable(self, error: OSError) -> StoreError:
        return StoreError(
            f"workspace '{self.path}' cannot be written: {error.strerror or error}"
            + (f" ('{error.filename}')" if error.filename else "")
            + ". Check its permissions and the space on the disk, or give another with --workspace."
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
