"""What a run costs beside its steps: evaluation, start, recording, memory.

    python benchmarks/costs.py

evaluation: 10,000 test images against an epoch of training, LeNet-5, one core.
start: from `import seedbed` to the end of the first step, in a fresh process with the data in the cache; the start of
the Python interpreter itself is not counted.
recording: the part of a run of two epochs of LeNet-5 on MNIST, one core, in which its three states are written. A run
with a recording and one without would differ by less than two runs in a row do.
memory: the most that a process that trains LeNet-5 had in use, less the data set.
Each is measured several times; median and range are shown. Nothing else should run on the machine.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from unittest.mock import patch

import numpy as np

import seedbed as sb
from seedbed.data import load_data
from seedbed.engine import load_engine
from seedbed.engine.base import Chunk
from seedbed.network import initial_state
from seedbed.training.loop import RunState
from seedbed.training.recipe import Recipe
from seedbed.training.recording import Recorder

_START = """
import time
begun = time.perf_counter()
import seedbed as sb
class Enough(Exception): pass
def watch(progress): raise Enough
try:
    sb.train("lenet5", epochs=1, progress=watch)
except Enough:
    pass
print(time.perf_counter() - begun)
"""
_MEMORY = """
import resource, sys
import numpy as np
from seedbed.data import load_data
from seedbed.engine import load_engine
from seedbed.engine.base import Chunk
from seedbed.network import initial_state
from seedbed.training.loop import RunState
from seedbed.training.recipe import Recipe
from seedbed.training.recording import Recorder
data = load_data("mnist")
recipe = Recipe.make("lenet5")
plan = recipe.plan(data)
session = load_engine("native").start(plan, initial_state(plan.network, recipe.init, 0))
session.train(Chunk(data.train_images, data.train_labels, np.arange(3200), np.full(100, 0.02)))
session.outputs(data.test_images)
held = sum(getattr(data, part).nbytes for part in ("train_images", "train_labels", "test_images", "test_labels"))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - held / 2**20)
"""


def evaluation_share() -> float:
    """Seconds for the outputs of 10,000 images as a share of an epoch of 60,000."""
    data, recipe = load_data("mnist"), Recipe.make("lenet5")
    plan = recipe.plan(data)
    session = load_engine("native").start(plan, initial_state(plan.network, recipe.init, 0))
    part, lrs = np.arange(12_800), np.full(400, 0.02)
    begun = time.perf_counter()
    session.train(Chunk(data.train_images, data.train_labels, part, lrs))
    epoch_s = (time.perf_counter() - begun) * len(data.train_images) / len(part)
    begun = time.perf_counter()
    session.outputs(data.test_images)
    return (time.perf_counter() - begun) / epoch_s


def recording_share() -> float:
    """Seconds in which a run keeps its states, as a share of all its seconds."""
    kept_s = 0.0
    record = Recorder.__call__

    def timed(self: Recorder, run: RunState) -> None:
        nonlocal kept_s
        begun = time.perf_counter()
        record(self, run)
        kept_s += time.perf_counter() - begun

    with tempfile.TemporaryDirectory() as folder, patch.object(Recorder, "__call__", timed):
        begun = time.perf_counter()
        sb.train("lenet5", "mnist", epochs=2, threads=1, progress=False, record=Path(folder) / "recording")
        return kept_s / (time.perf_counter() - begun)


def in_fresh_process(program: str) -> float:
    """The number that a program prints; it finds compiled modules, as an installed program does."""
    compiled = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=compiled)
    return float(done.stdout)


def show(what: str, values: list[float], form: str) -> None:
    print(f"{what:12} {form.format(median(values))}  ({form.format(min(values))} to {form.format(max(values))})")


def main() -> None:
    in_fresh_process(_START)
    show("evaluation", [100 * evaluation_share() for _ in range(5)], "{:.1f}% of an epoch")
    recording_share()
    show("recording", [100 * recording_share() for _ in range(5)], "{:.1f}% of the run")
    show("start", [in_fresh_process(_START) for _ in range(5)], "{:.2f} s")
    show("memory", [in_fresh_process(_MEMORY) for _ in range(3)], "{:.0f} MB")


if __name__ == "__main__":
    main()
