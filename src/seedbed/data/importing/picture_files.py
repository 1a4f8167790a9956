"""The picture files of a folder or an archive, one after the other, and what else lies there."""

import os
import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from seedbed.data.importing.bounds import (
    MOST_DEPTH,
    MOST_FILE_BYTES,
    Allowance,
    check_unpacked,
    damage_named,
    entry_kind,
)
from seedbed.data.importing.findings import Findings
from seedbed.data.importing.pictures import HEAD_BYTES, SUFFIXES, picture_format
from seedbed.data.importing.tar_members import TarMember, is_tar, tar_members, unpacked
from seedbed.data.importing.zip_members import ZipMember, zip_members
from seedbed.data.sources.base import Progress
from seedbed.errors import DataError
from seedbed.formatting import shortened

# What people keep beside pictures; a folder of it alone is no class that went wrong.
_BESIDE = (
    ".txt .md .rst .csv .tsv .json .jsonl .xml .html .htm .yaml .yml .toml .ini .cfg .log .py .ipynb .m .mat .npy .npz "
    ".pkl .h5 .pdf .doc .docx .xls .xlsx .db .names .data .sh .bat .zip .gz .url .lnk "
    "readme license licence makefile version changelog copying thumbs.db desktop.ini"
)
_BESIDE_NAMES = frozenset(_BESIDE.split())


@dataclass
class Contents:
    """What lies in a folder or an archive beside the pictures that can be read.

    Attributes
    ----------
    path : Path
    findings : Findings
    allowance : Allowance
    sure : dict of str to bool
        Every name, and whether it is surely UTF-8: see `file_names.readable_names`.
    links : dict of str to str
        Of an archive: links, and where they lead.
    folders, unread, others, beside, dead : set of str
        Folders that are named; files that should be pictures and cannot be used; files of an unknown kind; files as
        people keep them beside pictures; and links that lead nowhere, to a file or a folder.
    """

    path: Path
    findings: Findings
    allowance: Allowance
    sure: dict[str, bool] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
    beside: set[str] = field(default_factory=set)
    dead: set[str] = field(default_factory=set)

    def refuse(self, name: str, reason: str) -> None:
        """Note a file that should be a picture and cannot be used."""
        self.unread.add(name)
        self.findings.skip(f"{name}: {reason}")

    def leave(self, name: str) -> None:
        """Note a file that is no picture, neither by its name nor by its content."""
        (self.beside if is_beside_pictures(name) else self.others).add(name)
        self.findings.pass_over("files that are no pictures", name)

    def is_hidden(self, name: str) -> bool:
        """Whether a name is hidden, or is what macOS adds; it is passed over then."""
        parts = name.split("/")
        hidden = next((number for number, part in enumerate(parts, 1) if _is_hidden(part)), None)
        if hidden is not None:
            self.findings.pass_over("hidden files and folders", "/".join(parts[:hidden]))
        return hidden is not None

    def note_link(self, name: str, target: str) -> None:
        """Note a link of an archive, unless its name leads out of it."""
        if ".." in name.split("/") or name.count("/") > MOST_DEPTH:
            self.findings.skip(f"{shortened(name, 60)}: its name leads out of the archive, or too deep")
        else:
            self.links[name] = target

    def note_folder(self, name: str) -> None:
        """Note a folder, unless it is hidden."""
        if name and ".." not in name.split("/") and not _is_hidden(name) and name.count("/") <= MOST_DEPTH:
            self.folders.add(name)


def is_beside_pictures(name: str) -> bool:
    """Whether a file is of a kind that people keep beside pictures."""
    return _suffix(name) in _BESIDE_NAMES or posixpath.basename(name).lower() in _BESIDE_NAMES


def picture_files(contents: Contents, progress: Progress) -> Iterator[tuple[str, bytes]]:
    """Read whatever is a picture by name or content: from a folder by name, from an archive in its order.

    Members of an archive are read in memory, never written to the paths that they name. In a folder links are followed;
    those of an archive are gathered.

    Parameters
    ----------
    contents : Contents
        A folder, a tar archive (plain, gz, bz2, xz) or a zip archive; told of everything else that lies there.
    progress : callable

    Yields
    ------
    (str, bytes)
        Name below the folder or in the archive, and content.

    Raises
    ------
    DataError
        If a file cannot be read, or the archive is damaged, cut off, encrypted or takes more than it can need.
    """
    path = contents.path
    if path.is_dir():
        yield from _in_folder(contents, progress)
        return
    with unpacked(path) as (raw, stream), damage_named(path, "the archive"):
        if raw is stream and zipfile.is_zipfile(path) and not _is_plain_tar(path):
            yield from _in_zip(contents, progress)
            return
        total = path.stat().st_size
        for member in tar_members(stream, contents.allowance):
            yield from _tar_picture(member, contents)
            progress(f"reading {path.name}", raw.tell(), total)


def _is_plain_tar(path: Path) -> bool:
    with path.open("rb") as file:
        return is_tar(file.read(512))


