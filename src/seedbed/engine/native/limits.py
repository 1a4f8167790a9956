"""What is too large for the native engine, in words: C++ refuses it too, but names no layer."""

from seedbed.engine.base import Plan
from seedbed.engine.memory import require_memory
from seedbed.engine.native import _native
from seedbed.errors import EngineError
from seedbed.network import Network

_WINDOWS = ("kernel_size", "stride", "padding", "size")


def check_sizes(network: Network) -> None:
    """Refuse a network with layers or parameters beyond what the engine counts up to.

    Raises
    ------
    EngineError
    """
    for node in network.nodes:
        side = max(node.input_shape + node.output_shape)
        if side > _native.LARGEST_SIDE:
            raise _too_large(f"channels, rows, columns or features in '{node.name}'", _native.LARGEST_SIDE, side)
        for name in _WINDOWS:
            window = getattr(node.layer, name, None) or 0
            if window > _native.LARGEST_WINDOW:
                raise _too_large(f"as the {name} of '{node.name}'", _native.LARGEST_WINDOW, window)
    check_parameters(network.parameter_count)


def check_parameters(count: int) -> None:
    """Refuse more parameters, with what fills up their vectors, than an update counts up to.

    Raises
    ------
    EngineError
    """
    if count > _native.MOST_PARAMETERS:
        raise _too_large("parameters", _native.MOST_PARAMETERS, count)


def check_program(plan: Plan, program: _native.Program, threads: int) -> None:
    """Refuse a program whose arrays, all of which ``cpp/executor.cpp`` takes at once, need more memory than there is.

    Raises
    ------
    EngineError
    """
    fixed, batch = _native.footprint(program, threads)
    # What a probe gives is no array of the executor.
    is_probe = bool(program.probe)
    given = plan.batch_size * program.sizes.outputs if is_probe else 0
    require_memory(plan, 4 * fixed, 4 * (batch + given), is_probe)


def _too_large(what: str, most: int, got: int) -> EngineError:
    return EngineError(
        f"engine 'native': expected at most {most:,} {what}, got {got:,}. Make it smaller, or use engine 'torch'."
    )
