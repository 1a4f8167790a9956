"""The verdict on a claim of another kind than "A errs less than B" in plain words."""

import math
from collections.abc import Sequence
from typing import Any

from seedbed.formatting import epoch_count, number, p_value_clause, points_text, run_count
from seedbed.language import phrase
from seedbed.study.claim_numbers import Side
from seedbed.study.kind_numbers import KindNumbers


def kind_sentence(claim: KindNumbers) -> str:
    """What was found, and how sure it is."""
    if claim.lack == "runs" or (math.isnan(claim.estimate) and claim.kind != "crossing"):
        return phrase("Undecided: there are too few runs, or too few recordings of runs, to tell.")
    fact = _FACTS[claim.kind](claim)
    if claim.lack == "early":
        return phrase(
            "No verdict yet: so far {fact}. A claim of this kind is tested once all planned seeds are there.", fact=fact
        )
    if claim.lack == "tested":
        return phrase(
            "No verdict: {fact}, but the claim was tested before with another number of seeds, which used up its "
            "level.",
            fact=fact,
        )
    if math.isnan(claim.p_value):
        return phrase("Undecided: {fact}; runs without any spread do not tell how much is luck.", fact=fact)
    numbers = kind_numbers(claim)
    if claim.verdict == "supported":
        text = f"{fact} {numbers}."
        return text[:1].upper() + text[1:]
    if claim.verdict == "contradicted":
        return phrase("Against the claim, {fact} {numbers}.", fact=fact, numbers=numbers)
    return phrase("Undecided: {fact}, which may be luck {numbers}.", fact=fact, numbers=numbers)


def kind_numbers(claim: KindNumbers) -> str:
    """``(90% interval 0.82 to 0.90, corrected p = 0.0012, 5 runs)``."""
    parts = []
    if not all(map(math.isnan, claim.interval)):
        low, high = (value_number(claim, end) for end in claim.interval)
        parts.append(
            phrase(
                "{percent}% interval {interval}",
                percent=f"{100 * claim.confidence:.4g}",
                interval=phrase("{low} to {high}", low=low, high=high),
            )
        )
    p_value = p_value_clause(claim.p_value)
    parts.append(phrase("corrected p {p}", p=p_value) if claim.claims > 1 else phrase("p {p}", p=p_value))
    parts.append(runs_clause(claim))
    return f"({', '.join(parts)})"


def runs_clause(claim: KindNumbers) -> str:
    """How many runs the test rests on."""
    seeds: Any = claim.details.get("seeds", 0)
    if isinstance(seeds, tuple):
        return phrase("{better} against {worse} runs", better=seeds[0], worse=seeds[1])
    return phrase("{runs} of each", runs=run_count(seeds)) if claim.kind == "best" else run_count(seeds)


def value_number(claim: KindNumbers, value: float) -> str:
    """The estimate, or an end of its interval, with the digits that fit it."""
    if math.isinf(value):
        return phrase("the end") if value > 0 else phrase("the start")
    if claim.kind == "reaches":
        return f"{number(100 * value, 0)}%"
    if claim.kind in ("crossing", "speed"):
        return number(value, 1)
    return measured_number(claim.value, value)


def measured_number(value: str, figure: float) -> str:
    """A figure of a value: errors with two decimals, other values with three digits."""
    if value.endswith("error"):
        return points_text(figure)
    if math.isnan(figure):
        return number(figure)
    rounded = abs(float(f"{figure:.3g}"))
    digits = 2 if rounded == 0 else max(0, 2 - math.floor(math.log10(rounded)))
    return number(figure, min(digits, 6))


def value_text(value: str, layer: str) -> str:
    """What is claimed of, as a noun."""
    words = {
        "test_error": phrase("the test error"),
        "train_error": phrase("the training error"),
        "validation_error": phrase("the validation error"),
        "train_loss": phrase("the training loss"),
        "test_loss": phrase("the test loss"),
        "validation_loss": phrase("the validation loss"),
        "gradient_share": phrase("the share of the gradient in {layer}", layer=layer),
        "input_width": phrase("the width of what enters the activation after {layer}", layer=layer),
    }
    return words[value]


def side_text(side: Sequence[Side]) -> str:
    """The title of a variant, or of the first of several."""
    if len(side) == 1:
        return side[0].title
    return phrase("{title} and {count} more", title=side[0].title, count=len(side) - 1)


def _value(claim: KindNumbers) -> str:
    return value_text(claim.value, claim.layer)


def _means(claim: KindNumbers) -> list[str]:
    means: Any = claim.details["means"]
    return [measured_number(claim.value, mean) for mean in means]


