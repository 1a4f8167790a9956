"""Data of a user's own: read from folders, archives and tables, and kept under a name."""

import re
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from seedbed.checks import whole_number
from seedbed.data.catalogue import CATALOGUE, log, silent
from seedbed.data.dataset import Dataset
from seedbed.data.importing.bounds import regular_size
from seedbed.data.importing.class_checks import check_alike, check_classes
from seedbed.data.importing.class_folders import read_class_folders
from seedbed.data.importing.fer2013 import is_fer2013, read_fer2013
from seedbed.data.importing.file_names import check_encoding
from seedbed.data.importing.file_sets import find_file_set, read_file_set
from seedbed.data.importing.findings import Findings
from seedbed.data.importing.kinds import FILES, PICTURES, TABLE, kind_of, refuse_options
from seedbed.data.importing.npz import read_npz
from seedbed.data.importing.number_table import TableOptions, read_number_table
from seedbed.data.importing.pictures import PictureOptions
from seedbed.data.importing.table_text import Rows
from seedbed.data.local import Note
from seedbed.data.places import cache_folder
from seedbed.data.sets.imported_set import imported_paths, save_imported
from seedbed.data.sources.base import Progress
from seedbed.errors import DataError

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SUFFIXES = re.compile(r"\.(tar(\.\w+)?|tgz|txz|tbz2?|zip|npz|(csv|tsv|txt|data)(\.\w+)?)$", re.IGNORECASE)
_LARGEST_SIDE = 1024


@dataclass(frozen=True)
class Imported:
    """What an import gave.

    Attributes
    ----------
    dataset : Dataset
    path : Path
        The file that keeps it.
    skipped : tuple of str
        What could not be read, each with its name and the reason.
    remarks : tuple of str
        How the data was understood, what was done to it, and what was passed over.
    wall_s : float
    """

    dataset: Dataset
    path: Path
    skipped: tuple[str, ...]
    remarks: tuple[str, ...]
    wall_s: float


