"""Readers of files: data sets, archives, pictures, models, runs, checkpoints, recordings, the ledger."""

import gzip
import hashlib
import io
import random
import sqlite3
import struct
import tarfile
import zipfile
import zlib
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import numpy as np
from fuzz_target import Target, spoiled_bytes, spoiled_signed
from mutation import changed_bytes, changed_text, hostile_value
from picture_samples import NEWER_KINDS, encoded
from PIL import Image

from seedbed import api
from seedbed.data import CATALOGUE, import_data, load_data
from seedbed.data.formats.idx import decode_idx, encode_idx
from seedbed.data.importing.pictures import PictureOptions, decode_picture
from seedbed.data.sets.cifar_set import FILE_NAMES, CifarSet
from seedbed.data.sources.archive import Archive
from seedbed.engine import load_engine
from seedbed.runner.driver import Driver
from seedbed.store import Workspace
from seedbed.store.row import KEY, VALUES
from seedbed.training import EpochEnded, Model, Recipe
from seedbed.training.checkpoint import load_run
from seedbed.training.recording import Recording

_IMAGES = (np.arange(12 * 64) * 7 % 251).astype(np.uint8).reshape(12, 8, 8)
_LABELS = np.arange(12) % 3
_RECIPE = Recipe.make(
    "flatten linear(12) batchnorm tanh linear(10)",
    "digits",
    optimizer="adam(0.01)",
    epochs=3,
    average=0.9,
    validation=137,
    patience=2,
)
_KINDS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM", *NEWER_KINDS)


def file_targets(folder: Path) -> list[Target]:
    """All of them; files come and go in a folder, in which the samples lie too."""
    return [*data_targets(folder), *run_targets(folder)]


def data_targets(folder: Path) -> list[Target]:
    """Readers of data."""
    idx = (encode_idx(_IMAGES), encode_idx(_LABELS.astype(np.uint8)), gzip.compress(encode_idx(_IMAGES)))
    pictures = tuple(encoded(Image.fromarray(_IMAGES[number % 12]), kind) for number, kind in enumerate(_KINDS))
    return [
        Target("IDX file", spoiled_bytes(*idx), partial(_read_idx, folder)),
        Target("CIFAR archive", _spoiled_archive(_cifar_members(), "w:gz"), _read_cifar),
        Target("CSV file", _spoiled_table, partial(_imported, folder, "a.csv")),
        Target("NumPy .npz file", _spoiled_npz, partial(_imported, folder, "a.npz")),
        Target("zip archive", _spoiled_zip, partial(_imported, folder, "a.zip")),
        Target("tar archive", _spoiled_archive(_picture_members(), "w"), partial(_imported, folder, "a.tar")),
        Target("tar.gz archive", _spoiled_archive(_picture_members(), "w:gz"), partial(_imported, folder, "a.tar.gz")),
        Target("picture", _spoiled_picture(pictures), _read_picture),
        Target("imported data set", spoiled_signed(_imported_set(folder)), partial(_read_imported, folder)),
    ]


def run_targets(folder: Path) -> list[Target]:
    """Readers of what Seedbed wrote."""
    digits, engine = load_data("digits"), load_engine("native")
    place = folder / "w"
    run = api.train("flatten linear(4) tanh linear(10)", "digits", epochs=1, workspace=place, record=True)
    run.model.save(folder / "model")
    path = folder / "checkpoint"
    driver = Driver(_RECIPE, _RECIPE.split(digits), 5, engine, file=path, checkpoint_s=1e9)
    with closing(driver.events()) as events:
        while not isinstance(next(events), EpochEnded):
            pass
    whole = Workspace(place).run_file(run_key := next(iter(Workspace(place).ledger.all_keys())))
    recording = sorted(Workspace(place).recording_folder(run_key).iterdir())
    return [
        Target("model file", spoiled_signed((folder / "model").read_bytes()), partial(_read_model, folder)),
        Target("run file", spoiled_signed(whole.read_bytes(), path.read_bytes()), partial(_read_run, folder)),
        Target("checkpoint", spoiled_signed(path.read_bytes()), partial(_resumed, folder, digits, engine)),
        Target("recording", spoiled_bytes(*(one.read_bytes() for one in recording)), partial(_recorded, folder)),
        Target("ledger", _spoiled_ledger(place / "ledger.sqlite", folder), partial(_read_ledger, folder)),
    ]


def _written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def _imported(folder: Path, name: str, content: bytes) -> object:
    path = _written(folder, name, content)
    return import_data(path, name="spoiled", replace=True, cache=folder / "cache", note=lambda text: None)


