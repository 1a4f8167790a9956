"""What both forms that are Python share: the words at the top, and values that cannot become code."""

from seedbed import __version__
from seedbed.export.exported import Exported
from seedbed.network import Network


def heading(exported: Exported, needs: str) -> list[str]:
    """First lines of the docstring; only what cannot end it stands there."""
    return [
        f'"""A small image classifier, written by Seedbed {__version__}. It needs {needs}, and nothing of Seedbed.',
        "",
        *(f"    {line}" for line in network_lines(exported.network)),
        "",
        f"Images are {exported.input.dtype} arrays of shape (n, {', '.join(map(str, exported.input.stored_shape))}), "
        "as they are stored: what is done to",
        "them first is part of it. Answers are probabilities of the classes.",
    ]


def network_lines(network: Network) -> list[str]:
    """The text of a network in lines of at most 100 characters."""
    lines = [""]
    for word in [f"input({', '.join(map(str, network.input_shape))})", *map(str, network.layers)]:
        if len(lines[-1]) + len(word) > 100:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def constants(exported: Exported) -> list[str]:
    """Names of the classes and where it comes from; ``ascii`` lets no text become code."""
    return [
        f"CLASSES = {exported.classes!a}",
        f"ABOUT = {exported.said!a}",
    ]
