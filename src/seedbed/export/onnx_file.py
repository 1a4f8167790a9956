"""An ONNX file: images in, probabilities out, names of the classes in its metadata."""

import json

from seedbed.export.exported import Exported
from seedbed.export.needing import require


def onnx_bytes(exported: Exported) -> bytes:
    """The file.

    Its input ``images`` has the type and shape of stored images, of any number; its output ``probabilities`` is
    float32, shape (n, classes). Metadata: ``classes``, a list in JSON, and ``seedbed``, where it comes from.

    Raises
    ------
    EngineError
        A layer cannot be written, or the package ``onnx`` is not installed.
    """
    require("onnx")
    import onnx
    from onnx import TensorProto, helper

    from seedbed.export.onnx_graph import Graph
    from seedbed.export.onnx_layers import write_ending, write_input, write_network

    graph = Graph()
    kind = TensorProto.UINT8 if exported.input.dtype == "uint8" else TensorProto.FLOAT
    value = write_input(graph, exported.input, "images")
    value = write_network(graph, exported, value)
    write_ending(graph, exported, value, "probabilities")
    made = helper.make_graph(
        graph.nodes,
        "seedbed",
        [helper.make_tensor_value_info("images", kind, ["n", *exported.input.stored_shape])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", len(exported.classes)])],
        graph.constants,
    )
    model = helper.make_model(
        made,
        producer_name="seedbed",
        producer_version=exported.about["seedbed"],
        opset_imports=[helper.make_opsetid("", Graph.opset)],
        ir_version=Graph.ir_version,
    )
    about = {"classes": json.dumps(exported.classes), "seedbed": json.dumps(exported.about)}
    helper.set_model_props(model, about)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())
