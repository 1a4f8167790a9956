"""The texts of a study in another language, written into its file beside the English ones.

::

    [ko]
    title = "LeNet-5 개선"
    claims = ["ReLU는 오차율을 낮춥니다."]      # one for each of the study, in its order

    [ko.variants]
    relu = "ReLU 사용"

    [ko.grids.rates]
    caption = "학습률과 활성화 함수"
    title = "{act}, 학습률 {lr}"              # of its variants, from the labels of the axes

What is left out stays English.
"""

import string
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field

from seedbed.study.fields import Name, Table, Text
from seedbed.study.grids import Grid


class GridTexts(Table):
    """``[ko.grids.NAME]``: ``axes`` and ``labels`` by the English ones."""

    caption: Text | None = None
    title: Text | None = None
    axes: Annotated[dict[str, Text], Field(default_factory=dict)]
    labels: Annotated[dict[str, Text], Field(default_factory=dict)]


class ChainTexts(Table):
    """One of ``[[ko.chains]]``, in the order of the study: ``steps`` say what each step changes."""

    title: Text
    steps: list[Text]


class StudyTexts(Table):
    """``[ko]``: the texts of a study; ``published`` are remarks on published figures by the name of the variant."""

    title: Text | None = None
    question: Text | None = None
    source: Text | None = None
    remarks: Annotated[list[Text], Field(default_factory=list)]
    claims: Annotated[list[Text], Field(default_factory=list)]
    chains: Annotated[list[ChainTexts], Field(default_factory=list)]
    variants: Annotated[dict[Name, Text], Field(default_factory=dict)]
    published: Annotated[dict[Name, Text], Field(default_factory=dict)]
    grids: Annotated[dict[Name, GridTexts], Field(default_factory=dict)]


def check_texts(
    texts: StudyTexts,
    place: str,
    remarks: int,
    claims: int,
    variants: Sequence[str],
    grids: Sequence[Grid],
    chains: Sequence[int] = (),
) -> None:
    """Compare the texts with the study that they belong to; ``chains`` are the numbers of steps of its chains.

    Raises
    ------
    ValueError
        A list has another length than that of the study, or a name is none of its.
    """
    for key, found, count in (("remarks", texts.remarks, remarks), ("claims", texts.claims, claims)):
        if found and len(found) != count:
            raise ValueError(f"{place}.{key}: expected {count}, one for each of the study, got {len(found)}")
    found_steps = [len(chain.steps) for chain in texts.chains]
    if found_steps and found_steps != list(chains):
        raise ValueError(
            f"{place}.chains: expected {list(chains)} steps, as many as those of the study; got {found_steps}"
        )
    _check_names(f"{place}.variants", texts.variants, variants)
    _check_names(f"{place}.published", texts.published, variants)
    axes = {grid.name: grid.axes for grid in grids}
    _check_names(f"{place}.grids", texts.grids, list(axes))
    for name, own in texts.grids.items():
        labels = [label for labels in axes[name].values() for label in labels]
        _check_names(f"{place}.grids.{name}.axes", own.axes, list(axes[name]))
        _check_names(f"{place}.grids.{name}.labels", own.labels, labels)
        _check_names(f"{place}.grids.{name}.title", _placeholders(own.title or ""), list(axes[name]))


def _check_names(place: str, found: Sequence[str] | Mapping[str, object], known: Sequence[str]) -> None:
    for name in found:
        if name not in known:
            raise ValueError(f"{place}: expected one of {', '.join(known) or 'none'}, got '{name}'")


def _placeholders(title: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(title) if name is not None]
