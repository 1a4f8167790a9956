"""Quantities by layer over the epochs: the lines, their limits and their words, shared by several figures."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from seedbed.formatting import number
from seedbed.language import phrase
from seedbed.report.figures import Line, LinePanel, padded

Float64 = NDArray[np.float64]


def epoch_panel(
    title: str, unit: str, epochs: Sequence[int], names: Sequence[str], values: Float64, limits: tuple[float, float]
) -> LinePanel:
    """A panel with a line for each name.

    Parameters
    ----------
    title, unit : str
    epochs : sequence of int
    names : sequence of str
    values : float64 array, shape (epochs, names)
    limits : (low, high)
        Above zero for a logarithmic axis where they span more than a factor of 30.
    """
    lines = tuple(Line(name, index, epochs, values[:, index].tolist()) for index, name in enumerate(names))
    is_log = limits[0] > 0 and limits[1] / limits[0] > 30
    unit = phrase("{unit}, logarithmic", unit=unit) if is_log else unit
    ends = (epochs[0], epochs[-1])
    return LinePanel(title, unit, phrase("Epoch"), lines, ends, limits, is_log_y=is_log, is_epochs=True)


def shared_limits(arrays: Iterable[Float64], is_from_zero: bool = True) -> tuple[float, float]:
    """A range that holds all finite values of several panels; from zero, or above zero for a logarithmic axis."""
    values = [float(value) for array in arrays for value in array.ravel() if math.isfinite(value)]
    if is_from_zero:
        return 0.0, 1.06 * max([*values, 1e-9])
    above = [value for value in values if value > 0]
    return padded(above, is_log=True) if above else (0.1, 1.0)


def course_text(label: str, epochs: Sequence[int], names: Sequence[str], values: Float64, digits: int = 1) -> str:
    """``tanh: conv1 from 12.0 at epoch 0 to 30.1 at epoch 10; conv2 …``: a figure in words."""
    parts = [
        phrase(
            "{name} from {first} at epoch {start} to {last} at epoch {end}",
            name=name,
            first=number(float(values[0, index]), digits),
            start=epochs[0],
            last=number(float(values[-1, index]), digits),
            end=epochs[-1],
        )
        for index, name in enumerate(names)
    ]
    return f"{label}: {'; '.join(parts)}." if label else f"{'; '.join(parts)}."


def last_text(names: Sequence[str], values: Float64, digits: int = 1) -> str:
    """``conv1 30.1, conv2 20.0``: the last epoch alone."""
    return ", ".join(f"{name} {number(float(values[-1, index]), digits)}" for index, name in enumerate(names))
