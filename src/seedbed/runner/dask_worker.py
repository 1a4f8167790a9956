"""What a Dask worker does for a runner: one run a task.

A worker that sees the disk of the runner writes into the workspace itself, so that its checkpoints outlive it; another
keeps files in its own folder and sends them back with the end.
"""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from distributed import get_worker

import seedbed
from seedbed.data import Dataset
from seedbed.errors import StoreError
from seedbed.runner.carrying_out import carry_out
from seedbed.runner.messages import Answer, Failed, Task, decode, encode

_PROGRESS_S = 1.0
"""Less often than on one machine: all messages pass the scheduler, which keeps the last of them."""


@dataclass(frozen=True)
class Place:
    """Where a runner keeps its files.

    Attributes
    ----------
    mark : str
        A folder whose name nothing else has: who sees it sees the runner's disk.
    runs, recordings : str
        Folders.
    """

    mark: str
    runs: str
    recordings: str


@dataclass(frozen=True)
class Brought:
    """How a task ended, with the files that do not lie in the workspace yet.

    Attributes
    ----------
    end : str
        ``Finished`` or ``Failed``, encoded; empty if the task was cancelled.
    file : bytes
        Of the run.
    recording : dict of str to bytes
        Its files by name.
    """

    end: str
    file: bytes = b""
    recording: dict[str, bytes] = field(default_factory=dict)


def do_task(line: str, data: dict[str, Any], place: Place, topic: str) -> Brought:
    """Conduct the run of a task; what happens on the way is told under a topic.

    Parameters
    ----------
    line : str
        The task, encoded.
    data : dict
        What makes the data set.
    place : Place
    topic : str
    """
    task = decode(line)
    assert isinstance(task, Task)
    worker = get_worker()
    key = worker.get_current_task()
    is_shared = Path(place.mark).is_dir()
    own = Path(worker.local_directory) / "seedbed"
    runs, recordings = (Path(place.runs), Path(place.recordings)) if is_shared else (own / "runs", own / "recordings")
    file, recording = runs / f"{task.run}.safetensors", recordings / task.run

    def tell(answer: Answer) -> None:
        worker.log_event(topic, encode(answer))

    def is_cancelled() -> bool:
        state = worker.state.tasks.get(key)
        return state is None or state.state == "cancelled"

    try:
        if not is_shared:
            for folder in (runs, recordings):
                folder.mkdir(parents=True, exist_ok=True)
        end = carry_out(task, lambda name: Dataset(**data), file, recording, tell, is_cancelled, _PROGRESS_S)
        if end is None:
            return Brought("")
        if is_shared or isinstance(end, Failed):
            return Brought(encode(end))
        recorded = {path.name: path.read_bytes() for path in sorted(recording.glob("*"))}
        brought = Brought(encode(end), file.read_bytes(), recorded)
    except OSError as error:
        raise StoreError(f"worker {worker.address}: {error.strerror or error}: '{error.filename}'.") from None
    file.unlink(missing_ok=True)
    shutil.rmtree(recording, ignore_errors=True)
    return brought


def version() -> str:
    """Of Seedbed, where this is called."""
    return seedbed.__version__


def unfinished(prefix: str) -> int:
    """Tasks of a prefix that this worker still knows."""
    return sum(str(key).startswith(prefix) for key in get_worker().state.tasks)
