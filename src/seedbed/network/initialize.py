"""First values of the parameters, the same for every engine.

Each array draws from its own place of the counter-based generator, so an array's values depend on the seed, its number
in the network and its shape alone.
"""

import difflib
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from seedbed.errors import NotationError, compose
from seedbed.network.initializers import INITIALIZERS, Initializer
from seedbed.network.layers import Conv2d
from seedbed.network.network import Network, Node
from seedbed.notation import checked, parse_all
from seedbed.philox import Stream, uniform

State = dict[str, NDArray[np.float32]]
"""Arrays by full name, float32, in PyTorch's layout."""


@dataclass(frozen=True)
class Init:
    """Initialisers in a row; where two set the same array, the later one counts."""

    rules: tuple[Initializer, ...]

    def __str__(self) -> str:
        return " ".join(map(str, self.rules))

    def choose(self, network: Network) -> dict[str, Initializer]:
        """Which initialiser sets which parameter, by full name; those left out keep their layer's own first values.

        Raises
        ------
        NotationError
            A name is not in the network, an array has no fans to draw it by, or a weight has no initialiser.
        """
        drawn = {node.name for node in network.nodes if node.layer.fans(node.input_shape) is not None}
        chosen: dict[str, Initializer] = {}
        for rule in self.rules:
            for target in rule.targets:
                for key in _resolve(rule, target, network, drawn):
                    chosen[key] = rule
        for key in network.parameter_shapes:
            node, _, kind = key.rpartition(".")
            if kind == "weight" and node in drawn and key not in chosen:
                expected, got = "an initialiser for every weight", f"none for '{key}'"
                hint = f"Begin with one for all: 'lecun_uniform {self}'."
                message = compose(f"init '{self}'", expected, got, hint)
                raise NotationError(message, expected=expected, got=got, hint=hint)
        return chosen


def _resolve(rule: Initializer, target: str, network: Network, drawn: set[str]) -> list[str]:
    """Full names that ``of`` stands for."""
    known = list(network.parameter_shapes)
    if target in ("weight", "bias"):
        return [key for key in known if key.rpartition(".")[0] in drawn and key.endswith(f".{target}")]
    key = target if "." in target else f"{target}.weight"
    if key not in known:
        near = difflib.get_close_matches(key, known, n=1)
        hint = f"Did you mean '{near[0]}'?" if near else ""
        names = ", ".join(("weight", "bias", *known))
        raise NotationError(
            f"init '{rule}': the network has no parameter '{key}'.{f' {hint}' if hint else ''} Known: {names}.",
            field="of",
            expected=f"one of {names}",
            got=key,
            hint=hint,
        )
    if rule.needs_fans and key.rpartition(".")[0] not in drawn:
        hint = "Use constant, uniform or normal for it."
        raise NotationError(
            f"init '{rule}': '{key}' connects no inputs with outputs, so it has no fan-in. {hint}",
            field="of",
            expected="a parameter with a fan-in",
            got=key,
            hint=hint,
        )
    return [key]


def load_init(init: "str | Init") -> Init:
    """Read ``"lecun_uniform constant(0.1, of=bias)"``; ``Init.choose`` checks it against a network.

    Raises
    ------
    NotationError
    """
    if isinstance(init, Init):
        return Init(tuple(checked("init", INITIALIZERS, rule) for rule in init.rules))
    rules = parse_all("init", INITIALIZERS, str(init) if isinstance(init, Initializer) else init)
    if not rules:
        raise NotationError(expected="an init such as 'lecun_uniform'", got=f"'{init}'")
    return Init(rules)


def initial_state(network: Network, init: "str | Init", seed: int) -> State:
    """Draw all parameters and buffers.

    Weights follow ``init``; biases are 0 unless it names them; batch norm starts as the identity. Array number a of
    layer number l draws its elements one after the other from the place (seed, stream of parameters, a, l).

    Parameters
    ----------
    network : Network
    init : str or Init
        ``"truncated_normal(0.1) constant(0.1, of=bias)"``; names are those of ``INITIALIZERS``.
    seed : int
        0 to 2**64 - 1.

    Returns
    -------
    dict of str to float32 array
        In the order of the layers; parameters and buffers.

    Raises
    ------
    NotationError
    """
    chosen = load_init(init).choose(network)
    state: State = {}
    for index, node in enumerate(network.nodes):
        own = node.layer.first_values(node.input_shape)
        for number, (key, shape) in enumerate((node.parameter_shapes | node.buffer_shapes).items()):
            if key in chosen:
                values = _draw(chosen[key], node, key, seed, index, number)
            else:
                values = own.get(key.rpartition(".")[2], np.zeros(shape))
            state[key] = values.astype(np.float32)
    return state


def _draw(rule: Initializer, node: Node, key: str, seed: int, index: int, number: int) -> NDArray[np.float64]:
    shape = node.parameter_shapes[key]
    fan_in, fan_out = node.layer.fans(node.input_shape) or (0, 0)
    values = rule.values(
        lambda: uniform(prod(shape), seed, Stream.PARAMETERS, epoch=number, index=index).reshape(shape), fan_in, fan_out
    )
    if isinstance(node.layer, Conv2d) and key.endswith(".weight"):
        connected = node.layer.connections(shape[1])
        return values if connected is None else values * connected[:, :, np.newaxis, np.newaxis]
    return values
