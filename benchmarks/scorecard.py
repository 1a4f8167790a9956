"""What holds when things go wrong, counted: kills, disks that fill, damaged files, hostile files.

    make scorecard
    .venv/bin/python benchmarks/scorecard.py [SECONDS] [SEED]

Each row works for SECONDS (20) and prints how often it was tried and what went wrong; the table is also written to
docs/results/scorecard.json. Anything wrong ends it with status 1. The same seed tries the same things in the same
order; how many is a matter of time.
"""

import gzip
import io
import json
import random
import resource
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from importlib.resources import files
from pathlib import Path

import numpy as np
from PIL import Image

from seedbed.data import import_data, load_data
from seedbed.engine import load_engine
from seedbed.errors import SeedbedError
from seedbed.machine import describe_machine, describe_versions
from seedbed.network import load_network
from seedbed.runner.driver import Driver
from seedbed.store import Workspace
from seedbed.study.definition import parse_definition
from seedbed.training import EpochEnded, Recipe
from seedbed.training.checkpoint import load_run

ROOT = Path(__file__).parents[1]
RECIPE = Recipe.make("flatten linear(12) batchnorm tanh linear(10)", "digits", optimizer="adam(0.01)", epochs=2)
TRAIN = [
    *(sys.executable, "-m", "seedbed.cli.app", "train", "conv2d(8, 3) batchnorm relu dropout(0.2) flatten linear(10)"),
    *("--data", "digits", "--optimizer", "adam(0.01)", "--average", "0.9", "--epochs", "30", "--workspace"),
]
NAMES = ("conv2d", "linear", "relu", "flatten", "dropout", "maxpool2d", "batchnorm", "pad")
MOST_S, MOST_BYTES = 1.0, 512 << 20

Row = Callable[[random.Random, Path], Iterator[str]]
"""Yields an empty text for each try that went well, else what went wrong."""


def bits(workspace: Path) -> dict[str, bytes] | None:
    """The arrays of the one run of a workspace but its times; None if it has not one."""
    paths = list((workspace / "runs").glob("*.safetensors"))
    if len(paths) != 1 or len(Workspace(workspace).ledger.all_keys()) != 1:
        return None
    run, _, _ = load_run(paths[0])
    arrays = run.state | {"losses": run.history.step_losses, "outputs": run.outputs}
    return {name: array.tobytes() for name, array in arrays.items()}


def undisturbed(folder: Path) -> dict[str, bytes] | None:
    subprocess.run([*TRAIN, str(folder)], check=True, capture_output=True)
    return bits(folder)


