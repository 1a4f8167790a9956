"""Commands that change the disk, as they are tried with things going wrong, and what must be the same afterwards."""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from command_server import FREE_RUN, CommandServer, Ended

from seedbed.errors import SeedbedError
from seedbed.store import Workspace
from seedbed.training import EpochRecord
from seedbed.training.checkpoint import load_run

NETWORK = "flatten linear(16) batchnorm tanh dropout(0.2) linear(10)"
_TRAIN = (
    *("train", NETWORK, "--data", "digits", "--optimizer", "adam(0.01)", "--average", "0.9", "--epochs", "2"),
    *("--batch-size", "64", "--augment", "noise(0.02)", "--workspace", "w"),
)
_ID = "run"
"""Stands for the run of the commands before."""

_SHORT = ("--data", "digits", "--epochs", "1", "--batch-size", "128", "--jobs", "1", "--workspace", "w")
_COMPARE = ("compare", "softmax", "flatten linear(8) tanh linear(10)", *_SHORT, "--seeds", "2")
_SWEEP = ("sweep", "softmax", *_SHORT, "--grid", "lr=0.1,0.2", "--seeds", "1", "--final-seeds", "1", "--no-report")
_IMPORT = ("data", "import", "table.csv", "--name", "own", "--replace")
_METRICS = [field.name for field in fields(EpochRecord) if not field.name.endswith("_s")]


@dataclass(frozen=True)
class Case:
    """A command, and what lies there before.

    Attributes
    ----------
    name : str
    words : tuple of str
    before : tuple of tuples of str
        Commands that prepare the folder.
    is_quick : bool
        Whether it takes a moment, because it starts no workers and draws no figures.
    may_be_done : bool
        Whether, when it is called again, it may say that there is nothing to do any more, with status 2.
    """

    name: str
    words: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()
    is_quick: bool = True
    may_be_done: bool = False

    def prepare(self, server: CommandServer) -> tuple[Path, list[str]]:
        """A folder as the command finds it, and its words."""
        folder = server.work / f"before {self.name}"
        folder.mkdir()
        write_table(folder / "table.csv")
        for words in self.before:
            ended = server.run(words, folder)
            assert ended.status == 0, ended.err
        runs = [path.stem for path in folder.glob("w/runs/*.safetensors")]
        return folder, [runs[0] if word is _ID else word for word in self.words]


CASES = (
    Case("train", _TRAIN),
    Case("train --again", (*_TRAIN, "--again"), (_TRAIN,)),
    Case(
        "train --record, early stopping",
        (*_TRAIN[:-1], "w2", "--record", "--validation", "137", "--patience", "1"),
        (_TRAIN,),
    ),
    Case("train --save", (*_TRAIN, "--save", "model.safetensors"), (_TRAIN,)),
    Case("runs remove", ("runs", "remove", _ID, "--workspace", "w"), (_TRAIN,), may_be_done=True),
    Case("a run that a person changes", ("free",)),
    Case("data import", _IMPORT),
    Case("data import --replace", _IMPORT, (_IMPORT,)),
    Case("compare", (*_COMPARE, "--no-report"), is_quick=False),
    Case("sweep", _SWEEP, is_quick=False),
    Case("report", (*_COMPARE,), ((*_COMPARE, "--no-report"),), is_quick=False),
)


def write_table(path: Path) -> None:
    """Sixty small images of three classes, with labels."""
    pixels = (np.arange(60 * 64) * 7 % 251).reshape(60, 64)
    rows = [",".join(map(str, [number % 3, *row])) for number, row in enumerate(pixels)]
    header = ",".join(["label", *(f"p{number}" for number in range(64))])
    path.write_text("\n".join([header, *rows]) + "\n", "utf-8")


def copied(before: Path, name: str) -> Path:
    """The folder once more, to be changed."""
    folder = before.with_name(name)
    shutil.copytree(before, folder)
    return folder


def what_counts(folder: Path) -> dict[str, str]:
    """All that a command leaves and no clock decides, hashed, by name.

    Raises
    ------
    AssertionError
        Something is lost, doubled, damaged or left over.
    """
    found = {}
    for ledger in sorted(folder.glob("*/ledger.sqlite")):
        workspace = Workspace(ledger.parent)
        keys = workspace.ledger.all_keys()
        files = {path.name for path in workspace.runs.glob("*.safetensors")}
        assert files == {key.file_name for key in keys}, f"ledger {sorted(k.identity for k in keys)}, files {files}"
        # The lock of a process that is no more holds nothing.
        left = [path.name for path in workspace.staging.iterdir() if path.suffix != ".lock"]
        left += [path.name for path in workspace.runs.iterdir() if path.name not in files]
        assert not left, f"left: {left}"
        for key in keys:
            entry = workspace.ledger.find(key)
            assert entry is not None and workspace.damage(entry) is None
            found[f"{ledger.parent.name}/{key.identity}"] = run_digest(workspace.run_file(key))
        for path in sorted(workspace.recordings.glob("*/*.safetensors")):
            found[str(path.relative_to(folder))] = _sha256(path.read_bytes())
        for path in sorted(workspace.reports.glob("*.json")):
            found[path.name] = _sha256(json.dumps(_timeless(json.loads(path.read_text("utf-8")))).encode())
        for path in sorted(workspace.reports.glob("*.html")):
            found[path.name] = str(path.read_text("utf-8").rstrip().endswith("</html>"))
    for path in sorted((*folder.glob("*.safetensors"), *folder.glob("cache/*/*.safetensors"))):
        digest = run_digest(path) if path.name == FREE_RUN else _sha256(path.read_bytes())
        found[str(path.relative_to(folder))] = digest
    return found


def run_digest(path: Path) -> str:
    """SHA-256 of all of a run that no clock decides: parameters, outputs, losses, metrics, how it ended, its recipe."""
    run, recipe, seed = load_run(path)
    metrics = [[getattr(one, name) for name in _METRICS] for one in run.history.epochs]
    about = f"{recipe} {seed} {run.outcome} {run.history.best_epoch} {run.history.interventions} {metrics}"
    digest = hashlib.sha256(about.encode())
    arrays = run.state | {"losses": run.history.step_losses, "wrong": run.history.step_wrong}
    arrays |= {} if run.best is None else {f"best {name}": array for name, array in run.best.state.items()}
    arrays |= {} if run.outputs is None else {"outputs": run.outputs}
    for name in sorted(arrays):
        digest.update(name.encode() + str(arrays[name].dtype).encode() + arrays[name].tobytes())
    return digest.hexdigest()


def problem_of(check: Callable[[], object]) -> str:
    """What an assertion of ``what_counts`` says; empty if all is well."""
    try:
        check()
    except (AssertionError, SeedbedError) as error:
        return str(error)[:300]
    return ""


def told_wrong(ended: Ended) -> str:
    """Why the end of a command is none that a person can live with; empty if it is one."""
    if ended.status is None:
        return "hangs"
    return "" if ended.is_told else f"status {ended.status}: {ended.err[-300:]}"


def _timeless(value: Any) -> Any:
    """Without what a clock decides."""
    if isinstance(value, dict):
        times = ("seconds", "images_per_second", "created")
        return {key: _timeless(one) for key, one in value.items() if key not in times and not key.endswith("_s")}
    return [_timeless(one) for one in value] if isinstance(value, list) else value


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
