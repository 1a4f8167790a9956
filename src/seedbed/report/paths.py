"""Where the files of a report lie: one name, and a suffix for each format."""

from pathlib import Path

from seedbed.errors import StoreError
from seedbed.files import given_path

FORMATS = ("html", "md", "pdf")
_SUFFIXES = {f".{name}" for name in (*FORMATS, "json", "csv")}


def report_place(path: str | Path) -> Path:
    """A path without the suffix of a format; ``my.v1.2`` keeps its dots.

    Raises
    ------
    StoreError
        It is the name of a folder: ``.``, ``..`` or ``/``.
    """
    place = given_path("report", path, StoreError)
    if place.name in ("", ".."):
        raise StoreError(
            f"report '{path}': expected the name of a file, got a folder. Give one such as '{place / 'report.html'}'."
        )
    return place.with_suffix("") if place.suffix.lower() in _SUFFIXES else place


def report_file(place: Path, suffix: str) -> Path:
    """A file of the report at a place without suffix: ``my.v1.2`` and ``md`` give ``my.v1.2.md``."""
    return place.with_name(f"{place.name}.{suffix}")
