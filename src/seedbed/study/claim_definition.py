"""Claims as a study file states them, of nine kinds.

::

    [[claims]]
    text = "Batch normalisation lowers the error."
    better = "normalised"
    worse = "plain"

    [[claims]]
    text = "The test error is under 1%."
    variant = "plain"
    under = 1.0

Which keys a claim has says what kind it is: see `KINDS`.
"""

from collections.abc import Collection, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from seedbed.study.fields import Count, Name, Number, Percent, Points, Table, Text

Kind = Literal["less", "order", "under", "reaches", "equal", "best", "crossing", "speed", "trend"]

Value = Literal[
    "test_error",
    "train_error",
    "validation_error",
    "train_loss",
    "test_loss",
    "validation_loss",
    "gradient_share",
    "input_width",
]
"""What may be claimed of. The last two are of a layer: its part of the sum of the norms of all layers' gradients, and
the standard deviation of what enters its activation."""

INSIDE = ("gradient_share", "input_width")
"""Values that need recordings of all runs."""

Names = Name | Annotated[list[Name], Field(min_length=1)]
"""A variant, or several, whose mean by seed counts."""

KINDS: Mapping[Kind, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "less": (("better", "worse"), ("published_difference",)),
    "order": (("lower", "higher"), ("value", "layer", "epoch")),
    "under": (("variant", "under"), ("value", "epoch")),
    "reaches": (("variant", "reaches", "runs"), ()),
    "equal": (("equal", "to", "margin"), ("value", "layer", "epoch")),
    "best": (("best", "of"), ()),
    "crossing": (("crosses", "between"), ("value",)),
    "speed": (("faster", "slower", "target"), ("value",)),
    "trend": ((), ("rises", "falls", "stays", "margin", "value", "layer", "epochs")),
}
"""The keys that each kind must have, and those that it may have."""

_MARKS: Mapping[str, Kind] = {
    "better": "less",
    "worse": "less",
    "lower": "order",
    "higher": "order",
    "under": "under",
    "reaches": "reaches",
    "equal": "equal",
    "best": "best",
    "crosses": "crossing",
    "faster": "speed",
    "slower": "speed",
    "rises": "trend",
    "falls": "trend",
    "stays": "trend",
}


