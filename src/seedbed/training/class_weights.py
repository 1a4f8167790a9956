"""Weights of classes in the loss: a text or a mapping, and what they are on a data set."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.checks import finite_number
from seedbed.data import Dataset
from seedbed.errors import RecipeError, compose

BALANCED = "balanced"
_LARGEST = 1_000_000
"""Of a weight: float32 holds the sum of those of any batch."""
_ENTRY = re.compile(r"""\s*(?P<name>"(?:[^"\\]|\\.)*"|[^",=]+?)\s*=\s*(?P<weight>[^,=]+?)\s*(?:,|$)""")
_PLAIN = re.compile(r"""[^\s",=](?:[^",=]*[^\s",=])?""")
_EXPECTED = "'balanced', or weights by the names of classes such as 'cat=2, dog=0.5'"


@dataclass(frozen=True)
class ClassWeights:
    """What the loss of an image counts by its class.

    Attributes
    ----------
    by_name : tuple of (str, float)
        In the order of the names; classes that are not named have weight 1.
    is_balanced : bool
        n / (K·n_c) for n training images, n_c of a class, and K classes that have some: all classes count alike.
        Source: King and Zeng (2001), "Logistic regression in rare events data", as scikit-learn's ``"balanced"``.
    """

    by_name: tuple[tuple[str, float], ...] = ()
    is_balanced: bool = False

    def __bool__(self) -> bool:
        return self.is_balanced or bool(self.by_name)

    def __str__(self) -> str:
        if self.is_balanced:
            return BALANCED
        return ", ".join(f"{_quoted(name)}={_number(weight)}" for name, weight in self.by_name)

    def of(self, dataset: Dataset, outputs: int) -> NDArray[np.float32] | None:
        """The weight of each output of a network.

        Parameters
        ----------
        dataset : Dataset
            As ``Recipe.split`` gives it; ``balanced`` counts its training images.
        outputs : int
            Those beyond the classes have weight 1.

        Returns
        -------
        float32 array, shape (outputs,), or None without weights

        Raises
        ------
        RecipeError
            The data set lacks a class that is named, or no training image counts.
        """
        if not self:
            return None
        weights = np.ones(outputs, dtype=np.float32)
        counts = np.bincount(dataset.train_labels, minlength=outputs)
        if self.is_balanced:
            there = counts > 0
            weights[there] = counts.sum() / (np.count_nonzero(there) * counts[there])
        for name, weight in self.by_name:
            if name not in dataset.classes:
                known = f"classes of data '{dataset.name}': {', '.join(dataset.classes)}"
                raise RecipeError(field="class_weights", expected=known, got=f"'{name}'")
            weights[dataset.classes.index(name)] = weight
        if not counts @ weights:
            raise RecipeError(field="class_weights", expected="a training image that counts", got=f"'{self}'")
        return weights


def load_class_weights(given: Any) -> ClassWeights:
    """Read ``"balanced"`` or ``"cat=2, dog=0.5"``, or take a mapping from names to weights; an empty one is none.

    A name with a comma, an equals sign or quotes is written as JSON writes it: ``"a, b"=2``.

    Raises
    ------
    RecipeError
    """
    if isinstance(given, ClassWeights):
        return given
    if isinstance(given, Mapping):
        return _checked(given.items(), given)
    if given is None or given == "":
        return ClassWeights()
    if not isinstance(given, str):
        raise _unreadable(given)
    if given.strip() == BALANCED:
        return ClassWeights(is_balanced=True)
    entries, place = [], 0
    while place < len(given):
        found = _ENTRY.match(given, place)
        if found is None:
            raise _unreadable(given)
        entries.append((_unquoted(found["name"], given), found["weight"]))
        place = found.end()
    return _checked(entries, given)


def _checked(entries: Any, given: Any) -> ClassWeights:
    weights: dict[str, float] = {}
    for name, weight in entries:
        name = str(name)
        if name in weights:
            raise RecipeError(field="class_weights", expected="each class once", got=f"'{name}' twice")
        try:
            value: Any = float(weight) if isinstance(weight, str) else weight
        except ValueError:
            raise _unreadable(given) from None
        weights[name] = finite_number(f"class_weights '{name}'", value, least=0, most=_LARGEST)
    if weights and not any(weights.values()):
        raise RecipeError(field="class_weights", expected="a weight above 0", got=shown_text(given))
    return ClassWeights(tuple(sorted(weights.items())))


def shown_text(given: Any) -> str:
    """What was given, cut where it is long."""
    text = str(given)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _unreadable(given: Any) -> RecipeError:
    got = f"'{shown_text(given)}'" if isinstance(given, str) else type(given).__name__
    return RecipeError(compose("class_weights", _EXPECTED, got, ""), field="class_weights", expected=_EXPECTED, got=got)


def _quoted(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _unquoted(text: str, given: str) -> str:
    try:
        return str(json.loads(text)) if text.startswith('"') else text
    except ValueError:
        raise _unreadable(given) from None


def _number(weight: float) -> str:
    return str(int(weight)) if weight == int(weight) else repr(weight)
