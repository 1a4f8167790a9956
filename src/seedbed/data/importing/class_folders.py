"""Pictures in class folders, in a folder or an archive: ``[train|test|validation/]CLASS/…/picture.jpg``."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.data.dataset import Dataset
from seedbed.data.formats.diagnosis import printable
from seedbed.data.importing.picture_files import picture_files
from seedbed.data.importing.pictures import SUFFIXES, decode_picture
from seedbed.data.importing.skipped import Skipped
from seedbed.data.labels import natural_order
from seedbed.data.sources.base import Progress
from seedbed.errors import DataError

_PARTS = {
    name: part
    for part, names in (("train", "train training"), ("test", "test testing"), ("validation", "validation valid val"))
    for name in names.split()
}


@dataclass(frozen=True)
class _Place:
    part: str
    class_name: str


def read_class_folders(
    path: Path,
    name: str,
    *,
    size: int | None,
    gray: bool,
    test: float,
    seed: int,
    progress: Progress,
    skipped: Skipped,
) -> Dataset:
    """Read all pictures of a folder or archive, in the order of their names.

    Folders ``train`` and ``test`` (``validation``) decide the split, else it is drawn. Without a test folder the
    validation folder is the test set. Without `size` all pictures must have the same.

    Parameters
    ----------
    path, name, size, gray, test, seed, progress
        See `seedbed.data.import_data`.
    skipped : Skipped
        Is told of every picture that cannot be read.

    Raises
    ------
    DataError
        If the archive is damaged, the pictures differ in size, or there are no two classes.
    """
    pixels: dict[str, NDArray[np.uint8]] = {}
    first = ""
    for picture, content in picture_files(path, progress, skipped):
        try:
            decoded = decode_picture(content, size, gray)
        except DataError as error:
            skipped.add(f"{picture}: {error}")
            continue
        first = first or picture
        if decoded.shape[:2] != pixels.get(first, decoded).shape[:2]:
            one, other = ("×".join(map(str, shape[1::-1])) for shape in (pixels[first].shape, decoded.shape))
            raise DataError(
                f"{path}: the pictures differ in size: {first} has {one} pixels, {picture} {other}. "
                "Say --size 32 (size=32) to bring them all to 32×32."
            )
        pixels[picture] = decoded
    if not pixels:
        raise DataError(
            f"{path}: expected pictures ({', '.join(SUFFIXES)}) in class folders, found "
            f"{'none that can be read' if skipped.count else 'none'}."
        )
    places = _places(sorted(pixels))
    for picture in sorted(pixels.keys() - places.keys()):
        skipped.add(f"{picture}: not in a class folder")
    classes = natural_order(place.class_name for place in places.values())
    if len(classes) < 2:
        found = f"found 1: {printable(classes[0])}" if classes else "but the pictures lie in no folder"
        raise DataError(f"{path}: expected pictures in at least 2 class folders, {found}.")
    arrays = _arrays(pixels, places, classes)
    looks = f"{len(places):,} pictures" + (f", scaled to {size}×{size}" if size else "") + (", gray" if gray else "")
    source = f"{path.name}, imported ({looks})"
    return Dataset.from_arrays(
        **arrays, classes=classes, name=name, source=source, test=test, seed=seed, channels="first"
    )


def _arrays(
    pixels: dict[str, NDArray[np.uint8]], places: dict[str, _Place], classes: tuple[str, ...]
) -> dict[str, Any]:
    channels = max(3 if one.ndim == 3 else 1 for one in pixels.values())
    numbers = {name: number for number, name in enumerate(classes)}
    arrays: dict[str, Any] = {}
    for part in ("train", "test", "validation"):
        chosen = [picture for picture, place in places.items() if place.part == part]
        if not chosen:
            continue
        height, width = pixels[chosen[0]].shape[:2]
        images = np.empty((len(chosen), channels, height, width), dtype=np.uint8)
        for image, picture in zip(images, chosen, strict=True):
            one = pixels[picture]
            image[:] = one.transpose(2, 0, 1) if one.ndim == 3 else one
        arrays[f"{part}_images"] = images
        arrays[f"{part}_labels"] = np.array([numbers[places[one].class_name] for one in chosen], dtype=np.int64)
    return arrays


def _places(pictures: list[str]) -> dict[str, _Place]:
    """Part and class of every picture that has them, in the given order."""
    folders = {picture: PurePosixPath(picture).parts for picture in pictures}
    while all(len(parts) > 2 for parts in folders.values()) and len({parts[0] for parts in folders.values()}) == 1:
        folders = {picture: parts[1:] for picture, parts in folders.items()}
    is_split = any(len(parts) > 2 and _PARTS.get(parts[0].lower()) == "train" for parts in folders.values())
    if not is_split:
        return {picture: _Place("train", parts[0]) for picture, parts in folders.items() if len(parts) > 1}
    places = {
        picture: _Place(_PARTS[parts[0].lower()], parts[1])
        for picture, parts in folders.items()
        if len(parts) > 2 and parts[0].lower() in _PARTS
    }
    if not any(place.part == "test" for place in places.values()):
        return {
            picture: _Place("test", place.class_name) if place.part == "validation" else place
            for picture, place in places.items()
        }
    return places