def _wanted(name: str, size_bytes: int, head: bytes | None, contents: Contents) -> bool:
    """Whether a file is to be read whole; `head` is only needed where the name is not that of a picture."""
    if ".." in name.split("/"):
        contents.findings.skip(f"{name}: its name leads out of the archive")
        return False
    if name.count("/") > MOST_DEPTH:
        contents.findings.skip(f"{shortened(name, 60)}: more than {MOST_DEPTH} folders deep")
        return False
    if contents.is_hidden(name):
        return False
    if _suffix(name) not in SUFFIXES and (head is None or picture_format(head) is None):
        contents.leave(name)
        return False
    if size_bytes > MOST_FILE_BYTES:
        contents.refuse(name, f"more than {MOST_FILE_BYTES >> 20} MB")
        return False
    return True


def _needs_head(name: str) -> bool:
    """Whether only the content tells if a file is a picture."""
    return _suffix(name) not in SUFFIXES and not is_beside_pictures(name)


def _tar_picture(member: TarMember, contents: Contents) -> Iterator[tuple[str, bytes]]:
    name = _member_name(member.name)
    contents.sure[name] = False
    if member.kind in ("link", "hard link"):
        target = member.target.decode("utf-8", "surrogateescape")
        if member.kind == "hard link":
            # It names its target from the root of the archive.
            target = posixpath.relpath(_member_name(member.target), posixpath.dirname(name) or ".")
        if not contents.is_hidden(name):
            contents.note_link(name, target)
    elif member.kind == "folder":
        contents.note_folder(name)
    elif member.kind != "file":
        contents.findings.pass_over("sparse files and devices", name)
        contents.others.add(name)
    else:
        head = member.read(HEAD_BYTES) if _needs_head(name) else b""
        if _wanted(name, member.size_bytes, head, contents):
            yield name, head + member.read(member.size_bytes)


def _in_zip(contents: Contents, progress: Progress) -> Iterator[tuple[str, bytes]]:
    path = contents.path
    with zipfile.ZipFile(path) as archive:
        members = list(zip_members(archive, contents.allowance))
        done, total = 0, sum(member.packed_bytes for member in members)
        for member in members:
            done += member.packed_bytes
            yield from _zip_picture(member, contents)
            progress(f"reading {path.name}", done, total)


def _zip_picture(member: ZipMember, contents: Contents) -> Iterator[tuple[str, bytes]]:
    name = _member_name(member.name)
    if member.is_utf8 or name.isascii():
        name = _plain(name.replace("\\", "/"))
    contents.sure[name] = member.is_utf8
    if member.kind == "folder":
        contents.note_folder(name)
        return
    if member.kind == "link":
        if not contents.is_hidden(name):
            contents.note_link(name, member.read(1 << 12).decode("utf-8", "surrogateescape"))
        return
    head = member.read(HEAD_BYTES) if _needs_head(name) else None
    if _wanted(name, member.size_bytes, head, contents):
        try:
            check_unpacked(member.size_bytes, member.packed_bytes)
        except DataError as error:
            contents.refuse(name, str(error))
        else:
            yield name, member.read(member.size_bytes)


def _in_folder(contents: Contents, progress: Progress) -> Iterator[tuple[str, bytes]]:
    path = contents.path
    files = []
    for name in sorted(_walk(path, "", contents, ())):
        place = path / name
        try:
            head = None
            if _needs_head(name):
                with place.open("rb") as file:
                    head = file.read(HEAD_BYTES)
            size_bytes = place.stat().st_size
        except OSError as error:
            raise DataError(f"{place}: cannot be read ({error.strerror or error}).") from None
        if _wanted(name, size_bytes, head, contents):
            files.append((name, size_bytes))
    done, total = 0, sum(size_bytes for _, size_bytes in files)
    for name, size_bytes in files:
        try:
            content = (path / name).read_bytes()
        except OSError as error:
            raise DataError(f"{path / name}: cannot be read ({error.strerror or error}).") from None
        contents.allowance.count_file(len(content))
        yield name, content
        done += size_bytes
        progress(f"reading {path.name}", done, total)


def _walk(root: Path, below: str, contents: Contents, above: tuple[tuple[int, int], ...]) -> Iterator[str]:
    """Regular files; links are followed, but not back into a folder that holds them."""
    try:
        found = (root / below).stat()
        entries = sorted(os.scandir(root / below), key=lambda entry: entry.name)
    except OSError as error:
        raise DataError(f"{root / below}: cannot be read ({error.strerror or error}).") from None
    if (found.st_dev, found.st_ino) in above:
        contents.findings.pass_over("links that lead back", below)
        return
    if len(above) > MOST_DEPTH:
        contents.findings.skip(f"{shortened(below, 60)}: more than {MOST_DEPTH} folders deep")
        return
    for entry in entries:
        contents.allowance.count_entry()
        name = posixpath.join(below, entry.name)
        kind = entry_kind(entry)
        if kind == "folder":
            if not contents.is_hidden(name):
                contents.note_folder(name)
                yield from _walk(root, name, contents, (*above, (found.st_dev, found.st_ino)))
        elif kind == "file":
            yield name
        elif not contents.is_hidden(name):
            contents.findings.pass_over("links that lead nowhere, pipes and devices", name)
            contents.dead.add(name)


def _member_name(name: bytes) -> str:
    """As tar does, without the root; bytes that are no UTF-8 are kept as surrogates."""
    return _plain(name.decode("utf-8", "surrogateescape"))


def _plain(name: str) -> str:
    """Without what says nothing: ``./a//b/`` is ``a/b``."""
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def _suffix(name: str) -> str:
    return posixpath.splitext(name)[1].lower()


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in name.split("/"))
