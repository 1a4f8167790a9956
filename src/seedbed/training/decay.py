"""Weight decay of chosen parameters."""

from dataclasses import dataclass
from math import isfinite
from typing import ClassVar

from seedbed.errors import RecipeError
from seedbed.network import Network
from seedbed.notation import build, parse_calls, write


@dataclass(frozen=True)
class L2:
    """A penalty of ½·amount·Σw²: adds amount·w to the gradient, the optimizer's ``weight_decay`` for some parameters.

    ``of`` is ``weight`` or ``bias`` for all weights or biases but batch norm's, ``linear1`` for the weight of that
    layer, ``linear1.bias`` for this array.
    """

    notation: ClassVar[str] = "l2"
    amount: float
    of: str = "weight"

    def __post_init__(self) -> None:
        if not (isfinite(self.amount) and self.amount >= 0):
            raise RecipeError(f"l2: amount must be a finite number of at least 0, got {self.amount}.")

    def __str__(self) -> str:
        return write(self.notation, self)

    def names(self, network: Network) -> list[str]:
        """Full names of the parameters that it is for.

        Raises
        ------
        RecipeError
            The network has no such parameter.
        """
        if self.of in ("weight", "bias"):
            drawn = (node for node in network.nodes if node.layer.fans(node.input_shape) is not None)
            return [key for node in drawn for key in node.parameter_shapes if key.endswith(f".{self.of}")]
        key = self.of if "." in self.of else f"{self.of}.weight"
        if key not in network.parameter_shapes:
            known = ", ".join(("weight", "bias", *network.parameter_shapes))
            raise RecipeError(f"weight_decay '{self}': the network has no parameter '{key}'. Known: {known}.")
        return [key]


def load_decay(weight_decay: str) -> tuple[L2, ...]:
    """Read ``"l2(0.004, of=linear1) l2(0.004, of=linear2)"``; an empty text is none.

    Raises
    ------
    NotationError, RecipeError
    """
    return tuple(build("weight decay", {L2.notation: L2}, *call) for call in parse_calls(weight_decay))


def decay_by_name(rules: tuple[L2, ...], network: Network) -> dict[str, float]:
    """Weight decay by full name of the parameter; where two rules name one, the later counts.

    Raises
    ------
    RecipeError
        The network has no such parameter.
    """
    return {key: rule.amount for rule in rules for key in rule.names(network)}
