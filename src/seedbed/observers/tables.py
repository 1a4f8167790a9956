"""Histories as tables: a line for each epoch of each run."""

import csv
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from seedbed.errors import StoreError
from seedbed.files import given_path, write_file
from seedbed.observers.needing import imported
from seedbed.observers.observer import ObservedRun, Observer
from seedbed.training.history import EpochRecord
from seedbed.training.outcome import Outcome

_ABOUT = ("run", "name", "network", "data", "seed", "engine")
COLUMNS = (*_ABOUT, *(one.name for one in fields(EpochRecord)))


def _row(run: ObservedRun, record: EpochRecord) -> dict[str, Any]:
    about = (run.id, run.name, run.recipe["network"], run.recipe["data"], run.seed, run.engine)
    return dict(zip(_ABOUT, about, strict=True)) | asdict(record)


class CSV(Observer):
    """A line of a file after every epoch of every run; a file that is there is added to.

    Columns: run, name, network, data, seed, engine, and those of `EpochRecord`. Errors are in percent; NaN is empty.

    Parameters
    ----------
    path : str or Path
    """

    def __init__(self, path: str | Path) -> None:
        self._path = given_path("observers", path, StoreError)

    def epoch_ended(self, run: ObservedRun, record: EpochRecord) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            if file.tell() == 0:
                writer.writeheader()
            values = _row(run, record)
            writer.writerow({key: "" if value != value else value for key, value in values.items()})


class Parquet(Observer):
    """The same table as one Parquet file, with types; it is written anew whenever a run ends, with the runs so far.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    EngineError
        pandas, or what it writes Parquet with, is not installed.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = given_path("observers", path, StoreError)
        self._pandas = imported("pandas", "parquet")
        imported("pyarrow", "parquet")
        self._rows: list[dict[str, Any]] = []

    def epoch_ended(self, run: ObservedRun, record: EpochRecord) -> None:
        self._rows.append(_row(run, record))

    def ended(self, run: ObservedRun, outcome: Outcome, test_error: float | None) -> None:
        self.close()

    def close(self) -> None:
        if self._rows:
            frame = self._pandas.DataFrame(self._rows, columns=list(COLUMNS))
            write_file(self._path, frame.to_parquet(engine="pyarrow", index=False))