def kills(chance: random.Random, folder: Path) -> Iterator[str]:
    """Killed once or twice at random moments, a run ends with the same bits."""
    expected = undisturbed(folder / "undisturbed")
    for number in range(10**6):
        place = folder / f"killed-{number}"
        for _ in range(chance.randrange(1, 3)):
            process = subprocess.Popen([*TRAIN, str(place)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                process.wait(chance.uniform(0.3, 4))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
        ended = subprocess.run([*TRAIN, str(place)], capture_output=True, text=True)
        yield "" if ended.returncode == 0 and bits(place) == expected else f"status {ended.returncode}, or other bits"


def full_disks(chance: random.Random, folder: Path) -> Iterator[str]:
    """A write that finds no room is told with status 2, and with room again the run ends with the same bits."""
    expected = undisturbed(folder / "undisturbed")
    for number in range(10**6):
        place, most = folder / f"full-{number}", int(10 ** chance.uniform(0, 5))
        limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (most, most))
        full = subprocess.run([*TRAIN, str(place)], capture_output=True, text=True, preexec_fn=limit)
        if full.returncode not in (0, 2) or "Traceback" in full.stderr:
            yield f"{most} bytes: status {full.returncode}: {full.stderr[-200:]}"
            continue
        ended = subprocess.run([*TRAIN, str(place)], capture_output=True, text=True)
        yield "" if ended.returncode == 0 and bits(place) == expected else f"{most} bytes: {ended.stderr[-200:]}"


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, some left out, or some twice."""
    changed = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 8, 64])):
        place = chance.randrange(len(changed))
        match chance.randrange(6):
            case 0:
                del changed[place : place + chance.randrange(1, 9)]
            case 1:
                changed[place:place] = changed[place : place + chance.randrange(1, 99)]
            case _:
                changed[place] = chance.randrange(256)
        if not changed:
            return b""
    return bytes(changed[: chance.randrange(len(changed))] if chance.random() < 0.05 else changed)


def told(call: Callable[[], object]) -> str:
    """Empty if it ends well or in words, within a second."""
    begun = time.perf_counter()
    try:
        call()
    except SeedbedError:
        pass
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:200]
    return "" if time.perf_counter() - begun < MOST_S else "took more than a second"


def ledgers(chance: random.Random, folder: Path) -> Iterator[str]:
    """Damaged bytes of a ledger."""
    undisturbed(folder / "w")
    path = folder / "w/ledger.sqlite"
    content, known = path.read_bytes(), Workspace(folder / "w").ledger.all_keys()

    def read() -> None:
        ledger = Workspace(folder / "w").ledger
        for key in known | ledger.all_keys():
            ledger.find(key)

    while True:
        path.write_bytes(damaged(content, chance))
        yield told(read)


def checkpoints(chance: random.Random, folder: Path) -> Iterator[str]:
    """Damaged bytes of a checkpoint: the run begins anew, or goes on if nothing that counts was hit."""
    path, dataset, engine = folder / "run", load_data("digits"), load_engine("native")
    first = Driver(RECIPE, dataset, 5, engine, file=path, checkpoint_s=1e9)
    with closing(first.events()) as events:
        while not isinstance(next(events), EpochEnded):
            pass
    content = path.read_bytes()
    while True:
        path.write_bytes(damaged(content, chance))
        yield told(lambda: Driver(RECIPE, dataset, 5, engine, file=path, checkpoint_s=1e9).loop.advance())


def studies(chance: random.Random, folder: Path) -> Iterator[str]:
    """Damaged texts of the studies that are shipped."""
    texts = [one.read_bytes() for one in (files("seedbed.study") / "studies").iterdir() if one.name.endswith(".toml")]
    while True:
        text = damaged(chance.choice(texts), chance).decode("utf-8", errors="replace")
        yield told(lambda text=text: parse_definition(text, "damaged.toml"))


def networks(chance: random.Random, folder: Path) -> Iterator[str]:
    """Random texts of networks."""
    while True:
        words = [f"{chance.choice(NAMES)}({chance.choice(['', '2', '3, 5', '-1', '10**9', 'x=1', '9' * 30])})"]
        words += [chance.choice([*NAMES, "linear(10)", "input(1, 8, 8)"]) for _ in range(chance.randrange(6))]
        text = damaged(" ".join(words).encode(), chance).decode("utf-8", errors="replace")
        yield told(lambda text=text: load_network(text, (1, 8, 8)))


def silent(text: str) -> None:
    """What is skipped is not of interest here."""


def samples() -> dict[str, bytes]:
    """A small file of each kind that can be imported, by name."""
    images = (np.arange(12 * 64) % 251).astype(np.uint8).reshape(12, 8, 8)
    table = "\n".join(",".join(map(str, [number % 3, *image.ravel()])) for number, image in enumerate(images))
    arrays, packed, tarred = io.BytesIO(), io.BytesIO(), io.BytesIO()
    np.savez_compressed(arrays, x_train=images, y_train=np.arange(12) % 3)
    with zipfile.ZipFile(packed, "w") as zipped, tarfile.open(fileobj=tarred, mode="w:gz") as archive:
        for number, image in enumerate(images):
            picture = io.BytesIO()
            Image.fromarray(image).save(picture, "PNG")
            name = f"{'abc'[number % 3]}/{number}.png"
            zipped.writestr(name, picture.getvalue())
            member = tarfile.TarInfo(name)
            member.size = picture.tell()
            archive.addfile(member, io.BytesIO(picture.getvalue()))
    named = {"a.csv": table.encode(), "a.npz": arrays.getvalue(), "a.zip": packed.getvalue()}
    return named | {"a.tar.gz": tarred.getvalue(), "a.tar": gzip.decompress(tarred.getvalue())}


def imports(chance: random.Random, folder: Path) -> Iterator[str]:
    """Damaged tables, arrays and archives of pictures."""
    known = samples()
    while True:
        name = chance.choice(list(known))
        path = folder / name
        path.write_bytes(damaged(known[name], chance))
        yield told(
            lambda path=path: import_data(path, name="damaged", replace=True, cache=folder / "cache", note=silent)
        )


def hostile(chance: random.Random, folder: Path) -> Iterator[str]:
    """Archives that unpack without end, or into other folders: the corpus of the tests."""
    sys.path.insert(0, str(ROOT / "tests/support"))
    from hostile_files import hostile_archives

    for name, content, _ in hostile_archives():
        (folder / name).write_bytes(content)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        wrong = told(lambda name=name: import_data(folder / name, name="hostile", cache=folder / "cache", note=silent))
        more_bytes = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
        yield wrong or (f"{name}: {more_bytes / 1e6:.0f} MB" if more_bytes > MOST_BYTES else "")


ROWS: dict[str, Row] = {
    "kill -9 at random moments": kills,
    "disk full at random sizes": full_disks,
    "ledger, bytes damaged": ledgers,
    "checkpoint, bytes damaged": checkpoints,
    "study, text damaged": studies,
    "network, text damaged": networks,
    "table, array, archive damaged": imports,
    "archive, hostile": hostile,
}


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    rows = []
    print(f"{'what':<30}{'tried':>8}{'wrong':>8}")
    for name, row in ROWS.items():
        found, tried, end = Counter[str](), 0, time.monotonic() + seconds
        with tempfile.TemporaryDirectory() as folder:
            for wrong in row(random.Random(f"{name} {seed}"), Path(folder)):
                tried += 1
                found.update([wrong] if wrong else [])
                if time.monotonic() > end:
                    break
        print(f"{name:<30}{tried:>8,}{found.total():>8,}", *(f"\n    {text}" for text in found), flush=True)
        rows.append({"what": name, "tried": tried, "wrong": found.total(), "found": dict(found)})
    about = {"seconds": seconds, "seed": seed, "machine": describe_machine(), "versions": describe_versions()}
    text = json.dumps(about | {"rows": rows}, indent=1, ensure_ascii=False)
    (ROOT / "docs/results/scorecard.json").write_text(f"{text}\n", "utf-8")
    return 1 if any(row["wrong"] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