def import_data(
    path: str | Path,
    *,
    name: str | None = None,
    size: int | None = None,
    gray: bool = False,
    test: float = 0.2,
    seed: int = 0,
    channels: str | None = None,
    floats: str = "refuse",
    numbers: str = "positions",
    background: str = "white",
    white: int | None = None,
    encoding: str | None = None,
    class_folder: str | None = None,
    label: str | None = None,
    drop: Sequence[str] = (),
    shape: str | None = None,
    turned: bool = False,
    test_file: str | Path | None = None,
    replace: bool = False,
    cache: Path | None = None,
    progress: Progress | None = None,
    note: Note | None = None,
) -> Imported:
    """Read data of your own and keep it under a name that `load_data`, recipes and the program know from then on.

    Parameters
    ----------
    path : str or Path
        A folder or archive (zip, or tar: plain, gz, bz2, xz) of class folders with pictures, perhaps below ``train``
        and ``test``; a table of labels and numbers (``.csv``, ``.tsv``, ``.txt``, ``.data``); an ``.npz`` file; or the
        folder or training images of a set in files of one array each (IDX, ``.npy``, ``.npz``).
    name : str, optional
        Lower case letters, digits, ``.``, ``_`` and ``-``; if left out, made of the file's name.
    size : int, optional
        Pictures: the side to which the largest square in the middle is scaled.
    gray : bool
        Pictures: whether colours become gray.
    test : float
        The part (below 1) or number of the images that become test images if the data states none.
        The float 1.0 is refused, as it reads as both; the number is the int 1.
    seed : int
        Decides which.
    channels, numbers : str
        Arrays: see `Dataset.from_arrays`.
    floats : {"refuse", "pixels", "keep"}
        Arrays, and pictures of floating point values: see `Dataset.from_arrays`.
    background : str
        Pictures: the colour that transparent parts are composited over, by name or as ``#rrggbb``.
    white : int, optional
        Pictures of more than 8 bits: the value that stands for white, such as 4095.
    encoding : str, optional
        The code page of names in an archive that are no UTF-8; if left out, it is told by the names.
    class_folder : {"first", "last"}, optional
        Pictures: whether the outermost or the innermost folder is the class, where both could be.
    label : str, optional
        Tables: the column of labels by its name or place (1 is the first, -1 the last), if it does not tell itself.
    drop : sequence of str
        Tables: columns to leave out.
    shape : str, optional
        Tables: the shape of the pixels in a row, such as ``28x28``, ``3x32x32`` or ``32x32x3``, if they do not tell.
    turned : bool
        Tables and IDX files: whether rows and columns of the images are exchanged, as in EMNIST's files.
    test_file : str or Path, optional
        Tables: another table, whose rows are the test images.
    replace : bool
        Whether an imported data set of the same name is replaced.
    cache, progress, note
        See `load_data`.

    Raises
    ------
    DataError
        If the path holds none of these, is damaged as a whole or has one class only, the name is taken, or the cache
        cannot be written.
    """
    start_s = time.perf_counter()
    path, drop = _as_path(path), (drop,) if isinstance(drop, str) else tuple(drop)
    folder = cache_folder(cache)
    name = _checked_name(name if name is not None else _name_of(path), folder, replace)
    if size is not None:
        size = whole_number("size", size, 1, _LARGEST_SIDE, error=DataError, hint="It counts pixels.")
    if isinstance(test, float) and test == 1:
        raise DataError("test: 1.0 would leave no training images. Say 1 for one test image, or a part such as 0.2.")
    note = note or log
    findings = Findings(note)
    progress = progress or silent
    options = PictureOptions(size, gray, background, white, floats)
    check_encoding(encoding)
    columns: tuple[str, ...] = ()
    found = find_file_set(path)
    kind = FILES if found else kind_of(path)
    given: dict[str, object] = {
        "size": size,
        "gray": gray,
        "white": white,
        "class_folder": class_folder,
        "background": background,
    }
    given |= {"encoding": encoding, "label": label, "drop": drop, "shape": shape, "test_file": test_file}
    given |= {"turned": turned, "channels": channels, "numbers": numbers, "floats": floats}
    refuse_options(path, kind, given)
    if kind == PICTURES:
        dataset = read_class_folders(
            path,
            name,
            options=options,
            encoding=encoding,
            class_folder=class_folder,
            test=test,
            seed=seed,
            progress=progress,
            findings=findings,
        )
    elif found:
        dataset = read_file_set(
            found, name, test=test, seed=seed, channels=channels, floats=floats, numbers=numbers, turned=turned
        )
    elif kind == TABLE:
        table = TableOptions(label, drop, shape, turned)
        held = test if test_file is None else Rows(_readable(test_file), progress, encoding)
        dataset, columns = _read_table(path, name, Rows(path, progress, encoding), table, held, seed, findings)
    else:
        dataset = read_npz(path, name, test=test, seed=seed, channels=channels, floats=floats, numbers=numbers)
    if not len(dataset.test_labels):
        raise DataError(f"{path}: a data set that is kept has test images, and this one has none. Say test=0.2.")
    check_classes(dataset, path, note)
    check_alike(dataset, path, note)
    kept = save_imported(dataset, folder, columns)
    return Imported(dataset, kept, tuple(findings.skipped), findings.remarks, time.perf_counter() - start_s)


def _as_path(path: str | Path) -> Path:
    try:
        return Path(path).expanduser()
    except (TypeError, RuntimeError):
        raise DataError(f"path: expected the path of a file or folder, got {path!r}.") from None


def _readable(path: str | Path) -> Path:
    file = _as_path(path)
    regular_size(file)
    return file


def _read_table(
    path: Path, name: str, rows: Rows, options: TableOptions, test: float | Rows, seed: int, findings: Findings
) -> tuple[Dataset, tuple[str, ...]]:
    waiting = iter(rows)
    first = next(waiting, None)
    if first is None:
        raise DataError(f"{path}: expected a table, got an empty file.")
    whole = chain([first], waiting)
    if is_fer2013(first.cells) and options.label is None:
        return read_fer2013(path, name, whole, findings), ()
    return read_number_table(path, name, whole, rows.delimiter, options, test=test, seed=seed, findings=findings)


def _name_of(path: Path) -> str:
    with suppress(OSError, ValueError, RuntimeError):  # a path that cannot be is named where it is read
        path = path.resolve()
    stem = _SUFFIXES.sub("", path.name).lower()
    return re.sub(r"[^a-z0-9._-]+", "-", stem).strip("-._") or "imported"


def _checked_name(name: str, cache: Path, replace: bool) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise DataError(
            f"name: expected 1 to 64 lower case letters, digits, '.', '_' or '-', the first a letter or digit, "
            f"got {name!r}."
        )
    if CATALOGUE.reserves(name):
        raise DataError(f"'{name}' is the name of a data set that Seedbed knows. Say another --name.")
    for path in imported_paths(name, cache):
        if not replace:
            raise DataError(f"data set '{name}' was imported before: {path}. Say --replace, or another --name.")
        if path.parent.parent != cache:
            raise DataError(f"data set '{name}' lies in the folder of SEEDBED_DATA: {path}. Say another --name.")
    return name
