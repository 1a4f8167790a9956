"""A result with the texts of its study in the language that is spoken."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from seedbed.language import spoken
from seedbed.runner.failures import RunFailure
from seedbed.study.chains import ChainResult
from seedbed.study.claim import ClaimResult
from seedbed.study.claim_numbers import Side
from seedbed.study.kind_claim import KindClaim
from seedbed.study.published import Published
from seedbed.study.result import GridResult, VariantResult
from seedbed.study.study_result import StudyResult
from seedbed.study.texts import GridTexts, StudyTexts


def translated(result: StudyResult) -> StudyResult:
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
        chains=tuple(_chains(result.chains, texts, titles)),
        grids=tuple(_grid(grid, texts) for grid in result.grids),
        failures=tuple(_failure(failure, result.variants, titles) for failure in result.failures),
    )


def _variant(variant: VariantResult, texts: StudyTexts) -> VariantResult:
    own = texts.grids.get(variant.grid, GridTexts(axes={}, labels={}))
    labels = {axis: own.labels.get(label, label) for axis, label in variant.coordinates.items()}
    title = own.title.format_map(labels) if own.title else variant.title
    return replace(
        variant,
        title=texts.variants.get(variant.name, title),
        coordinates={own.axes.get(axis, axis): label for axis, label in labels.items()},
        published=_published(variant, texts),
    )


def _published(side: VariantResult | Side, texts: StudyTexts) -> Published | None:
    if side.published is None or side.name not in texts.published:
        return side.published
    return replace(side.published, remark=texts.published[side.name])


def _claim(
    claim: ClaimResult | KindClaim, text: str, texts: StudyTexts, titles: Mapping[str, str]
) -> ClaimResult | KindClaim:
    def own(side: Side) -> Side:
        return replace(side, title=titles[side.name], published=_published(side, texts))

    if isinstance(claim, KindClaim):
        return replace(claim, text=text, sides=tuple(tuple(map(own, side)) for side in claim.sides))
    return replace(claim, text=text, better=own(claim.better), worse=own(claim.worse))


def _chains(chains: Sequence[ChainResult], texts: StudyTexts, titles: Mapping[str, str]) -> Iterator[ChainResult]:
    for chain, own in zip(chains, texts.chains, strict=bool(texts.chains)):
        steps = tuple(
            replace(step, change=change, side=replace(step.side, title=titles[step.side.name]))
            for step, change in zip(chain.steps, own.steps, strict=True)
        )
        first = replace(chain.as_published, title=titles[chain.as_published.name])
        yield replace(chain, title=own.title, as_published=first, steps=steps)
    if not texts.chains:
        yield from chains


def _failure(failure: RunFailure, variants: Sequence[VariantResult], titles: Mapping[str, str]) -> RunFailure:
    """With the title of its variant in the other language."""
    own = {variant.title: titles[variant.name] for variant in variants}
    return replace(failure, title=own.get(failure.title, failure.title))


def _grid(grid: GridResult, texts: StudyTexts) -> GridResult:
    own = texts.grids.get(grid.name)
    if own is None:
        return grid
    axes = {
        own.axes.get(axis, axis): tuple(own.labels.get(label, label) for label in labels)
        for axis, labels in grid.axes.items()
    }
    return replace(grid, caption=own.caption or grid.caption, axes=axes)
