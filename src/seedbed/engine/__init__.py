"""Engines by name. An engine's own libraries are imported when it is first asked for."""

from importlib.util import find_spec
from math import prod

from seedbed.engine.base import Engine
from seedbed.errors import EngineError
from seedbed.network import Network
from seedbed.network.own import OwnLayer

NUMERICS = {"native": 1, "reference": 1, "torch": 1}
"""The version of each engine's numbers: raised with every change after which a recipe and a seed give other bits, in
the engine or in what all engines share. Runs of another version are other runs."""

ENGINES = tuple(NUMERICS)
"""Names of all engines; the first is the default."""

LARGE = 10_000_000
"""Multiply-adds for one image, forward, from which on a network counts as large."""


def load_engine(name: str) -> Engine:
    """Get an engine by name.

    Raises
    ------
    EngineError
        No such engine, or it cannot run on this machine.
    """
    if name == "native":
        from seedbed.engine.native import NativeEngine

        return NativeEngine()
    if name == "reference":
        from seedbed.engine.reference import ReferenceEngine

        return ReferenceEngine()
    if name == "torch":
        from seedbed.engine.torch import TorchEngine

        return TorchEngine()
    raise _unknown(name)


def numerics_version(name: str) -> int:
    """The version of an engine's numbers, see ``NUMERICS``.

    Raises
    ------
    EngineError
        No such engine.
    """
    if name not in NUMERICS:
        raise _unknown(name)
    return NUMERICS[name]


def choose_engine(network: Network) -> str:
    """Name of the engine for a network when nobody asks for one.

    ``torch``, else ``reference``, if a layer is a user's own. ``torch`` if the network takes ``LARGE`` multiply-adds or
    more for an image and PyTorch finds a CUDA device, else ``native``. PyTorch is imported for such networks alone.
    """
    if any(isinstance(layer, OwnLayer) for layer in network.layers):
        return "torch" if find_spec("torch") is not None else "reference"
    if multiply_adds(network) < LARGE or find_spec("torch") is None:
        return ENGINES[0]
    from seedbed.engine.torch import TorchEngine

    return ENGINES[0] if TorchEngine().device.type == "cpu" else TorchEngine.name


def multiply_adds(network: Network) -> int:
    """Multiplications of a weight and a value when one image goes forward."""
    inputs = ((node.layer.fans(node.input_shape), prod(node.output_shape)) for node in network.nodes)
    return round(sum(fans[0] * outputs for fans, outputs in inputs if fans is not None))


def _unknown(name: str) -> EngineError:
    known = ", ".join(ENGINES)
    message = f"unknown engine '{name}'. Known: {known}."
    return EngineError(message, field="engine", expected=f"one of {known}", got=name)
