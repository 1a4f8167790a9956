"""``seedbed data``: list, show, fetch, verify, import and remove data sets."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from seedbed.cli.as_json import AsJson, print_json
from seedbed.cli.console import note, say
from seedbed.cli.data_show import show_command, summary
from seedbed.data import CATALOGUE, Entry, FileCheck, ImportedSet, fetch, import_data, locate, remove, verify
from seedbed.data.local import Note
from seedbed.data.sources.base import Progress as Watch
from seedbed.errors import DataError
from seedbed.terminal import Terminal

_PICTURES, _TABLES, _ARRAYS = "Pictures", "Tables", "Arrays"


def _of(panel: str, help: str, *names: str) -> Any:
    """An option for one kind of data."""
    return typer.Option(*names, help=help, rich_help_panel=panel)


app = typer.Typer(help="List, show, fetch, verify, import and remove data sets.", no_args_is_help=True)


app.command("show")(show_command)


@app.command("list")
def list_command(
    as_json: AsJson = False,
) -> None:
    """Show all data sets and where they lie."""
    if as_json:
        print_json("data list/1", {"data_sets": [_described(name) for name in CATALOGUE]})
        return
    rows = [("name", "images", "shape", "classes", "size", "where")]
    damaged = []
    for name in CATALOGUE:
        try:
            entry = CATALOGUE[name]
        except DataError as error:
            rows.append((name, "?", "?", "?", "?", "damaged, see below"))
            damaged.append(f"DAMAGED {name}: {error}")
            continue
        rows.append(
            (
                entry.name,
                f"{entry.train_count:,} + {entry.test_count:,}",
                "×".join(str(size) for size in entry.image_shape),
                str(len(entry.classes)),
                f"{entry.size_bytes / 1e6:.1f} MB",
                _where(entry),
            )
        )
    # No table of rich: it breaks paths, which then cannot be copied.
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][1:-1]
    longest = max(len(row[0]) for row in rows)
    for row in rows:
        middle = "  ".join(cell.rjust(width) for cell, width in zip(row[1:-1], widths, strict=True))
        say(f"{row[0].ljust(longest)}  {middle}  {row[-1]}", style="bold" if row is rows[0] else None)
    for reason in damaged:
        say(reason)
    if damaged:
        raise typer.Exit(1)


@app.command("fetch")
def fetch_command(
    name: Annotated[str, typer.Argument(help="The data set, such as mnist.")], as_json: AsJson = False
) -> None:
    """Get a data set and verify it; damaged files are replaced."""
    with _watched(TransferSpeedColumn()) as (progress, tell):
        fetched = fetch(name, progress=progress, note=tell)
    if as_json:
        paths = [str(path) for path in fetched.paths]
        print_json("data fetch/1", {"name": name, "source": fetched.source, "paths": paths})
        return
    folders = ", ".join(dict.fromkeys(str(path.parent) for path in fetched.paths))
    place = f"lies in {folders}" if folders else "is built in"
    say(f"{name} {place}; it came from {fetched.source}. Every hash is right.")


@app.command("verify")
def verify_command(
    name: Annotated[str | None, typer.Argument(help="One data set; all that lie here if left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Hash every local file; the exit status is 1 if something is damaged."""
    tell = (lambda text: None) if as_json else say
    files: list[dict[str, Any]] = []
    damaged = 0
    for one in [name] if name else list(CATALOGUE):
        try:
            checks = verify(one)
        except DataError as error:
            if one not in set(CATALOGUE):
                raise
            damaged += 1
            tell(f"DAMAGED {one}: {error}")
            files.append({"name": one, "path": None, "is_right": False, "detail": str(error)})
            continue
        files += [{"name": one, "path": str(c.path), "is_right": c.ok, "detail": c.detail} for c in checks]
        if not checks and CATALOGUE[one].is_built_in:
            continue
        if not checks:
            tell(f"{one}: not here yet; 'seedbed data fetch {one}' gets it.")
        for check in checks:
            tell(f"{'ok     ' if check.ok else 'DAMAGED'} {one}: {check.path}: {check.detail}")
        wrong = [check for check in checks if not check.ok]
        if wrong:
            damaged += len(wrong)
            tell(_mend(one, wrong))
    if as_json:
        print_json("data verify/1", {"files": files, "damaged": damaged})
    if damaged:
        raise typer.Exit(1)


@app.command("remove")
def remove_command(name: Annotated[str, typer.Argument(help="The data set.")]) -> None:
    """Remove a data set from the cache: an imported one for good, another until it is fetched again."""
    for path in remove(name):
        say(f"removed {path}")


