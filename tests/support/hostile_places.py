"""Archives and folders made to write elsewhere, to read elsewhere, to never end, or to say what was not meant.

Each is made in an empty folder and gives the path that is imported. What may come of it: an error, or a data set
without what does not belong to it.
"""

import io
import lzma
import os
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from hostile_files import hostile_archives
from picture_samples import picture, two_classes, write

MANY = 100_000
NAMES = {
    "a line break": "x\ny",
    "NUL": "x\0y",
    "escape codes": "\x1b]0;x\x07\x1b[2J",
    "direction": "\u202egnp.x",
    "HTML": "<script>alert(1)</script>",
    "a formula": "=cmd|' /C calc'!A0",
    "a quote": "\"'`$(touch opened)",
    "a hidden name": ".x",
    "surrogates": "\udcff\udcfe",
    "a long name": "x" * 240,
}
Make = Callable[[Path], Path]


def hostile_places(many: int = MANY) -> dict[str, Make]:
    """How each is made, by what it is.

    Parameters
    ----------
    many : int
        Entries of those that have very many.
    """
    made: dict[str, Make] = {}
    for name, content, _ in hostile_archives():
        made[name] = lambda folder, name=name, content=content: _file(folder / name, content)
    for what, member in _tar_members().items():
        made[f"tar: {what}"] = lambda folder, member=member: _tar(folder / "x.tar", member)
    for what, changed in _zip_members().items():
        made[f"zip: {what}"] = lambda folder, changed=changed: _zip(folder / "x.zip", *changed)
    for what, name in NAMES.items():
        made[f"tar: a class named by {what}"] = lambda folder, name=name: _named_tar(folder / "x.tar", name)
        made[f"zip: a class named by {what}"] = lambda folder, name=name: _named_zip(folder / "x.zip", name)
        if "\0" not in name:
            made[f"folder: a class named by {what}"] = lambda folder, name=name: write(folder / "x", _pictures(name))
    made |= {
        f"tar: {many:,} entries": lambda folder: _many(folder / "x.tar.gz", many, "tar"),
        f"zip: {many:,} entries": lambda folder: _many(folder / "x.zip", many, "zip"),
        f"folder: {many:,} files": lambda folder: _many(folder / "x", many, "folder"),
        "zip: parts that lie over each other": _overlapping,
        "zip: a count that is a lie": _lying_zip,
        "tar.xz: zeros without end": lambda folder: _file(
            folder / "x.tar.xz", lzma.compress(bytes(64 << 20), preset=1)
        ),
        "tar: links in a circle": _circle,
        "tar: a chain of a thousand links": _chain,
        "tar: a folder that is a link, and a file in it": _through_a_link,
    }
    made |= {f"folder: {what}": make for what, make in _folders().items()}
    return made


def _pictures(*names: str) -> dict[str, bytes]:
    good = {name: content for name, (_, content) in two_classes().items()}
    return good | {f"train/{name}/{number}.png": picture(number)[1] for name in names for number in range(2)}


