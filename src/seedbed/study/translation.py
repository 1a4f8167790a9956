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
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from seedbed.language import spoken
from seedbed.study.fields import Name, Table, Text

if TYPE_CHECKING:
    from seedbed.runner.failures import RunFailure
    from seedbed.study.claim import ClaimResult, Side
    from seedbed.study.grids import Grid
    from seedbed.study.published import Published
    from seedbed.study.result import GridResult, StudyResult, VariantResult


class GridTexts(Table):
    """``[ko.grids.NAME]``: ``axes`` and ``labels`` by the English ones."""

    caption: Text | None = None
    title: Text | None = None
    axes: Annotated[dict[str, Text], Field(default_factory=dict)]
    labels: Annotated[dict[str, Text], Field(default_factory=dict)]


class StudyTexts(Table):
    """``[ko]``: the texts of a study; ``published`` are remarks on published figures by the name of the variant."""

    title: Text | None = None
    question: Text | None = None
    source: Text | None = None
    remarks: Annotated[list[Text], Field(default_factory=list)]
    claims: Annotated[list[Text], Field(default_factory=list)]
    variants: Annotated[dict[Name, Text], Field(default_factory=dict)]
    published: Annotated[dict[Name, Text], Field(default_factory=dict)]
    grids: Annotated[dict[Name, GridTexts], Field(default_factory=dict)]


def check_texts(
    texts: StudyTexts, place: str, remarks: int, claims: int, variants: Sequence[str], grids: "Sequence[Grid]"
) -> None:
    """Compare the texts with the study that they belong to.

    Raises
    ------
    ValueError
        A list has another length than that of the study, or a name is none of its.
    """
    for key, found, count in (("remarks", texts.remarks, remarks), ("claims", texts.claims, claims)):
        if found and len(found) != count:
            raise ValueError(f"{place}.{key}: expected {count}, one for each of the study, got {len(found)}")
    _check_names(f"{place}.variants", texts.variants, variants)
    _check_names(f"{place}.published", texts.published, variants)
    axes = {grid.name: grid.axes for grid in grids}
    _check_names(f"{place}.grids", texts.grids, list(axes))
    for name, own in texts.grids.items():
        labels = [label for labels in axes[name].values() for label in labels]
        _check_names(f"{place}.grids.{name}.axes", own.axes, list(axes[name]))
        _check_names(f"{place}.grids.{name}.labels", own.labels, labels)
        _check_names(f"{place}.grids.{name}.title", _placeholders(own.title or ""), list(axes[name]))


def translated(result: "StudyResult") -> "StudyResult":
    """The result with its texts in the language that is spoken, as far as its study has them."""
    texts = result.texts.get(spoken())
    if texts is None:
        return result
    variants = tuple(_variant(variant, texts) for variant in result.variants)
    titles = {variant.name: variant.title for variant in variants}
    claims = texts.claims or [claim.text for claim in result.claims]
    return replace(
        result,
        title=texts.title or result.title,
        question=texts.question or result.question,
        source=texts.source or result.source,
        remarks=tuple(texts.remarks) or result.remarks,
        variants=variants,
        claims=tuple(_claim(*pair, texts, titles) for pair in zip(result.claims, claims, strict=True)),
        grids=tuple(_grid(grid, texts) for grid in result.grids),
        failures=tuple(_failure(failure, result.variants, titles) for failure in result.failures),
    )


def _variant(variant: "VariantResult", texts: StudyTexts) -> "VariantResult":
    own = texts.grids.get(variant.grid, GridTexts(axes={}, labels={}))
    labels = {axis: own.labels.get(label, label) for axis, label in variant.coordinates.items()}
    title = own.title.format_map(labels) if own.title else variant.title
    return replace(
        variant,
        title=texts.variants.get(variant.name, title),
        coordinates={own.axes.get(axis, axis): label for axis, label in labels.items()},
        published=_published(variant, texts),
    )


def _published(side: "VariantResult | Side", texts: StudyTexts) -> "Published | None":
    if side.published is None or side.name not in texts.published:
        return side.published
    return replace(side.published, remark=texts.published[side.name])


def _claim(claim: "ClaimResult", text: str, texts: StudyTexts, titles: Mapping[str, str]) -> "ClaimResult":
    better, worse = (
        replace(side, title=titles[side.name], published=_published(side, texts))
        for side in (claim.better, claim.worse)
    )
    return replace(claim, text=text, better=better, worse=worse)


def _failure(failure: "RunFailure", variants: "Sequence[VariantResult]", titles: Mapping[str, str]) -> "RunFailure":
    """With the title of its variant in the other language."""
    own = {variant.title: titles[variant.name] for variant in variants}
    return replace(failure, title=own.get(failure.title, failure.title))


def _grid(grid: "GridResult", texts: StudyTexts) -> "GridResult":
    own = texts.grids.get(grid.name)
    if own is None:
        return grid
    axes = {
        own.axes.get(axis, axis): tuple(own.labels.get(label, label) for label in labels)
        for axis, labels in grid.axes.items()
    }
    return replace(grid, caption=own.caption or grid.caption, axes=axes)


def _check_names(place: str, found: Sequence[str] | Mapping[str, object], known: Sequence[str]) -> None:
    for name in found:
        if name not in known:
            raise ValueError(f"{place}: expected one of {', '.join(known) or 'none'}, got '{name}'")


def _placeholders(title: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(title) if name is not None]
