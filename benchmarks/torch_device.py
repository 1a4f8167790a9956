"""The torch engine on a device: does it keep the contract, and how fast is it?

    python benchmarks/torch_device.py [--device cuda] [--seconds 3] [--stacks 4 16 64] [--skip-contract] [--json FILE]

First the contract suite and the comparisons with float64 run on the device. Then, for networks from small to large,
images a second: the native engine on all cores, one run on the device, and several seeds stacked into one model
(images of all runs together). Pictures are random, since speed does not depend on them. Every figure is the best of
the chunks that fit into ``--seconds``, after one that warms up.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from seedbed.engine import load_engine, multiply_adds
from seedbed.engine.base import Chunk, Plan
from seedbed.engine.losses import default_loss
from seedbed.engine.optimizers import SGD
from seedbed.errors import EngineError
from seedbed.network import Shape, initial_state, load_network

ROOT = Path(__file__).parents[1]
IMAGES, BATCH = 6400, 128
NETWORKS: dict[str, Shape] = {
    "lenet5++": (1, 28, 28),
    "tang": (70, 1, 1),
    "svm-cnn": (3, 32, 32),
    "multilayer-cnn": (1, 28, 28),
    "cifar-tutorial": (3, 24, 24),
}


@dataclass(frozen=True)
class Speed:
    """Images a second of all runs together; NaN where the engine refuses."""

    network: str
    multiply_adds: int
    executed_by: str
    runs: int
    images_per_second: float


def main() -> None:
    """Measure and print."""
    options = read_options()
    os.environ["SEEDBED_TORCH_DEVICE"] = options.device
    print(f"{load_engine('torch').description}, {platform.platform()}, {os.cpu_count()} cores")
    if not options.skip_contract:
        check_contract()
    rows = [row for name in NETWORKS for row in measure(name, options.stacks, options.seconds)]
    if options.json is not None:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--stacks", type=int, nargs="*", default=[4, 16, 64])
    parser.add_argument("--skip-contract", action="store_true")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def check_contract() -> None:
    """Run the tests of the torch engine, and end here if one fails."""
    files = [str(ROOT / "tests" / folder) for folder in ("engine", "oracle")]
    # Names of tests end in the engine; some name PyTorch too.
    wanted = ["-k", "torch and not native and not reference", "-q"]
    if subprocess.run([sys.executable, "-m", "pytest", *wanted, *files], cwd=ROOT, check=False).returncode != 0:
        sys.exit("The contract does not hold on this device.")


def measure(name: str, stacks: list[int], seconds: float) -> list[Speed]:
    """One network on every engine."""
    network = load_network(name, NETWORKS[name])
    channels = network.input_shape[0]
    scale, shift = np.full(channels, 1 / 127.5, np.float32), np.full(channels, -1, np.float32)
    plan = Plan(network, default_loss(network), SGD(lr=1e-4, momentum=0.9), BATCH, scale, shift)
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (IMAGES, *network.input_shape), dtype=np.uint8)
    labels = random.integers(0, network.classes, IMAGES, dtype=np.uint8)
    chunk = Chunk(images, labels, np.arange(IMAGES), np.full(IMAGES // BATCH, 1e-4))
    rows = []

    def add(executed_by: str, runs: int, start: Callable[[], Callable[[], object]]) -> None:
        try:
            speed = runs * IMAGES / fastest(start(), seconds)
        except EngineError as error:
            print(f"  {executed_by}, {runs} runs: {error}")
            speed = float("nan")
        rows.append(Speed(name, multiply_adds(network), executed_by, runs, speed))
        print(f"{name:16} {multiply_adds(network) / 1e6:8.2f} M {executed_by:32} {runs:4} runs {speed:14,.0f} images/s")

    def single(engine: str) -> Callable[[], object]:
        session = load_engine(engine).start(plan, initial_state(network, "lecun_uniform", 0), os.cpu_count() or 1)
        return lambda: session.train(chunk)

    def stacked(runs: int) -> Callable[[], object]:
        from seedbed.engine.torch import TorchEngine

        plans = [replace(plan, seed=seed) for seed in range(runs)]
        states = [initial_state(network, "lecun_uniform", seed) for seed in range(runs)]
        together = TorchEngine().start_stacked(plans, states, os.cpu_count() or 1)
        return lambda: together.train([chunk] * runs)

    for engine in ("native", "torch"):
        add(load_engine(engine).description, 1, lambda engine=engine: single(engine))
    for runs in stacks:
        add(load_engine("torch").description, runs, lambda runs=runs: stacked(runs))
    return rows


def fastest(take: Callable[[], object], seconds: float) -> float:
    """Seconds of the shortest call; results come back to the host, so a call ends when the device has ended."""
    take()
    times: list[float] = []
    while sum(times) < seconds:
        begun = time.perf_counter()
        take()
        times.append(time.perf_counter() - begun)
    return min(times)


if __name__ == "__main__":
    main()
