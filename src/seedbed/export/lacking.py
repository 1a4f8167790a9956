"""What is said of a layer that a form does not have."""

from seedbed.errors import EngineError
from seedbed.network import Node


def lacks(form: str, node: Node) -> EngineError:
    """The error for a layer that cannot be written in a form."""
    hint = "A composition of Seedbed's own layers can be exported: see docs/extending.md."
    return EngineError(
        f"export to {form}: there is no way to write layer '{node.layer}' ('{node.name}'), which is not Seedbed's own. "
        f"{hint}",
        field=node.name,
        expected="a layer of Seedbed",
        got=str(node.layer),
        hint=hint,
    )