class ClaimDefinition(Table):
    """One ``[[claims]]`` table.

    Attributes
    ----------
    text : str
    better, worse, published_difference
        ``less``: the first has a lower test error, by so many points in the source.
    lower, higher, value, layer, epoch
        ``order``: the mean of a value is lower in the first. After the last epoch if none is given.
    variant, under
        The mean of a value is under a bound.
    variant, reaches, runs
        The best of so many runs has this test error or less more often than not.
    equal, to, margin
        The means of a value differ by less than the margin.
    best, of
        The first has the lowest mean test error of these.
    crosses, between
        The two curves of a value, of the training loss if none is given, cross between two epochs.
    faster, slower, target
        The first comes sooner to a value.
    rises, falls, stays, margin, epochs
        How a value changes over the epochs from the first to the last of ``epochs``; it stays if its mean change over
        all of them is under the margin.
    """

    text: Text
    better: Name | None = None
    worse: Name | None = None
    published_difference: Points | None = None
    lower: Names | None = None
    higher: Names | None = None
    variant: Name | None = None
    under: Number | None = None
    reaches: Percent | None = None
    runs: Count | None = None
    equal: Names | None = None
    to: Names | None = None
    margin: Number | None = None
    best: Name | None = None
    of: Annotated[list[Name], Field(min_length=2)] | None = None
    crosses: Annotated[list[Name], Field(min_length=2, max_length=2)] | None = None
    between: Annotated[list[Number], Field(min_length=2, max_length=2)] | None = None
    faster: Name | None = None
    slower: Name | None = None
    target: Number | None = None
    rises: Name | None = None
    falls: Name | None = None
    stays: Name | None = None
    epochs: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=2, max_length=2)] | None = None
    value: Value | None = None
    layer: Text | None = None
    epoch: Count | None = None

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        given = {name for name in type(self).model_fields if name != "text" and getattr(self, name) is not None}
        kinds = {_MARKS[name] for name in given if name in _MARKS}
        if len(kinds) != 1:
            kinds_text = "; ".join(", ".join(needed) for needed, _ in KINDS.values() if needed)
            what = f"keys of {len(kinds)} kinds" if kinds else "none"
            raise ValueError(
                f"expected the keys of one kind of claim ({kinds_text}; rises, falls or stays), got {what}"
            )
        needed, allowed = KINDS[self.kind]
        for name in needed:
            if name not in given:
                raise ValueError(f"'{name}' is missing: a claim with '{_mark(given)}' needs it")
        for name in sorted(given - {*needed, *allowed}):
            raise ValueError(f"'{name}' does not belong to a claim with '{_mark(given)}'")
        self._check_values()
        return self

    def _check_values(self) -> None:
        if self.kind == "trend" and len({"rises", "falls", "stays"} & self._given()) != 1:
            raise ValueError("expected one of 'rises', 'falls' and 'stays'")
        if (self.margin is None) == (self.stays is not None):
            expected = "needs a 'margin'" if self.stays is not None else "has no 'margin'"
            if self.kind == "trend":
                raise ValueError(f"a claim that a value {'stays' if self.stays else 'rises or falls'} {expected}")
        if (self.quantity in INSIDE) != (self.layer is not None):
            raise ValueError(f"'layer' belongs to the values {' and '.join(INSIDE)}, and they need it")
        for name, ends in (("between", self.between), ("epochs", self.epochs)):
            if ends is not None and not ends[0] < ends[1]:
                raise ValueError(f"{name}: expected two rising numbers, got {ends}")
        if (
            self.best is not None
            and self.of is not None
            and (self.best not in self.of or len({*self.of}) < len(self.of))
        ):
            raise ValueError(f"of: expected different variants, '{self.best}' among them, got {', '.join(self.of)}")
        for one, other in (("better", "worse"), ("lower", "higher"), ("equal", "to"), ("faster", "slower")):
            if getattr(self, one) is not None and getattr(self, one) == getattr(self, other):
                raise ValueError(f"'{one}' and '{other}' are both '{getattr(self, one)}'")
        if self.crosses is not None and self.crosses[0] == self.crosses[1]:
            raise ValueError(f"crosses: both are '{self.crosses[0]}'")

    def _given(self) -> set[str]:
        return {name for name in _MARKS if getattr(self, name) is not None}

    @property
    def kind(self) -> Kind:
        """What is claimed."""
        return _MARKS[_mark(self._given())]

    @property
    def quantity(self) -> Value:
        """The value that is claimed of."""
        return self.value or ("train_loss" if self.kind == "crossing" else "test_error")

    @property
    def sides(self) -> tuple[tuple[str, ...], ...]:
        """Its variants, by the place that they have in it."""
        own = [self.better, self.worse, self.lower, self.higher, self.variant, self.equal, self.to, self.best]
        own += [*(self.crosses or ()), self.faster, self.slower, self.rises, self.falls, self.stays]
        own += [name for name in self.of or () if name != self.best]
        return tuple((side,) if isinstance(side, str) else tuple(side) for side in own if side is not None)

    @property
    def names(self) -> tuple[str, ...]:
        """All its variants, each once."""
        return tuple(dict.fromkeys(name for side in self.sides for name in side))


def check_claims(claims: Collection[ClaimDefinition], variants: Collection[str]) -> None:
    """Compare claims with the variants of their study.

    Raises
    ------
    ValueError
        A name is none of theirs.
    """
    for place, claim in enumerate(claims, 1):
        for key in type(claim).model_fields:
            value = getattr(claim, key)
            if key in {"text", "value", "layer"} or not isinstance(value, str | list):
                continue
            for name in [value] if isinstance(value, str) else value:
                if isinstance(name, str) and name not in variants:
                    raise ValueError(f"claims[{place}].{key}: expected one of {', '.join(variants)}; got '{name}'")


def _mark(given: Collection[str]) -> str:
    return next(name for name in _MARKS if name in given)
