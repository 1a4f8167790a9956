"""An ONNX graph that grows by one operation at a time."""

from typing import Any, ClassVar

import numpy as np
import onnx
from numpy.typing import ArrayLike
from onnx import helper, numpy_helper


class Graph:
    """Operations and constants, each with a name of its own.

    Attributes
    ----------
    nodes, constants : list
        For ``onnx.helper.make_graph``.
    """

    opset: ClassVar[int] = 17
    ir_version: ClassVar[int] = 8
    """Both of 2022: what runtimes since ONNX 1.12 read."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def add(self, operation: str, inputs: list[str], name: str, output: str = "", **attributes: Any) -> str:
        """One operation; ``name`` and a number make its own name. Gives the name of its output."""
        own = f"{name}/{operation.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, inputs, [output or own], own, **attributes))
        return output or own

    def constant(self, value: ArrayLike, name: str, dtype: type[np.generic] = np.float32) -> str:
        """A constant; gives its name, with a number if it is taken."""
        taken = {one.name for one in self.constants}
        own = name if name not in taken else f"{name}.{len(taken)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype=dtype), own))
        return own
