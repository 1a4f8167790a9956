"""One weight of a run, looked at and changed by hand."""

from seedbed.errors import NetworkError
from seedbed.lab.experiment import LabRun
from seedbed.lab.wire import Frame


def weight_frame(run: LabRun, layer: str, unit: int, place: int, value: float | None = None) -> Frame:
    """One weight as it is now, after it got another value if there is one.

    Parameters
    ----------
    run : LabRun
        Held by the caller.
    layer : str
    unit, place : int
        ``place`` counts the weights of a unit, from 0, in the order they are stored.
    value : float, optional
        An intervention.

    Raises
    ------
    NetworkError
        There is no such weight.
    """
    name, shapes = f"{layer}.weight", run.loop.plan.network.parameter_shapes
    if name not in shapes:
        known = ", ".join(one.removesuffix(".weight") for one in shapes if one.endswith(".weight"))
        raise NetworkError(f"weight: expected a layer of {known}, got '{layer}'.")
    weights = run.loop.snapshot().state[name]
    rows = weights.reshape(len(weights), -1)
    if unit >= rows.shape[0] or place >= rows.shape[1]:
        raise NetworkError(
            f"weight: '{layer}' has units 0 to {rows.shape[0] - 1} with weights 0 to {rows.shape[1] - 1} each, got "
            f"{unit} and {place}."
        )
    if value is not None:
        run.loop.set_number(name, unit * rows.shape[1] + place, value)
        rows[unit, place] = value
    return Frame("weight", {"layer": layer, "unit": unit, "place": place, "value": rows[unit, place]}, is_kept=True)
