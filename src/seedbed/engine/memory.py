"""Whether a plan fits into memory: counted before any of it is taken, and refused in words."""

from math import prod

from seedbed.engine.base import Plan, memory_slots
from seedbed.errors import EngineError
from seedbed.machine import available_bytes

MOST_IMAGES = 2**24
"""Of a batch."""

_DRAWING_BYTES = 32
"""What drawing first values takes at its height, for each number of an array."""
_MARGIN = 0.1
"""Of what is free, left to the interpreter, to other programs and to what is not counted."""


def check_memory(plan: Plan, images: int = 0, value_bytes: int = 0, prepared_bytes: int = 0) -> None:
    """Refuse a plan for which there is not enough memory, whatever the engine makes of it.

    Counted is what no engine can do without: drawing the largest parameter, all parameters with their gradients and
    what the optimizer keeps, and what the layers with parameters give for a batch.

    Parameters
    ----------
    plan : Plan
    images : int
        Of the largest batch that there will be.
    value_bytes : int
        What a value of a layer takes in main memory; 0 to leave the batch to the engine.
    prepared_bytes : int
        What an image takes that is prepared for the engine; 0 if that takes stored ones.

    Raises
    ------
    EngineError
    """
    if plan.batch_size > MOST_IMAGES:
        raise EngineError(field="batch_size", expected=f"at most {MOST_IMAGES:,}", got=f"{plan.batch_size:,}")
    sizes = [prod(shape) for shape in plan.network.parameter_shapes.values()]
    kept = state_bytes(plan) + 4 * sum(sizes)
    values = sum(prod(node.output_shape) for node in plan.network.nodes if node.parameter_shapes)
    require_memory(
        plan, max(kept, _DRAWING_BYTES * max(sizes, default=0)), images * (value_bytes * values + prepared_bytes)
    )


def require_memory(plan: Plan, network_bytes: int, batch_bytes: int, is_probe: bool = False) -> None:
    """Refuse what takes more memory than there is, less a tenth of it.

    Parameters
    ----------
    plan : Plan
    network_bytes, batch_bytes : int
        For the network alone, and for its values for a batch.
    is_probe : bool
        The batch is one to probe, not one to train with.

    Raises
    ------
    EngineError
        It says how much is needed for what, how much there is, and what to make smaller.
    """
    free_bytes = available_bytes()
    if free_bytes is None:
        return
    free_bytes = round((1 - _MARGIN) * free_bytes)
    if network_bytes + batch_bytes <= free_bytes:
        return
    is_batch = batch_bytes > network_bytes
    what = f"the network with batches of {plan.batch_size:,} images" if is_batch else "the network"
    needed = f"{what} needs at least {_text(network_bytes + batch_bytes)}"
    field = "network" if not is_batch else "images" if is_probe else "batch_size"
    hint = "Probe fewer images." if is_batch and is_probe else f"Choose a smaller {field}."
    raise EngineError(
        f"not enough memory: {needed}, {_text(free_bytes)} can be had. {hint}",
        field=field,
        expected=f"at most {_text(free_bytes)} of memory",
        got=_text(network_bytes + batch_bytes),
        hint=hint,
    )


def state_bytes(plan: Plan) -> int:
    """What parameters and all that is kept beside them take once, as float32."""
    return 4 * (1 + len(memory_slots(plan))) * plan.network.parameter_count


def _text(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:,.1f} GB"