def _read_idx(folder: Path, content: bytes) -> object:
    """As a file of MNIST, and as one of a set that is imported."""
    with suppress_own():
        decode_idx(content, "x")
    place = folder / "idx"
    place.mkdir(exist_ok=True)
    (place / "train-images-idx3-ubyte").write_bytes(content)
    (place / "train-labels-idx1-ubyte").write_bytes(encode_idx(_LABELS.astype(np.uint8)))
    return import_data(place, name="spoiled", replace=True, cache=folder / "cache", note=lambda text: None)


def suppress_own() -> suppress:
    """Errors that are told are none here."""
    from seedbed.errors import SeedbedError

    return suppress(SeedbedError)


def _cifar_members() -> dict[str, bytes]:
    record = np.concatenate([np.arange(2, dtype=np.uint8)[:, None], np.zeros((2, 3072), np.uint8)], axis=1)
    return {f"cifar-10-batches-bin/{name}": record.tobytes() for name in FILE_NAMES}


def _read_cifar(content: bytes) -> object:
    """As if the archive were the published one: its sum is that of what came."""
    archive = Archive("cifar-10-binary.tar.gz", len(content), hashlib.sha256(content).hexdigest())
    plain = list(_cifar_members().values())
    known = CATALOGUE["cifar10"]
    digests = tuple(hashlib.sha256(one).hexdigest() for one in plain)
    entry = CifarSet("cifar10", known.classes, 10, 2, (3, 32, 32), (), digests, archive)
    return [len(octets) for _, octets in archive.members(content, entry.files)]


def _picture_members() -> dict[str, bytes]:
    return {f"{'abc'[n % 3]}/{n}.png": encoded(Image.fromarray(image), "PNG") for n, image in enumerate(_IMAGES)}


def _spoiled_archive(members: dict[str, bytes], mode: str):  # type: ignore[no-untyped-def]
    """Headers with something wrong and their sums right; contents with something wrong; bytes of all."""

    def spoil(chance: random.Random) -> bytes:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w", format=chance.choice((0, 1, 2))) as archive:
            for name, content in members.items():
                member = tarfile.TarInfo(name)
                if chance.random() < 0.05:
                    member.name = changed_text(name, chance)
                if chance.random() < 0.05:
                    content = changed_bytes(content, chance)
                member.size = len(content)
                if chance.random() < 0.05:
                    member.type = bytes([chance.choice(b"0123456789xgLKSVDN")])
                    member.linkname = chance.choice((name, "../x", "/etc/passwd", "a/0.png", ""))
                if chance.random() < 0.03:
                    member.pax_headers = {chance.choice(("path", "size", "mtime", "GNU.sparse.map", "x")): "9" * 30}
                with suppress(ValueError, UnicodeError, OverflowError, struct.error):
                    archive.addfile(member, io.BytesIO(content))
        content = packed.getvalue()
        if chance.random() < 0.6:
            content = _resummed(changed_bytes(content[: 512 * 40], chance) + content[512 * 40 :])
        packs = gzip.compress(content, 1) if mode == "w:gz" else content
        return changed_bytes(packs, chance) if chance.random() < 0.3 else packs

    return spoil


def _resummed(content: bytes) -> bytes:
    """Each block that looks like a header states its own sum."""
    blocks = bytearray(content)
    for at in range(0, len(blocks) - 511, 512):
        if blocks[at + 257 : at + 262] == b"ustar":
            blocks[at + 148 : at + 156] = b" " * 8
            blocks[at + 148 : at + 156] = b"%06o\0 " % sum(blocks[at : at + 512])
    return bytes(blocks)


def _spoiled_zip(chance: random.Random) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", chance.choice((0, 8, 8, 12, 14))) as archive:
        for name, content in _picture_members().items():
            member = zipfile.ZipInfo(changed_text(name, chance) if chance.random() < 0.05 else name)
            member.external_attr = chance.choice((0, 0o100644 << 16, 0o120777 << 16)) if chance.random() < 0.1 else 0
            content = changed_bytes(content, chance) if chance.random() < 0.1 else content
            with suppress(ValueError, LookupError, UnicodeError):
                archive.writestr(member, content)
    return changed_bytes(packed.getvalue(), chance) if chance.random() < 0.7 else packed.getvalue()


def _spoiled_npz(chance: random.Random) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", chance.choice((0, 8))) as archive:
        for name, array in (("x_train", _IMAGES), ("y_train", _LABELS), ("x_test", _IMAGES), ("y_test", _LABELS)):
            if chance.random() < 0.1:
                array = array.astype(chance.choice(("f4", "U3", "S2", "?", "c16", "i8", "f2", "M8[s]")))
            held = io.BytesIO()
            np.save(held, array)
            content = held.getvalue()
            if chance.random() < 0.3:
                content = changed_bytes(content[:128], chance) + content[128:]
            with suppress(ValueError, LookupError, UnicodeError):
                archive.writestr(f"{changed_text(name, chance) if chance.random() < 0.05 else name}.npy", content)
    return changed_bytes(packed.getvalue(), chance) if chance.random() < 0.3 else packed.getvalue()


