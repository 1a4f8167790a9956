"""Training speed against PyTorch on the same cores, in one interleaved run.

    python benchmarks/speed.py [--rounds 7] [--seconds 0.5] [--only lenet5] [--json FILE]

Two questions per network. *pair*: two runs side by side, one core each, against two PyTorch processes with one thread
each. *single*: one run on all cores against the better of PyTorch with one and with all threads. Before anything is
timed, both engines train 20 steps from the same parameters on the same batches and must agree. Every round times all
sides one after the other, so that a slow moment of the machine hits them alike; the ratio is taken per round. Shown
are its median over the rounds with a 95% interval (bootstrap of the median), and the share of the multiply-add peak
that the machine reached just before and after, counting the arithmetic of real images only.
Nothing else should run on the machine.
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
from cases import CASES, IMAGES
from peak import peak_gflops, step_flops

from seedbed.engine import load_engine
from seedbed.engine.base import Chunk
from seedbed.network import initial_state, load_network


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
    plan = CASES[case].plan()
    batch_size = plan.batch_size
    all_images, labels = CASES[case].data()
    state = initial_state(plan.network, "lecun_uniform", 0)
    order = np.random.default_rng(0).permutation(IMAGES)[:images]
    check = order[: 20 * batch_size]
    if engine == "torch":
        from peers import TorchPeer

        peer = TorchPeer(plan, state, all_images, labels, threads)
        _, losses = peer.train(check)

        def run() -> float:
            return peer.train(order)[0]
    else:
        session = load_engine(engine).start(plan, state, threads)

        def take(part: np.ndarray) -> list[float]:
            lrs = np.full(-(-len(part) // batch_size), plan.optimizer.lr)
            return session.train(Chunk(all_images, labels, part, lrs)).losses.tolist()

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
    ratio_interval: tuple[float, float] = (0.0, 0.0)
    share_of_peak: float = 0.0

    def close(self, flops: int, peak: float, cores: int) -> None:
        ratios = np.divide(self.theirs_s, self.ours_s)
        self.ratio = float(np.median(ratios))
        drawn = np.random.default_rng(0).choice(ratios, (2000, len(ratios)))
        low, high = np.percentile(np.median(drawn, axis=1), (2.5, 97.5))
        self.ratio_interval = float(low), float(high)
        self.images_per_second = IMAGES / median(self.ours_s)
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


def compare(case: str, rounds: int, seconds: float, cores: int, instruction_set: str) -> list[Figure]:
    network, batch_size = load_network(CASES[case].network, CASES[case].image_shape), CASES[case].batch_size
    flops = step_flops(network)
    # About so many images take the time asked for, at half of a usual core's peak.
    images = min(IMAGES, batch_size * max(20, round(seconds * 70e9 / flops / batch_size)))
    scale = IMAGES / images
    peak = peak_gflops(instruction_set)
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
    peak = max(peak, peak_gflops(instruction_set))
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
    parser.add_argument("--seconds", type=float, default=0.5, help="about how long each timing of Seedbed lasts")
    parser.add_argument("--only", choices=CASES, action="append")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    about = machine()
    cores = int(str(about["cores"]))
    instruction_set = load_engine("native").description.partition("(")[2].rstrip(")").partition(",")[0]
    peak = peak_gflops(instruction_set)
    about["peak_gflops_per_core"] = peak
    print(
        f"{about['cpu']}, {cores} cores, {about['engine']}, FMA peak {peak:.0f} GFLOP/s a core, torch {about['torch']}"
    )
    print(f"{'network':8} {'question':8} {'seedbed s':>10} {'torch s':>9} {'ratio':>7} {'95%':>12} {'of peak':>8}")
    figures = []
    for case in options.only or CASES:
        for figure in compare(case, options.rounds, options.seconds, cores, instruction_set):
            figures.append(figure)
            print(
                f"{figure.case:8} {figure.question:8} {median(figure.ours_s):10.3f} {median(figure.theirs_s):9.3f} "
                f"{figure.ratio:6.2f}× {figure.ratio_interval[0]:6.2f}–{figure.ratio_interval[1]:5.2f} "
                f"{figure.share_of_peak:8.0%}",
                flush=True,
            )
    if options.json:
        options.json.write_text(json.dumps({"machine": about, "figures": [asdict(f) for f in figures]}, indent=1))


if __name__ == "__main__":
    main()