def _order(claim: KindNumbers) -> str:
    first, second = _means(claim)
    return phrase(
        "{value} is {first} on average for {lower} and {second} for {higher}",
        value=_value(claim),
        first=first,
        lower=side_text(claim.sides[0]),
        second=second,
        higher=side_text(claim.sides[1]),
    )


def _under(claim: KindNumbers) -> str:
    return phrase(
        "{value} of {title} is {mean} on average, and the bound is {bound}",
        value=_value(claim),
        title=side_text(claim.sides[0]),
        mean=measured_number(claim.value, claim.estimate),
        bound=measured_number(claim.value, _float(claim, "under")),
    )


def _reaches(claim: KindNumbers) -> str:
    return phrase(
        "{reached} of {seeds} runs of {title} err by {error}% or less, so the best of {runs} does so with a chance of "
        "{chance}",
        reached=claim.details["reached"],
        seeds=claim.details["seeds"],
        title=side_text(claim.sides[0]),
        error=points_text(_float(claim, "reaches")),
        runs=claim.stated["runs"],
        chance=value_number(claim, claim.estimate),
    )


def _equal(claim: KindNumbers) -> str:
    first, second = _means(claim)
    return phrase(
        "{value} is {first} on average for {one} and {second} for {other}, and the margin is {margin}",
        value=_value(claim),
        first=first,
        one=side_text(claim.sides[0]),
        second=second,
        other=side_text(claim.sides[1]),
        margin=measured_number(claim.value, _float(claim, "margin")),
    )


def _best(claim: KindNumbers) -> str:
    nearest = next(side[0].title for side in claim.sides if side[0].name == claim.details["nearest"])
    best, points = side_text(claim.sides[0]), points_text(abs(claim.estimate))
    if claim.estimate > 0:
        return phrase(
            "of {count} variants {best} errs least, {points} points less than the next, {nearest}",
            count=len(claim.sides),
            best=best,
            points=points,
            nearest=nearest,
        )
    return phrase("{nearest} errs {points} points less than {best}", nearest=nearest, points=points, best=best)


def _crossing(claim: KindNumbers) -> str:
    titles = {"value": _value(claim), "one": side_text(claim.sides[0]), "other": side_text(claim.sides[1])}
    if math.isnan(claim.estimate):
        return phrase("the mean curves of {value} of {one} and {other} do not cross", **titles)
    return phrase(
        "the mean curves of {value} of {one} and {other} cross at epoch {place}",
        **titles,
        place=number(claim.estimate, 1),
    )


def _speed(claim: KindNumbers) -> str:
    reached: Any = claim.details["reached"]
    seeds: Any = claim.details["seeds"]
    means: Any = claim.details["means"]
    first, second = (_reached(*one) for one in zip(means, reached, seeds, strict=True))
    return phrase(
        "{value} comes to {target} or less {first} in {faster} and {second} in {slower}",
        value=_value(claim),
        target=measured_number(claim.value, _float(claim, "target")),
        first=first,
        faster=side_text(claim.sides[0]),
        second=second,
        slower=side_text(claim.sides[1]),
    )


def _reached(mean: float, reached: int, seeds: int) -> str:
    if not reached:
        return phrase("in no run")
    text = phrase("after {epochs} epochs on average", epochs=number(mean, 1))
    if reached == seeds:
        return text
    return phrase("{when} in {reached} of {seeds} runs", when=text, reached=reached, seeds=seeds)


def _trend(claim: KindNumbers) -> str:
    epochs: Any = claim.details["epochs"]
    first, last = _means(claim)
    text = phrase(
        "{value} of {title} goes from {first} after {start} to {last} after {end}",
        value=_value(claim),
        title=side_text(claim.sides[0]),
        first=first,
        start=epoch_count(epochs[0]),
        last=last,
        end=epoch_count(epochs[1]),
    )
    change = measured_number(claim.value, claim.estimate)
    if "margin" in claim.stated:
        margin = measured_number(claim.value, _float(claim, "margin"))
        return phrase(
            "{text}, a change of {change} by its slope, and the margin is {margin}",
            text=text,
            change=change,
            margin=margin,
        )
    return phrase("{text}, a change of {change} by its slope", text=text, change=change)


def _float(claim: KindNumbers, name: str) -> float:
    found: Any = claim.stated[name]
    return float(found)


_FACTS = {
    "order": _order,
    "under": _under,
    "reaches": _reaches,
    "equal": _equal,
    "best": _best,
    "crossing": _crossing,
    "speed": _speed,
    "trend": _trend,
}