def _spoiled_table(chance: random.Random) -> bytes:
    match chance.randrange(3):
        case 0:
            rows = [",".join(map(str, [label, *image.ravel()])) for label, image in zip(_LABELS, _IMAGES, strict=True)]
            text = "\n".join([",".join(["label", *(f"p{n}" for n in range(64))]), *rows])
        case 1:
            text = "emotion,pixels,Usage\n" + "".join(
                f"{n % 7},{' '.join(['7'] * 2304)},{use}\n" for n, use in enumerate(("Training", "PrivateTest"))
            )
        case _:
            text = "\n".join(f"{n * 0.5};{n};{'ab'[n % 2]}" for n in range(20))
    text = changed_text(text, chance)
    return (
        changed_bytes(text.encode("utf-8", "replace"), chance)
        if chance.random() < 0.3
        else text.encode("utf-8", "replace")
    )


def _spoiled_picture(samples: tuple[bytes, ...]):  # type: ignore[no-untyped-def]
    """Bytes; of a PNG also its chunks, with their sums right."""

    def spoil(chance: random.Random) -> bytes:
        content = changed_bytes(chance.choice(samples), chance, samples)
        if not content.startswith(b"\x89PNG") or chance.random() < 0.3:
            return content
        at, parts = 8, [content[:8]]
        while at + 8 <= len(content):
            size = int.from_bytes(content[at : at + 4], "big")
            held = content[at + 4 : at + 8 + size]
            parts += [content[at : at + 4], held, zlib.crc32(held).to_bytes(4, "big")]
            at += 12 + size
        return b"".join(parts)

    return spoil


def _read_picture(content: bytes) -> object:
    return decode_picture(content, PictureOptions(None, False, "white", None, "refuse"), lambda pixels: None)


def _imported_set(folder: Path) -> bytes:
    np.savez(folder / "good.npz", x_train=_IMAGES, y_train=_LABELS)
    return import_data(
        folder / "good.npz", name="good", cache=folder / "cache", note=lambda text: None
    ).path.read_bytes()


def _read_imported(folder: Path, content: bytes) -> object:
    place = folder / "cache" / "spoiled-set"
    place.mkdir(parents=True, exist_ok=True)
    _written(place, "imported.safetensors", content)
    return load_data("spoiled-set", cache=folder / "cache", note=lambda text: None)


def _read_model(folder: Path, content: bytes) -> object:
    model = Model.load(_written(folder, "spoiled-model", content))
    return model.logits(np.zeros((2, *model.input.stored_shape), model.input.dtype))


def _read_run(folder: Path, content: bytes) -> object:
    return load_run(_written(folder, "spoiled-run", content))


def _resumed(folder: Path, dataset: object, engine: object, content: bytes) -> object:
    path = _written(folder, "spoiled-checkpoint", content)
    driver = Driver(_RECIPE, _RECIPE.split(dataset), 5, engine, file=path, checkpoint_s=1e9)  # type: ignore[arg-type]
    return driver.loop.advance(1)


def _recorded(folder: Path, content: bytes) -> object:
    place = folder / "spoiled-recording"
    place.mkdir(exist_ok=True)
    _written(place, "epoch-000.safetensors", content)
    return Recording.load(place)


def _spoiled_ledger(path: Path, folder: Path):  # type: ignore[no-untyped-def]
    content = path.read_bytes()

    def spoil(chance: random.Random) -> bytes:
        if chance.random() < 0.5:
            return changed_bytes(content, chance)
        other = _written(folder, "other.sqlite", content)
        with closing(sqlite3.connect(other)) as connection:
            column = chance.choice(KEY + VALUES)
            (value,) = connection.execute(f"SELECT {column} FROM runs").fetchone()
            value = (
                changed_text(value, chance)
                if isinstance(value, str) and chance.random() < 0.5
                else hostile_value(chance)
            )
            value = value if isinstance(value, str | int | float) or value is None else b"\xff\0"
            if isinstance(value, int) and abs(value) >= 2**63:
                value = str(value)
            if isinstance(value, str):
                value = value.encode("utf-8", "replace").decode()
            with suppress(sqlite3.Error):
                connection.execute(f"UPDATE runs SET {column} = ?", (value,))
                connection.commit()
        return other.read_bytes()

    return spoil


def _read_ledger(folder: Path, content: bytes) -> object:
    place = folder / "spoiled-workspace"
    place.mkdir(exist_ok=True)
    _written(place, "ledger.sqlite", content)
    workspace = Workspace(place)
    return [workspace.ledger.find(key) for key in workspace.ledger.all_keys()]