def _file(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _tar_members() -> dict[str, tarfile.TarInfo]:
    def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", **more: object) -> tarfile.TarInfo:
        made = tarfile.TarInfo(name)
        made.type, made.linkname = kind, link
        for key, value in more.items():
            setattr(made, key, value)
        return made

    return {
        "an absolute name": member("/tmp/seedbed-was-here/a.png"),
        "a name that leads out": member("train/cat/../../../../seedbed-was-here.png"),
        "a link to a file outside": member("train/cat/9.png", tarfile.SYMTYPE, "/etc/passwd"),
        "a hard link outside": member("train/cat/9.png", tarfile.LNKTYPE, "../../../etc/passwd"),
        "a link to itself": member("train/cat/9.png", tarfile.SYMTYPE, "9.png"),
        "a character device": member("train/cat/9.png", tarfile.CHRTYPE, devmajor=1, devminor=5),
        "a block device": member("train/cat/9.png", tarfile.BLKTYPE, devmajor=8, devminor=0),
        "a FIFO": member("train/cat/9.png", tarfile.FIFOTYPE),
        "an unknown kind": member("train/cat/9.png", b"Z"),
        "a time before all times": member("train/cat/9.png", mtime=-(2**40)),
        "an owner without end": member("train/cat/9.png", uid=2**60, uname="x" * 500),
        "pax headers that say another size": member("train/cat/9.png", pax_headers={"size": "99999999999999"}),
        "pax headers that are no numbers": member("train/cat/9.png", pax_headers={"size": "nan", "mtime": "1e999"}),
        "a set-user-id program": member("train/cat/9.png", mode=0o6777),
    }


def _tar(path: Path, member: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in _pictures().items():
            good = tarfile.TarInfo(name)
            good.size = len(content)
            archive.addfile(good, io.BytesIO(content))
        archive.addfile(member)
    return path


def _named_tar(path: Path, name: str) -> Path:
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        for one, content in _pictures(name).items():
            member = tarfile.TarInfo(one)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def _named_zip(path: Path, name: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for one, content in _pictures(name.encode("utf-8", "replace").decode()).items():
            member = zipfile.ZipInfo("x")
            member.filename = one
            archive.writestr(member, content)
    return path


def _zip_members() -> dict[str, tuple[str, dict[str, object], bytes]]:
    """Name, what is set of the member, content."""
    png = picture(9)[1]
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x", bytes(1 << 20))
    return {
        "an absolute name": ("/tmp/seedbed-was-here/a.png", {}, png),
        "a name that leads out": ("train/cat/../../../../seedbed-was-here.png", {}, png),
        "a name that leads out, of Windows": ("train\\cat\\..\\..\\..\\seedbed-was-here.png", {}, png),
        "a drive": ("C:\\seedbed-was-here.png", {}, png),
        "a share": ("\\\\host\\share\\x.png", {}, png),
        "a link": ("train/cat/9.png", {"external_attr": 0o120777 << 16}, b"/etc/passwd"),
        "a device": ("train/cat/9.png", {"external_attr": 0o020666 << 16}, b""),
        "the same name twice": ("train/cat/0.png", {}, png),
        "an archive in it": ("train/cat/9.zip", {}, inner.getvalue()),
        "extra fields without sense": ("train/cat/9.png", {"extra": b"\x01\x00\xff\xff" * 9}, png),
        "a date that is none": ("train/cat/9.png", {"date_time": (1980, 0, 0, 0, 0, 0)}, png),
        "a program with the name of a picture": ("train/cat/9.png", {}, b"#!/bin/sh\ntouch opened\n"),
        "PostScript with the name of a picture": (
            "train/cat/9.jpg",
            {},
            b"%!PS-Adobe-3.0 EPSF-3.0\n(opened) (w) file\n",
        ),
    }


def _zip(path: Path, name: str, about: dict[str, object], content: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, good in _pictures().items():
            archive.writestr(one, good)
        member = zipfile.ZipInfo(name)
        for key, value in about.items():
            setattr(member, key, value)
        archive.writestr(member, content)
    return path


def _many(path: Path, count: int, kind: str) -> Path:
    """Two classes, and very many empty files beside them."""
    names = (f"train/cat/e{number}.txt" for number in range(count))
    if kind == "folder":
        write(path, _pictures())
        for name in names:
            os.close(os.open(path / name, os.O_CREAT | os.O_WRONLY, 0o644))
    elif kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in _pictures().items():
                archive.writestr(name, content)
            for name in names:
                archive.writestr(name, b"")
    else:
        with tarfile.open(path, "w:gz", compresslevel=1) as archive:
            for name, content in _pictures().items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
            for name in names:
                archive.addfile(tarfile.TarInfo(name))
    return path


def _overlapping(folder: Path) -> Path:
    """One packed part that a thousand entries of the directory name (Fifield, 2019)."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train/cat/0.png", bytes(4 << 20))
    content = held.getvalue()
    at = content.index(b"PK\x01\x02")
    entry, rest = content[at : content.index(b"PK\x05\x06")], content[content.index(b"PK\x05\x06") :]
    end = struct.unpack("<4s4H2LH", rest[:22])
    directory = b"".join(entry.replace(b"cat/0.png", b"%03d/0.png" % number) for number in range(1000))
    closing = struct.pack("<4s4H2LH", end[0], 0, 0, 1000, 1000, len(directory), at, 0)
    return _file(folder / "x.zip", content[:at] + directory + closing)


def _lying_zip(folder: Path) -> Path:
    path = _zip(folder / "x.zip", "a.png", {}, b"")
    content = path.read_bytes()
    at = content.index(b"PK\x05\x06")
    return _file(path, content[: at + 8] + b"\xff\xff\xff\xff" + content[at + 12 :])


def _links(path: Path, links: dict[str, str], files: dict[str, bytes] | None = None) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, target in links.items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            archive.addfile(member)
        for name, content in (_pictures() | (files or {})).items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def _circle(folder: Path) -> Path:
    return _links(folder / "x.tar", {"train/cat/8.png": "9.png", "train/cat/9.png": "8.png", "train/bird": "bird"})


def _chain(folder: Path) -> Path:
    return _links(folder / "x.tar", {f"train/cat/l{n}.png": f"l{n + 1}.png" for n in range(1000)})


def _through_a_link(folder: Path) -> Path:
    return _links(folder / "x.tar", {"train/bird": "/tmp"}, {"train/bird/seedbed-was-here.png": picture(3)[1]})


def _folders() -> dict[str, Make]:
    def with_special(make: Callable[[Path], None]) -> Make:
        def made(folder: Path) -> Path:
            write(folder / "x", _pictures())
            make(folder / "x/train/cat")
            return folder / "x"

        return made

    return {
        "a link to a file outside": with_special(lambda place: (place / "9.png").symlink_to("/etc/passwd")),
        "a link to a folder outside": with_special(lambda place: (place / "etc").symlink_to("/etc")),
        "a link to itself": with_special(lambda place: (place / "9.png").symlink_to("9.png")),
        "a folder in itself": with_special(lambda place: (place / "again").symlink_to("..")),
        "a FIFO": with_special(lambda place: os.mkfifo(place / "9.png")),
        "a link to a device": with_special(lambda place: (place / "9.png").symlink_to("/dev/zero")),
        "a sparse file of a terabyte": with_special(lambda place: _sparse(place / "9.png")),
        "a name that is no text": with_special(
            lambda place: Path(os.fsdecode(bytes(place) + b"/\xff\xfe.png")).touch()
        ),
    }


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)
