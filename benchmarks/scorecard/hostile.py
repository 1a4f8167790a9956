"""Files made to hurt: models, archives, folders, and names that end up in pages, tables and terminals."""

import resource
import shutil
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
from hostile_models import hostile_models
from hostile_outputs import output_problems
from hostile_places import hostile_places

import seedbed as sb
from scorecard.row import Row, Size
from seedbed.data import import_data
from seedbed.errors import SeedbedError, StoreError

_MOST_S, _MOST_BYTES = 5.0, 512 << 20
_FEW = 20_000
"""Entries of an archive with many in the short size; the long one has 100,000."""


def rows(size: Size) -> Iterator[Row]:
    """A row for each kind of file, and one of names."""
    warnings.simplefilter("ignore")
    for what, trial in (
        ("model files made to hurt", _models(size)),
        ("archives and folders made to hurt", _places(size)),
        ("hostile names in HTML, SVG, Markdown, CSV, JSON, on the terminal", output_problems(size.folder)),
    ):
        if size.wants(what):
            yield _taken(what, trial)


def _taken(what: str, trial: Iterator[str]) -> Row:
    row, begun = Row("hostile", what), time.monotonic()
    row.take(trial, lambda: False)
    row.of, row.wall_s = row.tried, time.monotonic() - begun
    return row


def _models(size: Size) -> Iterator[str]:
    """None of them answers."""
    with tempfile.TemporaryDirectory(dir=size.folder) as folder:
        path = Path(folder, "model.safetensors")
        sb.train("flatten linear(4) tanh linear(10)", "digits", epochs=1).model.save(path)
        for name, content in hostile_models(path.read_bytes()):
            path.write_bytes(content)
            begun, before = time.process_time(), _peak()
            try:
                sb.Model.load(path).logits(np.zeros((1, 1, 8, 8), np.uint8))
                wrong = "it answers"
            except StoreError:
                wrong = ""
            except Exception as error:
                wrong = f"{type(error).__name__}: {error}"
            yield _with_name(name, wrong or _costs(begun, before))


def _places(size: Size) -> Iterator[str]:
    """Told, or imported without what does not belong; nothing outside is written."""
    for name, make in hostile_places(100_000 if size.is_long else _FEW).items():
        with tempfile.TemporaryDirectory(dir=size.folder) as folder:
            place = Path(folder)
            try:
                path = make(place)
            except (OSError, ValueError) as error:
                yield _with_name(name, f"cannot be made: {error}")
                continue
            there = _files(place)
            begun, before = time.process_time(), _peak()
            wrong = ""
            try:
                with suppress(SeedbedError):
                    import_data(path, name="hostile", cache=place / "cache", note=lambda text: None)
            except Exception as error:
                wrong = f"{type(error).__name__}: {error}"
            shutil.rmtree(place / "cache", ignore_errors=True)
            written = _files(place) - there
            if Path("/tmp/seedbed-was-here").exists() or Path("/tmp/seedbed-was-here.png").exists():
                written.add("/tmp/seedbed-was-here")
            yield _with_name(
                name, wrong or (f"written: {sorted(written)[:3]}" if written else "") or _costs(begun, before)
            )


def _files(place: Path) -> set[str]:
    return {str(path) for path in place.rglob("*")}


def _with_name(name: str, wrong: str) -> str:
    return f"{name}: {wrong}" if wrong else ""


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def _costs(begun_s: float, before_bytes: int) -> str:
    """What it cost, if that is too much."""
    cpu_s, more_bytes = time.process_time() - begun_s, _peak() - before_bytes
    if cpu_s > _MOST_S:
        return f"{cpu_s:.1f} s"
    return f"{more_bytes >> 20} MB" if more_bytes > _MOST_BYTES else ""
