"""The measured multiply-add peak of one core, and the arithmetic that a training step needs at least."""

import time

import numpy as np

from seedbed.engine.native import _native
from seedbed.network import Conv2d, Linear, Network


def peak_gflops(instruction_set: str, seconds: float = 0.3) -> float:
    """Floating-point operations per second of one core, in units of 1e9 (a multiply-add counts as two)."""
    op = _native.Op("peak")
    op.weight, op.size = 0, 2_000_000
    program = _native.Program()
    sizes = _native.Sizes()
    sizes.lanes = sizes.shared = 16
    program.sizes, program.batch_size, program.classes, program.image_size = sizes, 1, 1, 1
    program.training = [_native.Stage(False, False, [op])]
    executor = _native.Executor(program, instruction_set, 1)
    image, label = np.zeros((1, 1), np.uint8), np.zeros(1, np.uint8)
    best, end = 0.0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        begun = time.perf_counter()
        executor.train(image, label, np.zeros(1, np.int64), np.zeros(1))
        best = max(best, op.size * _native.PEAK_CHAINS * 32 / (time.perf_counter() - begun))
    return best / 1e9


def step_flops(network: Network) -> int:
    """Operations per image of a training step: forward, weight gradient, and input gradient where one is needed."""
    total, first = 0, True
    for node in network.nodes:
        if isinstance(node.layer, Conv2d | Linear):
            weights = int(np.prod(node.parameter_shapes[f"{node.name}.weight"]))
            pixels = int(np.prod(node.output_shape[1:]))
            total += 2 * weights * pixels * (2 if first else 3)
            first = False
    return total
