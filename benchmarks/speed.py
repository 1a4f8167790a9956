"""Training speed against PyTorch on the same cores, in one interleaved run.

    python benchmarks/speed.py [--rounds 7] [--images 6400] [--only lenet5] [--json FILE]

Two questions per network. *pair*: two runs side by side, one core each, against two PyTorch processes with one thread
each. *single*: one run on all cores against the better of PyTorch with one and with all threads. Before anything is
timed, both engines train 20 steps from the same parameters on the same batches and must agree. Every round times all
sides one after the other, so that a slow moment of the machine hits them alike; the ratio is taken per round, and its
median and range over the rounds are shown. Nothing else should run on the machine.
"""

import argparse
import contextlib
import json
import multiprocessing
import os
import platform
import subprocess
import time
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

import numpy as np
from peak import peak_gflops, step_flops

from seedbed.data import load_data
from seedbed.engine import load_engine
from seedbed.network import initial_state, load_network
from seedbed.training.recipe import Recipe

CASES = {
    "lenet5": ("lenet5", 32),
    "lenet5+": ("lenet5+", 32),
    "lenet5++": ("lenet5++", 32),
    "mlp": ("mlp", 128),
    "dense": ("flatten linear(512) relu linear(512) relu linear(10)", 200),
    "cnn5x5": (
        "conv2d(32, 5, padding=2) relu maxpool2d(2) conv2d(64, 5, padding=2) relu maxpool2d(2) "
        "flatten linear(1024) relu linear(10)",
        50,
    ),
    "cnn3x3": (
        "conv2d(32, 3) relu maxpool2d(2) conv2d(64, 3) relu maxpool2d(2) conv2d(128, 3) relu "
        "flatten linear(64) relu linear(10)",
        100,
    ),
}
TRAIN_IMAGES = 60_000


class Side:
    """A process that trains on demand."""

    def __init__(self, engine: str, case: str, threads: int, images: int) -> None:
        here, there = multiprocessing.Pipe()
        self.pipe: Connection = here
        context = multiprocessing.get_context("spawn")
        self.process = context.Process(target=_serve, args=(there, engine, case, threads, images), daemon=True)
        self.process.start()
        self.losses: list[float] = here.recv()

    def close(self) -> None:
        self.pipe.send(None)
        self.process.join()


