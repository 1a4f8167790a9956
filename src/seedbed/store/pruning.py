"""What lies in a workspace that no run needs."""

import shutil
import time
from collections.abc import Container, Iterable
from dataclasses import dataclass
from pathlib import Path

from seedbed.errors import StoreError
from seedbed.store.workspace import Workspace

_LEFT_S = 3600.0
"""A half-written file that is older was left by a killed process."""


@dataclass(frozen=True)
class Leftover:
    """A file or folder, and what it is."""

    path: Path
    what: str
    size_bytes: int


def leftovers(workspace: Workspace, identities: Container[str]) -> list[Leftover]:
    """Damaged files that were set aside, half-written files older than an hour, recordings of runs that are no more.

    Parameters
    ----------
    workspace : Workspace
    identities : container of str
        Of all runs, done or not.
    """
    damaged = sorted([*workspace.runs.glob("*.damaged"), *workspace.staging.glob("*.damaged")])
    found = [Leftover(path, "damaged run file", _size(path)) for path in damaged]
    for folder in (workspace.path, workspace.runs, workspace.staging, workspace.reports):
        for path in sorted(folder.glob(".*.part")):
            size = _size(path)
            if path.is_file() and time.time() - path.stat().st_mtime > _LEFT_S:
                found.append(Leftover(path, "half-written file", size))
    lost = (path for path in sorted(workspace.recordings.glob("*")) if path.is_dir() and path.name not in identities)
    found += [Leftover(path, "recording without a run", _size(path)) for path in lost]
    return found


def take_out(found: Iterable[Leftover]) -> None:
    """Remove them.

    Raises
    ------
    StoreError
        One cannot be removed.
    """
    for one in found:
        try:
            if one.path.is_dir() and not one.path.is_symlink():
                shutil.rmtree(one.path)
            else:
                one.path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(
                f"'{one.path}' cannot be removed: {error.strerror or error}. Check the permissions of its folder."
            ) from None


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else (path,)
    return sum(file.stat().st_size for file in files if file.is_file())
