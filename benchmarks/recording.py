"""What recording a run costs beside its training.

    python benchmarks/recording.py

LeNet-5 on MNIST, one core: epochs of training with and without a recorder take turns, so that whatever else happens on
the machine meets both. Median of the seconds of each, and the difference in percent.
"""

import tempfile
import time
from pathlib import Path
from statistics import median

from seedbed.data import load_data
from seedbed.engine import load_engine
from seedbed.training import EpochEnded, Recipe, TrainingLoop
from seedbed.training.recording import Recorder

ROUNDS = 7


def main() -> None:
    data, recipe, engine = load_data("mnist"), Recipe.make("lenet5", epochs=1), load_engine("native")
    seconds: dict[bool, list[float]] = {False: [], True: []}
    for number in range(2 * ROUNDS):
        is_recorded = number % 2 == 1
        with tempfile.TemporaryDirectory() as folder:
            loop = TrainingLoop(recipe, data, 0, engine)
            recorder = Recorder(Path(folder), recipe, 0, loop.plan.network) if is_recorded else None
            begun = time.perf_counter()
            if recorder is not None:
                recorder(loop.run)
            for event in loop.events():
                if recorder is not None and isinstance(event, EpochEnded):
                    recorder(loop.snapshot())
            seconds[is_recorded].append(time.perf_counter() - begun)
    plain, recorded = median(seconds[False]), median(seconds[True])
    print(f"an epoch {plain:.3f} s, recorded {recorded:.3f} s: {100 * (recorded / plain - 1):+.1f}%")


if __name__ == "__main__":
    main()