def _serve(pipe: Connection, engine: str, case: str, threads: int, images: int) -> None:
    network, batch_size = CASES[case]
    recipe = Recipe.make(network, batch_size=batch_size)
    dataset = load_data("mnist")
    plan = recipe.plan(dataset)
    state = initial_state(plan.network, recipe.init, 0)
    order = np.random.default_rng(0).permutation(len(dataset.train_images))[:images]
    check = order[: 20 * batch_size]
    if engine == "torch":
        from peers import TorchPeer

        peer = TorchPeer(plan, state, dataset, threads)
        _, losses = peer.train(check)

        def run() -> float:
            return peer.train(order)[0]
    else:
        session = load_engine(engine).start(plan, state, threads)

        def take(part: np.ndarray) -> list[float]:
            lrs = np.full(-(-len(part) // batch_size), plan.optimizer.lr)
            return session.train(dataset.train_images, dataset.train_labels, part, lrs).losses.tolist()

        losses = take(check)

        def run() -> float:
            begun = time.perf_counter()
            take(order)
            return time.perf_counter() - begun

    run()
    pipe.send(losses)
    with contextlib.suppress(EOFError):
        while pipe.recv() is not None:
            pipe.send(run())


def together(sides: list[Side]) -> float:
    """Seconds until all sides, started at once, have finished."""
    for side in sides:
        side.pipe.send("go")
    return max(side.pipe.recv() for side in sides)


@dataclass
class Figure:
    """One comparison; seconds are per epoch of 60,000 images and per run."""

    case: str
    question: str
    ours_s: list[float] = field(default_factory=list)
    theirs_s: list[float] = field(default_factory=list)
    images_per_second: float = 0.0
    ratio: float = 0.0
    ratio_low: float = 0.0
    ratio_high: float = 0.0
    share_of_peak: float = 0.0

    def close(self, flops: int, peak: float, cores: int) -> None:
        ratios = [theirs / ours for ours, theirs in zip(self.ours_s, self.theirs_s, strict=True)]
        self.ratio, self.ratio_low, self.ratio_high = median(ratios), min(ratios), max(ratios)
        self.images_per_second = TRAIN_IMAGES / median(self.ours_s)
        self.share_of_peak = self.images_per_second * flops / (peak * 1e9 * cores)


def check(case: str, ours: list[float], theirs: list[float]) -> None:
    """Both must train the same: equal losses while rounding has not grown, near losses after 20 steps.

    A rounding difference grows about tenfold a step once it moves an input of a ReLU across 0, on either side, so only
    the first two steps can be held to rounding.
    """
    first = max(abs(a - b) / abs(b) for a, b in zip(ours[:2], theirs[:2], strict=True))
    later = abs(sum(ours[2:]) - sum(theirs[2:])) / sum(theirs[2:])
    if first > 1e-4 or later > 0.02:
        raise SystemExit(
            f"{case}: losses differ by {first:.1e} in the first steps, {later:.1e} later; nothing was timed."
        )


def compare(case: str, rounds: int, images: int, cores: int, peak: float) -> list[Figure]:
    flops = step_flops(load_network(CASES[case][0]))
    scale = TRAIN_IMAGES / images
    pair, single = Figure(case, "pair"), Figure(case, "single")
    ours = [Side("native", case, 1, images) for _ in range(cores)]
    theirs = [Side("torch", case, 1, images) for _ in range(cores)]
    ours_wide, theirs_wide = Side("native", case, cores, images), Side("torch", case, cores, images)
    check(case, ours[0].losses, theirs[0].losses)
    check(case, ours_wide.losses, theirs[0].losses)
    for _ in range(rounds):
        pair.ours_s.append(scale * together(ours) / cores)
        pair.theirs_s.append(scale * together(theirs) / cores)
        single.ours_s.append(scale * together([ours_wide]))
        single.theirs_s.append(scale * min(together([theirs[0]]), together([theirs_wide])))
    for side in [*ours, *theirs, ours_wide, theirs_wide]:
        side.close()
    pair.close(flops, peak, cores)
    single.close(flops, peak, cores)
    return [pair, single]


def machine() -> dict[str, object]:
    import torch

    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "cpu": models[0] if models else platform.processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "engine": load_engine("native").description,
        "torch": torch.__version__,
        "commit": commit.stdout.strip(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--images", type=int, default=6400, help="images that each timing trains on")
    parser.add_argument("--only", choices=CASES, action="append")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    about = machine()
    cores = int(str(about["cores"]))
    peak = peak_gflops(load_engine("native").description.partition("(")[2].rstrip(")"))
    about["peak_gflops_per_core"] = peak
    print(
        f"{about['cpu']}, {cores} cores, {about['engine']}, FMA peak {peak:.0f} GFLOP/s a core, torch {about['torch']}"
    )
    print(f"{'network':10} {'question':8} {'seedbed s':>10} {'torch s':>9} {'ratio':>7} {'range':>13} {'of peak':>8}")
    figures = []
    for case in options.only or CASES:
        for figure in compare(case, options.rounds, options.images, cores, peak):
            figures.append(figure)
            print(
                f"{figure.case:10} {figure.question:8} {median(figure.ours_s):10.3f} {median(figure.theirs_s):9.3f} "
                f"{figure.ratio:6.2f}× {figure.ratio_low:5.2f}–{figure.ratio_high:5.2f}  {figure.share_of_peak:7.0%}",
                flush=True,
            )
    if options.json:
        options.json.write_text(json.dumps({"machine": about, "figures": [asdict(f) for f in figures]}, indent=1))


if __name__ == "__main__":
    main()
