"""Grids: many variants written once, one for each combination of the values of a few axes.

::

    [[grids]]
    grid = "rates"
    caption = "Learning rate and activation"
    name = "{act}-{lr}"
    title = "{act}, learning rate {lr}"
    network = "flatten linear(32) {act} linear(10)"
    optimizer = "sgd(lr={lr})"
    published_notes = { single_run = true }

    [grids.axes]
    act = ["tanh", "relu"]
    lr = [0.1, 0.01]

    [grids.published]
    tanh-0.1 = { accuracy = 98.62 }

A value that is nothing but one placeholder keeps its type: ``batch_size = "{batch}"`` becomes a whole number. Where an
axis sets several placeholders at once, its values are tables, such as ``{ label = "ReLU", act = "relu", init =
"he_uniform" }``: ``label`` is what reports show, and also stands for the axis where no key has its name.

Published figures go by the name of the variant, or by ``published_as``, a text with placeholders, where several
variants stand against the same figure.
"""

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from seedbed.study.fields import Name, Text

Scalar = str | int | float | bool

MOST_VARIANTS = 10_000
"""Of all grids of a study."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Grid:
    """A grid as its variants know it.

    Attributes
    ----------
    name, caption : str
    axes : dict of str to tuple of str
        The labels of each axis, in order.
    cells : dict of str to dict
        Coordinates of each variant by its name: a label for each axis.
    """

    name: str
    caption: str
    axes: dict[str, tuple[str, ...]]
    cells: dict[str, dict[str, str]]


class GridDefinition(BaseModel):
    """One ``[[grids]]`` table; the keys that it does not name are settings of its variants, as in ``[[variants]]``."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    grid: Name
    caption: Text
    name: Text
    title: Text
    axes: Annotated[dict[Name, Annotated[list[Any], Field(min_length=1)]], Field(min_length=1)]
    published: Annotated[dict[str, dict[str, Any]], Field(default_factory=dict)]
    published_as: str = ""
    published_notes: Annotated[dict[str, Any], Field(default_factory=dict)]

    @property
    def count(self) -> int:
        """Of its variants."""
        return prod(len(values) for values in self.axes.values())

    def expand(self) -> tuple[Grid, list[dict[str, Any]]]:
        """The grid and the tables of its variants, the last axis running fastest.

        Raises
        ------
        ValueError
            An axis or a placeholder is wrong, or a published figure belongs to no variant.
        """
        axes = {axis: [_point(axis, value) for value in values] for axis, values in self.axes.items()}
        cells: dict[str, dict[str, str]] = {}
        asked: dict[str, None] = {}
        tables = []
        for points in itertools.product(*axes.values()):
            values: dict[str, Scalar] = {}
            for _, own in points:
                if twice := values.keys() & own.keys():
                    raise ValueError(f"the placeholder '{min(twice)}' is set by two axes")
                values |= own
            table = {key: _filled(value, values) for key, value in (self.model_extra or {}).items()}
            name, title = (_text(_filled(text, values)) for text in (self.name, self.title))
            if name in cells:
                raise ValueError(f"two variants have the name '{name}'; put every axis into 'name'")
            cells[name] = {axis: label for axis, (label, _) in zip(axes, points, strict=True)}
            key = _text(_filled(self.published_as, values)) if self.published_as else name
            asked[key] = None
            if key in self.published:
                figures = self.published_notes | self.published[key]
                table["published"] = {part: _filled(value, values) for part, value in figures.items()}
            tables.append(table | {"name": name, "title": title})
        if unknown := self.published.keys() - asked.keys():
            raise ValueError(f"published: no variant has the name '{min(unknown)}'; they are {', '.join(asked)}")
        labels = {axis: tuple(label for label, _ in points) for axis, points in axes.items()}
        return Grid(self.grid, self.caption, labels, cells), tables


class WrittenGrids(BaseModel):
    """The part of a study file that holds grids."""

    grids: list[GridDefinition]


def _point(axis: str, value: Any) -> tuple[str, dict[str, Scalar]]:
    """The label of one value of an axis, and the placeholders that it sets."""
    if isinstance(value, Scalar):
        return _text(value), {axis: value}
    if not isinstance(value, Mapping) or not all(isinstance(part, Scalar) for part in value.values()):
        raise ValueError(f"axes.{axis}: expected texts, numbers, or tables of them, got {value!r}")
    own = {key: part for key, part in value.items() if key != "label"}
    if "label" not in value and axis not in own:
        raise ValueError(f"axes.{axis}: expected a 'label' or the key '{axis}' in each table, got {', '.join(value)}")
    label = value.get("label", own.get(axis))
    return _text(label), {axis: label} | own


def _filled(value: Any, values: Mapping[str, Scalar]) -> Any:
    if not isinstance(value, str):
        return value
    for name in _PLACEHOLDER.findall(value):
        if name not in values:
            raise ValueError(f"unknown placeholder '{{{name}}}' in '{value}'; the axes set {', '.join(values)}")
    if whole := _PLACEHOLDER.fullmatch(value):
        return values[whole[1]]
    return _PLACEHOLDER.sub(lambda match: _text(values[match[1]]), value)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
