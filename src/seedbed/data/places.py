"""Where data files may lie on this machine: the folder of ``SEEDBED_DATA``, then the cache."""

import os
from pathlib import Path

from seedbed.errors import DataError


def data_folder() -> Path | None:
    """The user's own folder of data files, from the environment variable ``SEEDBED_DATA``."""
    value = os.environ.get("SEEDBED_DATA")
    return Path(value).expanduser().absolute() if value else None


def cache_folder(cache: Path | None = None) -> Path:
    """The folder that fetched files go to.

    Parameters
    ----------
    cache : Path, optional
        The caller's choice; else ``SEEDBED_CACHE``, else ``seedbed`` in ``XDG_CACHE_HOME``, else ``~/.cache/seedbed``.

    Raises
    ------
    DataError
        If none of these is given and there is no home folder.
    """
    if cache is not None:
        return Path(cache).expanduser().absolute()
    value = os.environ.get("SEEDBED_CACHE")
    if value:
        return Path(value).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification says that a relative path is to be ignored.
    if Path(base).is_absolute():
        return Path(base) / "seedbed"
    try:
        return Path.home() / ".cache" / "seedbed"
    except RuntimeError:
        raise DataError(
            "there is no home folder to keep data in. Set SEEDBED_CACHE to a folder that can be written."
        ) from None


def folders(set_name: str, cache: Path) -> list[Path]:
    """Folders in which the files of a data set may lie, in the order in which they are searched.

    Parameters
    ----------
    set_name : str
    cache : Path
        From `cache_folder`.
    """
    own = data_folder()
    # The sub-folder comes first: files of MNIST and Fashion-MNIST have the same names.
    return list(dict.fromkeys([*([own / set_name, own] if own else []), cache / set_name]))