@app.command("import")
def import_command(
    path: Annotated[Path, typer.Argument(help="Folder or archive of class folders, table, IDX files, or .npz file.")],
    name: Annotated[str | None, typer.Option(help="The name to keep it under; else made of the file's name.")] = None,
    test: Annotated[
        str, typer.Option(help="Part (0.2) or number (500) of test images, if the data states none.", metavar="NUMBER")
    ] = "0.2",
    seed: Annotated[int, typer.Option(help="Decides which images these are.")] = 0,
    size: Annotated[int | None, _of(_PICTURES, "Scale the middle square of every picture to this side.")] = None,
    gray: Annotated[bool, _of(_PICTURES, "Turn colours into gray.", "--gray")] = False,
    background: Annotated[str, _of(_PICTURES, "The colour under transparent parts, a name or '#rrggbb'.")] = "white",
    white: Annotated[
        int | None, _of(_PICTURES, "Of more than 8 bits: the value that stands for white, such as 4095.")
    ] = None,
    class_folder: Annotated[
        str | None, _of(_PICTURES, "Folders in folders: the first or the last is the class.")
    ] = None,
    encoding: Annotated[
        str | None, _of(_PICTURES, "Code page of names that are no UTF-8, such as cp949; of tables too.")
    ] = None,
    label: Annotated[str | None, _of(_TABLES, "The column of labels, by name or place (1, last).")] = None,
    drop: Annotated[list[str] | None, _of(_TABLES, "A column to leave out; may be repeated.")] = None,
    shape: Annotated[str | None, _of(_TABLES, "Shape of the pixels in a row, such as 28x28 or 3x32x32.")] = None,
    test_file: Annotated[Path | None, _of(_TABLES, "Another table, whose rows are the test images.")] = None,
    turned: Annotated[
        bool, _of(_TABLES, "Exchange rows and columns of the images, as EMNIST needs; of IDX files too.", "--turned")
    ] = False,
    channels: Annotated[str | None, _of(_ARRAYS, "first or last, if the shape does not tell.")] = None,
    floats: Annotated[
        str, _of(_ARRAYS, "Refuse floating point values, or make 0 to 1 pixels, or keep them; of pictures too.")
    ] = "refuse",
    numbers: Annotated[
        str, _of(_ARRAYS, "Whole numbers as labels: positions, which count classes from 0, or names.")
    ] = "positions",
    replace: Annotated[bool, typer.Option("--replace", help="Replace an imported data set of this name.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read pictures or arrays of your own and keep them under a name."""
    with _watched(TimeRemainingColumn()) as (progress, tell):
        imported = import_data(
            path,
            name=name,
            size=size,
            gray=gray,
            test=_part_or_number(test),
            seed=seed,
            channels=channels,
            floats=floats,
            numbers=numbers,
            background=background,
            white=white,
            encoding=encoding,
            class_folder=class_folder,
            label=label,
            drop=drop or (),
            shape=shape,
            turned=turned,
            test_file=test_file,
            replace=replace,
            progress=progress,
            note=tell,
        )
    if as_json:
        more = {
            "remarks": imported.remarks,
            "skipped": len(imported.skipped),
            "path": str(imported.path),
            "fingerprint": imported.dataset.sha256,
            "wall_s": imported.wall_s,
        }
        print_json("data import/1", _described(imported.dataset.name) | more)
        return
    say(summary(imported.dataset))
    for remark in imported.remarks:
        say(f"{remark[0].upper()}{remark[1:]}.")
    if imported.skipped:
        say(f"{len(imported.skipped):,} skipped because they cannot be read or belong nowhere.")
    say(f"Took {imported.wall_s:.1f} s; kept as {imported.path}.")
    say(f"Next: seedbed train NETWORK --data {imported.dataset.name}")


@contextmanager
def _watched(last: ProgressColumn) -> Iterator[tuple[Watch | None, Note]]:
    """What shows progress and notes: bars on a terminal; elsewhere rich would print an empty line for them."""
    messages = Terminal(on_stderr=True)
    if not messages.is_interactive:
        yield None, note
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), last)
    with Progress(*columns, console=messages, transient=True) as bars:
        yield _Bars(bars), lambda text: messages.print_line(text)


def _part_or_number(text: str) -> float:
    """``1`` is one image; ``1.0`` would be all, which is refused."""
    for read in (int, float):
        with suppress(ValueError):
            return read(text)
    raise typer.BadParameter(f"expected a part such as 0.2 or a number such as 500, got '{text}'.", param_hint="--test")


class _Bars:
    """One progress bar per description."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, what: str, done_bytes: int, total_bytes: int | None) -> None:
        if what not in self._tasks:
            for task in self._tasks.values():
                self._bars.update(task, visible=False)
            self._tasks[what] = self._bars.add_task(what, total=total_bytes)
        self._bars.update(self._tasks[what], completed=done_bytes, total=total_bytes)


def _described(name: str) -> dict[str, Any]:
    """One data set as JSON has it."""
    try:
        entry = CATALOGUE[name]
    except DataError as error:
        return {"name": name, "kind": "imported", "damaged": str(error)}
    kind = "imported" if isinstance(entry, ImportedSet) else "built in" if entry.is_built_in else "published"
    return {
        "name": entry.name,
        "kind": kind,
        "train_count": entry.train_count,
        "validation_count": entry.validation_count,
        "test_count": entry.test_count,
        "image_shape": list(entry.image_shape),
        "classes": list(entry.classes),
        "size_bytes": entry.size_bytes,
        "folders": [] if entry.is_built_in else [str(folder) for folder in locate(entry.name)],
    }


def _where(entry: Entry) -> str:
    if entry.is_built_in:
        return "built in"
    return ", ".join(str(folder) for folder in locate(entry.name)) or "not here yet"


def _mend(name: str, wrong: list[FileCheck]) -> str:
    if isinstance(CATALOGUE[name], ImportedSet):
        return f"To mend {name}: import it again with --replace, or delete {wrong[0].path.parent}."
    if CATALOGUE[name].is_built_in:
        return f"To mend {name}: install scikit-learn again."
    paths = ", ".join(str(check.path) for check in wrong)
    return (
        f"To mend {name}: 'seedbed data fetch {name}' replaces damaged files of the cache; a damaged file in the "
        f"folder of SEEDBED_DATA is passed over, so delete or replace it: {paths}"
    )
