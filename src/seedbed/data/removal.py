"""Taking data sets out of the cache, and what killed processes left there."""

import contextlib
from pathlib import Path

from seedbed.data.catalogue import CATALOGUE, entry_named
from seedbed.data.places import cache_folder
from seedbed.data.sets.file_set import FileSet
from seedbed.data.sets.imported_set import imported_paths
from seedbed.errors import DataError
from seedbed.files import PART_FILES

SHEETS = "sheet.*"
"""Contact sheets that lie beside the data."""


def remove(name: str, *, cache: Path | None = None) -> tuple[Path, ...]:
    """Remove a data set from the cache: an imported one for good, a published one until it is fetched again.

    Files in the folder of ``SEEDBED_DATA`` are never touched.

    Parameters
    ----------
    name : str
    cache : Path, optional
        See `load_data`.

    Returns
    -------
    tuple of Path
        The files that were removed.

    Raises
    ------
    DataError
        If there is no such data set in the cache, or a file cannot be removed.
    """
    root = cache_folder(cache)
    imported = [] if not isinstance(name, str) or CATALOGUE.reserves(name) else imported_paths(name, root)
    if imported:
        files = [path for path in imported if path.parent.parent == root]
    else:
        entry = entry_named(name, cache)
        files = []
        if isinstance(entry, FileSet):
            names = [*(file.name for file in entry.files), "verified.json"]
            files = [path for one in names if (path := root / entry.name / one).is_file()]
    if not files:
        where = (
            f"it lies in {imported[0].parent}; delete that folder yourself" if imported else "nothing of it is there"
        )
        raise DataError(f"data set '{name}' cannot be removed from the cache {root}: {where}.")
    folder = files[0].parent
    files += [path for pattern in (SHEETS, PART_FILES) for path in sorted(folder.glob(pattern))]
    for path in files:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise DataError(f"{path}: cannot be removed ({error.strerror or error}).") from None
    with contextlib.suppress(OSError):  # somebody's own file may lie there
        folder.rmdir()
    return tuple(files)
