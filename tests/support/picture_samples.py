"""Small pictures, and the folders and archives that they come in."""

import io
import tarfile
import zipfile

import numpy as np
from PIL import Image

SIDE = 6
NEWER_KINDS = ["AVIF"] if ".avif" in Image.registered_extensions() else []
"""Formats that not every Pillow reads."""


def picture(seed, shape=(SIDE, SIDE, 3), kind="PNG"):
    values = np.random.Generator(np.random.PCG64(seed)).integers(0, 256, shape, dtype=np.uint8)
    return values, encoded(Image.fromarray(values), kind)


def encoded(image, kind="PNG"):
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def write(root, files):
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def tar(path, files, mode="w:xz"):
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def zipped(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def classes_of(values_of, names=("a", "b"), count=4, kind="PNG", suffix="png"):
    """Files of pictures: ``values_of(class number, number)`` gives the pixels of each."""
    return {
        f"{name}/{number}.{suffix}": encoded(Image.fromarray(values_of(which, number)), kind)
        for which, name in enumerate(names)
        for number in range(count)
    }


class NamedInBytes(zipfile.ZipInfo):
    """A member whose name is stored in the bytes of an old code page, without the flag of UTF-8."""

    octets = b""

    def _encodeFilenameFlags(self):
        return self.octets, self.flag_bits & ~0x800


def zipped_in(path, files, encoding):
    """A zip archive as old Windows of another country writes it."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            member = NamedInBytes(name)
            member.octets = name.encode(encoding)
            archive.writestr(member, content)
    return path


def two_classes():
    """Names to (pixels, file): three training pictures and one test picture of each of two classes."""
    names = [f"{part}/{one}/{number}.png" for part, count in (("train", 3), ("test", 1)) for one in ("cat", "dog")
             for number in range(count)]  # fmt: skip
    return {name: picture(seed) for seed, name in enumerate(names)}
