"""The picture files of a folder or an archive, one after the other."""

import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from seedbed.data.importing.pictures import SUFFIXES
from seedbed.data.importing.skipped import Skipped
from seedbed.data.sources.base import Progress
from seedbed.errors import DataError

_MOST_BYTES = 1 << 28
_DAMAGES = (tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, EOFError, OSError, ValueError)


def picture_files(path: Path, progress: Progress, skipped: Skipped) -> Iterator[tuple[str, bytes]]:
    """Read whatever is named like a picture: from a folder by name, from an archive in its order.

    Members of an archive are read in memory, never written to the paths that they name. Links, hidden files and what
    macOS adds are passed over.

    Parameters
    ----------
    path : Path
        A folder, a tar archive (plain, gz, bz2, xz) or a zip archive.
    progress : callable
    skipped : Skipped
        Is told of files of more than 256 MB and of members whose names lead out of the archive.

    Yields
    ------
    (str, bytes)
        Name below the folder or in the archive, and content.

    Raises
    ------
    DataError
        If a file cannot be read, or the archive is damaged, cut off or encrypted.
    """
    if path.is_dir():
        yield from _in_folder(path, progress, skipped)
        return
    read = _in_zip if zipfile.is_zipfile(path) and not tarfile.is_tarfile(path) else _in_tar
    try:
        yield from read(path, progress, skipped)
    except NotImplementedError as error:
        raise DataError(f"{path}: {error}. Unpack the archive and import the folder.") from None
    except _DAMAGES as error:
        raise DataError(
            f"{path}: the archive is damaged or ends early ({error}). Nothing was imported; get it again."
        ) from None


def _is_wanted(name: PurePosixPath, size_bytes: int, skipped: Skipped) -> bool:
    if name.suffix.lower() not in SUFFIXES:
        return False
    if ".." in name.parts:
        skipped.add(f"{name}: its name leads out of the archive")
        return False
    if any(part.startswith((".", "__MACOSX")) for part in name.parts):
        return False
    if size_bytes > _MOST_BYTES:
        skipped.add(f"{name}: more than {_MOST_BYTES >> 20} MB")
        return False
    return True


def _in_folder(path: Path, progress: Progress, skipped: Skipped) -> Iterator[tuple[str, bytes]]:
    names = sorted(
        PurePosixPath(Path(folder, file).relative_to(path).as_posix())
        for folder, _, files in os.walk(path)
        for file in files
    )
    sizes = {name: (path / name).stat().st_size for name in names if (path / name).is_file()}
    sizes = {name: size_bytes for name, size_bytes in sizes.items() if _is_wanted(name, size_bytes, skipped)}
    done, total = 0, sum(sizes.values())
    for name, size_bytes in sizes.items():
        try:
            content = (path / name).read_bytes()
        except OSError as error:
            raise DataError(f"{path / name}: cannot be read ({error.strerror or error}).") from None
        yield str(name), content
        done += size_bytes
        progress(f"reading {path.name}", done, total)


def _in_tar(path: Path, progress: Progress, skipped: Skipped) -> Iterator[tuple[str, bytes]]:
    total = path.stat().st_size
    with path.open("rb") as file, tarfile.open(fileobj=file, mode="r:*") as archive:
        for member in archive:
            name = _member_name(member.name)
            if not member.isfile() or not _is_wanted(name, member.size, skipped):
                continue
            stream = archive.extractfile(member)
            yield str(name), stream.read() if stream else b""
            progress(f"reading {path.name}", file.tell(), total)
        _check_end(archive)


def _check_end(archive: tarfile.TarFile) -> None:
    """Make sure that nothing is cut off: tarfile takes the end of the file for the end of the archive."""
    stream = archive.fileobj
    assert stream is not None
    if stream.tell() < archive.offset + tarfile.BLOCKSIZE:
        raise EOFError("the block that ends an archive is missing")
    # Only at their end do compressed files tell whether they are whole.
    while stream.read(1 << 20):
        pass


def _in_zip(path: Path, progress: Progress, skipped: Skipped) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        done, total = 0, sum(member.compress_size for member in members)
        for member in members:
            done += member.compress_size
            # Some programs on Windows write their own separator.
            name = _member_name(member.filename.replace("\\", "/"))
            if member.is_dir() or _is_zipped_link(member) or not _is_wanted(name, member.file_size, skipped):
                continue
            if member.flag_bits & 1:
                raise DataError(f"{path}: {name} is encrypted. Unpack the archive and import the folder.")
            # It gives at most the stated size, and checks it and the CRC.
            yield str(name), archive.read(member)
            progress(f"reading {path.name}", done, total)


def _is_zipped_link(member: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(member.external_attr >> 16)


def _member_name(name: str) -> PurePosixPath:
    """As tar does, without the root."""
    return PurePosixPath(name.lstrip("/"))
