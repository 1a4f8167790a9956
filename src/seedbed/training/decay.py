"""Weight decay of chosen parameters."""

from dataclasses import dataclass
from typing import Any, ClassVar

from seedbed.checks import as_finite
from seedbed.errors import NotationError, RecipeError, compose
from seedbed.network import Network
from seedbed.notation import checked, parse_all
from seedbed.written import Written


@dataclass(frozen=True)
class L2(Written):
    """A penalty of ½·amount·Σw²: adds amount·w to the gradient, the optimizer's ``weight_decay`` for some parameters.

    ``of`` is ``weight`` or ``bias`` for all weights or biases but batch norm's, ``linear1`` for the weight of that
    layer, ``linear1.bias`` for this array.
    """

    notation: ClassVar[str] = "l2"
    amount: float
    of: str = "weight"

    def __post_init__(self) -> None:
        self._require_number("amount", least=0)

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
            raise RecipeError(
                f"weight_decay '{self}': the network has no parameter '{key}'. Known: {known}.",
                field="of",
                expected=f"one of {known}",
                got=key,
            )
        return [key]


DECAYS: dict[str, type[L2]] = {L2.notation: L2}
"""Every rule by its name in text."""


def load_decay(weight_decay: Any) -> tuple[L2, ...]:
    """Read ``"l2(0.004, of=linear1) l2(0.004, of=linear2)"``, or take rules; an empty text is none.

    Raises
    ------
    NotationError, RecipeError
    """
    if isinstance(weight_decay, L2):
        weight_decay = (weight_decay,)
    if isinstance(weight_decay, tuple | list) and all(isinstance(rule, L2) for rule in weight_decay):
        return tuple(checked("weight decay", DECAYS, rule) for rule in weight_decay)
    if as_finite(weight_decay) is not None:
        expected, got = "a text that says of which parameters, such as 'l2(0.004, of=linear1)'", str(weight_decay)
        hint = f"For all of them write it into the optimizer: sgd(lr=0.02, weight_decay={got})."
        raise NotationError(compose("weight_decay", expected, got, hint), expected=expected, got=got, hint=hint)
    return parse_all("weight decay", DECAYS, weight_decay)


def decay_by_name(rules: tuple[L2, ...], network: Network) -> dict[str, float]:
    """Weight decay by full name of the parameter; where two rules name one, the later counts.

    Raises
    ------
    RecipeError
        The network has no such parameter.
    """
    return {key: rule.amount for rule in rules for key in rule.names(network)}
