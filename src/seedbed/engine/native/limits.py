"""What is too large for the native engine, in words: C++ refuses it too, but names no layer."""

from seedbed.engine.base import Plan
from seedbed.engine.memory import require_memory
from seedbed.engine.native import _native
from seedbed.engine.native.layout import LANES
from seedbed.errors import EngineError
from seedbed.network import Network

_LARGEST_SIDE = 2**20 - 1
_LARGEST_WINDOW = 4095
_MOST_PARAMETERS = 2**28 - LANES
_EVALUATION_GROUPS = 4
"""Lane groups that there are in any case: ``kEvaluationGroups`` of ``cpp/executor.cpp``."""
_WINDOWS = ("kernel_size", "stride", "padding", "size")


def check_sizes(network: Network) -> None:
    """Refuse a network with layers or parameters beyond what the engine counts up to.

    Raises
    ------
    EngineError
    """
    for node in network.nodes:
        side = max(node.input_shape + node.output_shape)
        if side > _LARGEST_SIDE:
            raise _too_large(f"channels, rows, columns or features in '{node.name}'", _LARGEST_SIDE, side)
        for name in _WINDOWS:
            window = getattr(node.layer, name, None) or 0
            if window > _LARGEST_WINDOW:
                raise _too_large(f"as the {name} of '{node.name}'", _LARGEST_WINDOW, window)
    if network.parameter_count > _MOST_PARAMETERS:
        raise _too_large("parameters", _MOST_PARAMETERS, network.parameter_count)


def check_program(plan: Plan, program: _native.Program, threads: int) -> None:
    """Refuse a program whose arrays, all of which ``cpp/executor.cpp`` takes at once, need more memory than there is.

    Raises
    ------
    EngineError
    """
    sizes = program.sizes
    if sizes.gradients > _MOST_PARAMETERS:
        raise _too_large("parameters", _MOST_PARAMETERS, sizes.gradients)
    groups = max(-(-plan.batch_size // LANES), program.spread, _EVALUATION_GROUPS)
    fixed = sizes.shared + sizes.gradients + sizes.memory + _native.MAX_SLOTS * sizes.partials
    lanes = groups * LANES * (sizes.lanes + sizes.scratch)
    # What a probe gives is as large.
    lanes += plan.batch_size * sizes.outputs if program.probe else 0
    require_memory(plan, 4 * fixed, 4 * (lanes + threads * sizes.thread_scratch))


def _too_large(what: str, most: int, got: int) -> EngineError:
    return EngineError(
        f"engine 'native': expected at most {most:,} {what}, got {got:,}. Make it smaller, or use engine 'torch'."
    )
