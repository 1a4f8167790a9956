"""The recipe that a network with a name comes with: what holds where a setting is left out.

How well each learns with it is measured in docs/recipes.md. A study takes none of it: its variants shall differ in
nothing that is not written.
"""

from collections.abc import Mapping
from typing import Any

SUITED: Mapping[str, str] = {"optimizer": "adam(0.003)", "schedule": "cosine"}
"""The same for all, so that two of them can be compared as they come."""

_GENTLER: Mapping[str, str] = {"optimizer": "adam(0.001)"}
_OWN: Mapping[str, Mapping[str, str]] = {"tang": _GENTLER, "multilayer-cnn": _GENTLER}
"""Of wide networks, which the common rate makes worse."""

STEPS, FEWEST_EPOCHS, MOST_STEPPED_EPOCHS = 1000, 3, 100


def suited(name: str) -> dict[str, Any]:
    """The settings of a network with a name, but for its epochs."""
    return {**SUITED, **_OWN.get(name, {})}


def epochs_for(images: int, batch_size: int) -> int:
    """As many epochs as make 1,000 steps, 3 to 100."""
    return min(max(-(-STEPS // -(-images // batch_size)), FEWEST_EPOCHS), MOST_STEPPED_EPOCHS)
