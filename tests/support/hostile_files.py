"""Small files made to take memory or time without end, or to hurt whoever reads them."""

import gzip
import io
import struct
import tarfile
import zipfile
import zlib


def png_of(width, height, bits=8):
    """A picture of one colour, as few bytes as that takes."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    packer = zlib.compressobj(9)
    row = bytes(1 + width * bits // 8)
    content = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", content) + chunk(b"IEND", b"")


def tar_header(name, size, kind=b"0"):
    member = tarfile.TarInfo(name)
    member.size, member.type = size, kind
    return member.tobuf(tarfile.GNU_FORMAT)


def sparse_tar(blocks):
    """An old sparse file whose list of gaps goes on and on."""
    header = bytearray(tar_header("a/1.png", 0, b"S"))
    header[482] = 1
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + (b"00000000001\0" * 42 + b"\1" + bytes(7)) * blocks


def hostile_archives():
    """Name, content, and words of the error."""
    mebi = 1 << 20
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("a/1.png", "b/1.png"):
            archive.writestr(name, png_of(9000, 9000, 16))
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20):
            archive.writestr(f"{'ab'[number % 2]}/{number}.png", png_of(2000, 2000))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_BZIP2) as archive:
        for name in ("a/1.png", "b/1.png"):
            archive.writestr(name, bytes(8 * mebi))
    tars = {
        "a name of 2 GB": (tar_header("././@LongLink", 1 << 31, b"L") + b"a" * mebi, "name or header of 2,147,483,648"),
        "a pax header of 1 GB": (tar_header("x", 1 << 30, b"x") + b"1" * mebi, "a name or header of 1,073,741,824"),
        "a pax header of digits": ((tar_header("x", 1 << 16, b"x") + b"1" * (1 << 16)) * 20, "a damaged pax header"),
        "headers without end": ((tar_header("l", 2, b"L") + b"a".ljust(512, b"\0")) * 5000, "more than 16 headers"),
        "a member of 64 GB": (tar_header("a/1.txt", 1 << 36) + bytes(mebi), "it is cut off"),
        "a negative size": (tar_header("a/1.png", -1), "negative size"),
        "a sparse file": (sparse_tar(40_000), "the block that ends an archive is missing"),
    }  # fmt: skip
    return [
        ("pictures.zip", zipped.getvalue(), "pixels in"),
        ("many.zip", many.getvalue(), "pixels in"),
        ("zeros.zip", packed.getvalue(), "8,388,608 bytes packed into"),
        (
            "zeros.tar.gz",
            gzip.compress(tar_header("a/1.txt", 1 << 30)) + gzip.compress(bytes(16 * mebi)) * 64,
            "If you trust",
        ),
        *((f"{name}.tar.gz", gzip.compress(content, 1), words) for name, (content, words) in tars.items()),
    ]
