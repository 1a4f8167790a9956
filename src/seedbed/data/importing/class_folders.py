"""Pictures in class folders, in a folder or an archive: ``[train|test|validation/]CLASS/…/picture.jpg``."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.data.dataset import Dataset
from seedbed.data.formats.diagnosis import printable
from seedbed.data.importing.bounds import Allowance, TooMuchError
from seedbed.data.importing.file_names import has_octets, readable_names
from seedbed.data.importing.findings import Findings
from seedbed.data.importing.layout import Layout, Place, understand
from seedbed.data.importing.links import linked_names
from seedbed.data.importing.picture_files import Contents, picture_files
from seedbed.data.importing.pictures import (
    SUFFIXES,
    Picture,
    PictureOptions,
    WholeImportError,
    check_depth,
    decode_picture,
)
from seedbed.data.labels import natural_order
from seedbed.data.sources.base import Progress
from seedbed.errors import DataError


def read_class_folders(
    path: Path,
    name: str,
    *,
    options: PictureOptions,
    encoding: str | None,
    class_folder: str | None,
    test: float,
    seed: int,
    progress: Progress,
    findings: Findings,
) -> Dataset:
    """Read all pictures of a folder or archive, in the order of their names.

    Folders of training, validation and test pictures decide the split. Without a test folder it is drawn of the
    training pictures. Without a size all pictures must have the same.

    Parameters
    ----------
    path, name, encoding, class_folder, test, seed, progress
        See `seedbed.data.import_data`.
    options : PictureOptions
    findings : Findings
        Is told of all that cannot be read or is passed over, and of how the rest was understood.

    Raises
    ------
    DataError
        If the archive is damaged, the pictures differ in size, a class has none, or there are no two classes.
    """
    contents = Contents(path, findings, Allowance(path, 0 if path.is_dir() else path.stat().st_size))
    pictures = _decoded(contents, options, progress)
    if not pictures:
        found = f"none that can be read ({findings.skipped[0]})" if findings.skipped else "none"
        beside = "".join(f"; {remark}" for remark in findings.remarks)
        if any(name.lower().endswith((".csv", ".npz", ".npy")) for name in contents.beside):
            beside += ". A table or a file of arrays is imported by its own path, unpacked"
        raise DataError(f"{path}: expected pictures ({', '.join(SUFFIXES)}) in class folders, found {found}{beside}.")
    _follow_links(pictures, contents)
    sure = {one: contents.sure.get(one, not has_octets(one)) for one in _all_names(pictures, contents)}
    names, used = readable_names(sure, path, encoding)
    if used:
        findings.remark(f"names were read as {used}")
    pixels: dict[str, NDArray[np.uint8 | np.float32]] = {}
    for found, decoded in pictures.items():
        if names[found] in pixels:
            findings.skip(f"{names[found]}: another file has this name")
        pixels.setdefault(names[found], decoded.pixels)
    layout = understand(sorted(pixels), path, class_folder)
    places = {picture: place for picture in sorted(pixels) if (place := layout.place(picture))}
    for picture in sorted(pixels.keys() - places.keys()):
        findings.skip(f"{picture}: not in a class folder")
    classes = natural_order(place.class_name for place in places.values())
    _refuse_empty_classes(contents, names, layout, classes)
    if len(classes) < 2:
        found = f"found 1: {printable(classes[0])}" if classes else "but the pictures lie in no folder"
        raise DataError(f"{path}: expected pictures in at least 2 class folders, {found}.")
    arrays = _arrays(pixels, places, classes)
    _remark(pictures, layout, options, findings)
    looks = f"{len(places):,} pictures" + (f", scaled to {options.size}×{options.size}" if options.size else "")
    looks += ", gray" if options.gray else ""
    if any(picture.is_transparent for picture in pictures.values()):
        looks += f", transparency over {options.background}"
    source = f"{path.name}, imported ({looks})"
    dataset = Dataset.from_arrays(
        **arrays, classes=classes, name=name, source=source, test=test, seed=seed, channels="first", floats="keep"
    )
    if "test_images" not in arrays:
        findings.remark(
            f"no folder of test pictures: {len(dataset.test_labels):,} training pictures were drawn as test images "
            f"with seed {seed}"
        )
    return dataset


def _decoded(contents: Contents, options: PictureOptions, progress: Progress) -> dict[str, Picture]:
    """All pictures that can be read, by their names as they lie there."""
    path = contents.path
    pictures: dict[str, Picture] = {}
    first = ""
    for name, content in picture_files(contents, progress):
        try:
            decoded = decode_picture(content, options, contents.allowance.count_pixels)
        except TooMuchError:
            raise
        except WholeImportError as error:
            raise DataError(f"{path}: {printable(name)}: {error}.") from None
        except DataError as error:
            contents.refuse(name, str(error))
            continue
        first = first or name
        one, other = pictures.get(first, decoded).pixels, decoded.pixels
        if one.shape[:2] != other.shape[:2]:
            sizes = ["×".join(map(str, some.shape[1::-1])) for some in (one, other)]
            raise DataError(
                f"{path}: the pictures differ in size: {printable(first)} has {sizes[0]} pixels, {printable(name)} "
                f"{sizes[1]}. Say --size 32 (size=32) to bring them all to 32×32.{_also(first, name)}"
            )
        if one.dtype != other.dtype:
            raise DataError(
                f"{path}: {printable(first)} and {printable(name)} differ: one holds pixels of 8 bits, the other "
                "values kept as float32. Import them apart, or say --floats pixels (floats='pixels')."
            )
        pictures[name] = decoded
    check_depth({f"{path}: {printable(name)}": one.deep_top for name, one in pictures.items() if one.deep_top}, options)
    return pictures


def _also(*names: str) -> str:
    """What else stands in the way of a flat folder, so that one attempt tells both."""
    if any("/" in name for name in names):
        return ""
    return " Nor do they lie in class folders: put the pictures of each class into a folder with its name."


def _follow_links(pictures: dict[str, Picture], contents: Contents) -> None:
    """Let every link of an archive stand for what it leads to."""
    for link, found in list(linked_names(contents.links, list(pictures))):
        if not found:
            contents.findings.pass_over("links that lead out of the archive or to no picture", link)
            contents.dead.add(link)
        for name, target in found:
            contents.allowance.count_pixels(pictures[target].pixels.size)
            pictures[name] = pictures[target]
            contents.sure[name] = contents.sure.get(target, True)


def _all_names(pictures: dict[str, Picture], contents: Contents) -> list[str]:
    return [*pictures, *contents.folders, *contents.unread, *contents.others, *contents.beside, *contents.dead]


def _refuse_empty_classes(contents: Contents, names: dict[str, str], layout: Layout, classes: tuple[str, ...]) -> None:
    """Refuse a folder that stands where classes do and holds no picture that can be used."""

    def of(files: set[str], *, is_folder: bool = False) -> dict[str, str]:
        found: dict[str, str] = {}
        for file in sorted(files):
            place = layout.place(names[file], is_folder=is_folder)
            if place and place.class_name not in classes:
                found.setdefault(place.class_name, names[file])
        return found

    excused = of(contents.beside)
    holding = {parent for file in names for parent in _parents(file)}
    empty = {name: "it is empty" for name in of(contents.folders - holding, is_folder=True) if name not in excused}
    empty |= {name: f"{file} leads nowhere" for name, file in of(contents.dead, is_folder=True).items()}
    empty |= {name: f"{file} is no picture that can be read" for name, file in of(contents.others).items()}
    empty |= {name: f"{file} cannot be used" for name, file in of(contents.unread).items()}
    for name, reason in empty.items():
        raise DataError(
            f"{contents.path}: the class folder '{printable(name)}' holds no picture: {printable(reason)}. Put "
            "pictures into it (JPEG, PNG, BMP, GIF, WebP, TIFF, PNM, AVIF, JPEG 2000 or QOI), or move it away."
        )


def _parents(name: str) -> Iterator[str]:
    while "/" in name:
        name = name.rpartition("/")[0]
        yield name


def _arrays(
    pixels: dict[str, NDArray[np.uint8 | np.float32]], places: dict[str, Place], classes: tuple[str, ...]
) -> dict[str, Any]:
    channels = max(3 if one.ndim == 3 else 1 for one in pixels.values())
    numbers = {name: number for number, name in enumerate(classes)}
    arrays: dict[str, Any] = {}
    for part in ("train", "test", "validation"):
        chosen = [picture for picture, place in places.items() if place.part == part]
        if not chosen:
            continue
        height, width = pixels[chosen[0]].shape[:2]
        images = np.empty((len(chosen), channels, height, width), dtype=pixels[chosen[0]].dtype)
        for image, picture in zip(images, chosen, strict=True):
            one = pixels[picture]
            image[:] = one.transpose(2, 0, 1) if one.ndim == 3 else one
        arrays[f"{part}_images"] = images
        arrays[f"{part}_labels"] = np.array([numbers[places[one].class_name] for one in chosen], dtype=np.int64)
    return arrays


def _remark(pictures: dict[str, Picture], layout: Layout, options: PictureOptions, findings: Findings) -> None:
    if layout.words:
        findings.remark(layout.words)
    transparent = sum(picture.is_transparent for picture in pictures.values())
    if transparent:
        findings.remark(
            f"{transparent:,} pictures have transparent parts, composited over {options.background} (--background "
            "COLOUR takes another)"
        )
    deep = sum(bool(picture.deep_top) for picture in pictures.values())
    if deep:
        findings.remark(f"{deep:,} pictures have more than 8 bits: {options.white or 65535:,} became 255")
