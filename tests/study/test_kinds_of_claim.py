"""Claims of other kinds than "A errs less than B": what a study file may say of them, their verdicts and sentences."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from claim_samples import CLAIM, HIGH, LOW, make_variant
from tiny_study import TINY

from seedbed.errors import StudyError
from seedbed.study.claim_definition import KINDS, ClaimDefinition
from seedbed.study.definition import load_definition, parse_definition, shipped_studies
from seedbed.study.kind_claim import KindClaim
from seedbed.study.result import RunResult, VariantResult
from seedbed.study.verdict import judge
from seedbed.training import EpochRecord, History
from seedbed.training.outcome import FINISHED


def claim(**keys: Any) -> ClaimDefinition:
    return ClaimDefinition(text="claimed", **keys)


def judged(one: ClaimDefinition, *variants: VariantResult) -> KindClaim:
    (found,) = judge([one], variants)
    assert isinstance(found, KindClaim)
    return found


def with_curves(name: str, curves: Sequence[Sequence[float]]) -> VariantResult:
    """A variant whose runs have these test errors and training losses by epoch."""
    variant = make_variant(name, [0.0] * len(curves))
    runs = tuple(
        RunResult(
            seed,
            FINISHED,
            History([EpochRecord(n, one, 0, 0, one, 1, 1) for n, one in enumerate(curve, 1)]),
            "native",
            1,
        )
        for seed, curve in enumerate(curves)
    )
    return replace(variant, runs=runs, recipe=replace(variant.recipe, epochs=len(curves[0])))


def falling(start: float, step: float, epochs: int = 8, seeds: int = 5) -> list[list[float]]:
    luck = np.random.default_rng(3).normal(0, 0.001, (seeds, epochs))
    return [[start - step * epoch + float(row[epoch]) for epoch in range(epochs)] for row in luck]


@pytest.mark.parametrize(
    ("one", "verdict", "fact"),
    [
        (claim(variant="b", under=0.9), "supported", "The test error of B is 0.78 on average, and the bound is 0.90 ("),
        (claim(variant="a", under=0.9), "contradicted", "Against the claim, the test error of A is 0.98 on average"),
        (claim(variant="b", under=0.785), "undecided", "Undecided: the test error of B is 0.78 on average"),
        (claim(lower="b", higher="a"), "supported", "The test error is 0.78 on average for B and 0.98 for A"),
        (claim(lower="a", higher="b"), "contradicted", "Against the claim, the test error is 0.98 on average for A"),
        (claim(equal="a", to="b", margin=0.5), "supported", "0.98 on average for A and 0.78 for B, and the margin"),
        (claim(equal="a", to="b", margin=0.05), "contradicted", "Against the claim"),
        (claim(best="b", of=["a", "b", "c"]), "supported", "B errs least, 0.20 points less than the next, A"),
        (claim(best="a", of=["a", "b", "c"]), "contradicted", "B errs 0.20 points less than A"),
        (claim(variant="b", reaches=0.9, runs=5), "supported", "5 of 5 runs of B err by 0.90% or less"),
        (claim(variant="a", reaches=0.9, runs=3), "undecided", "0 of 5 runs of A err by 0.90% or less"),
    ],
)  # fmt: skip
def test_claims_about_last_errors(one: ClaimDefinition, verdict: str, fact: str) -> None:
    variants = [make_variant("a", HIGH), make_variant("b", LOW), make_variant("c", [error + 1 for error in HIGH])]
    found = judged(one, *variants)
    assert (found.verdict, fact in found.sentence) == (verdict, True), found.sentence


def test_several_variants_count_as_their_mean_by_seed() -> None:
    variants = [make_variant("a", HIGH), make_variant("b", LOW), make_variant("c", [2.0, 2.1, 2.2, 2.0, 2.1])]
    found = judged(claim(lower=["a", "b"], higher="c"), *variants)
    assert found.details["means"] == pytest.approx(((0.98 + 0.78) / 2, 2.08))
    assert "for A and 1 more and 2.08 for C" in found.sentence


def test_a_crossing() -> None:
    a, b = with_curves("a", falling(2.0, 0.3)), with_curves("b", falling(1.4, 0.1))
    found = judged(claim(crosses=["a", "b"], between=[3, 5]), a, b)
    assert found.verdict == "supported" and found.estimate == pytest.approx(4, abs=0.2)
    assert "The mean curves of the training loss of A and B cross at epoch 4." in found.sentence
    assert judged(claim(crosses=["a", "b"], between=[6, 8]), a, b).verdict == "contradicted"


def test_speed_counts_runs_that_never_get_there() -> None:
    fast, slow = with_curves("a", falling(2.0, 0.3)), with_curves("b", falling(2.0, 0.05))
    found = judged(claim(faster="a", slower="b", target=1.15), fast, slow)
    assert found.verdict == "supported"
    assert "comes to 1.15 or less after 4.0 epochs on average in A and in no run in B" in found.sentence
    assert judged(claim(faster="b", slower="a", target=1.15), fast, slow).verdict == "contradicted"


def test_trends() -> None:
    variant = with_curves("a", falling(2.0, 0.3))
    fell = judged(claim(falls="a", epochs=[2, 6]), variant)
    assert fell.verdict == "supported" and fell.estimate == pytest.approx(-1.2, abs=0.1)
    assert "goes from 1.70 after 2 epochs to 0.50 after 6 epochs" in fell.sentence
    assert judged(claim(rises="a"), variant).verdict == "contradicted"
    assert judged(claim(stays="a", margin=0.5), variant).verdict == "contradicted"
    assert judged(claim(stays="a", margin=3.0), variant).verdict == "supported"


def test_values_of_layers_come_from_recordings() -> None:
    def layered(name: str, level: float) -> VariantResult:
        variant = make_variant(name, [1.0] * 4)
        runs = tuple(
            replace(run, layers={("gradient_share", "conv1"): {0: 0.1, 1: level + 0.01 * run.seed}})
            for run in variant.runs
        )
        return replace(variant, runs=runs)

    one = claim(lower="a", higher="b", value="gradient_share", layer="conv1", epoch=1)
    found = judged(one, layered("a", 0.05), layered("b", 0.3))
    assert found.verdict == "supported"
    assert "The share of the gradient in conv1 is 0.065" in found.sentence
    lacking = judged(one, make_variant("a", LOW), make_variant("b", HIGH))
    assert (lacking.lack, lacking.verdict) == ("runs", "undecided")
    assert "too few recordings" in lacking.sentence


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_runs_decide_nothing(count: int) -> None:
    kinds = [
        claim(variant="a", under=0.9),
        claim(lower="a", higher="b"),
        claim(equal="a", to="b", margin=0.5),
        claim(best="a", of=["a", "b"]),
        claim(crosses=["a", "b"], between=[1, 2]),
        claim(faster="a", slower="b", target=1.0),
        claim(rises="a"),
    ]
    for one in kinds:
        found = judged(one, make_variant("a", HIGH[:count]), make_variant("b", LOW[:count]))
        assert found.verdict == "undecided" and math.isnan(found.p_value), one
        assert found.sentence


def test_claims_of_all_kinds_are_corrected_together() -> None:
    variants = [make_variant("a", HIGH), make_variant("b", LOW)]
    bound = claim(variant="b", under=0.8)
    (alone,) = judge([bound], variants)
    pair, together = judge([CLAIM, bound], variants)
    assert together.p_value == pytest.approx(alone.p_value)  # The larger of two: Holm multiplies it by 1.
    first, second = judge([bound, claim(variant="b", under=0.801)], variants)
    assert first.p_value == pytest.approx(max(alone.p_value, second.p_value))
    assert second.p_value > judge([claim(variant="b", under=0.801)], variants)[0].p_value
    assert "corrected p" in pair.sentence and "corrected p" in together.sentence


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("", "expected the keys of one kind of claim"),
        ('better = "high"', "'worse' is missing: a claim with 'better' needs it"),
        ('better = "high"\nworse = "low"\nunder = 1.0', "got keys of 2 kinds"),
        ('variant = "high"\nunder = 1.0\nmargin = 0.1', "'margin' does not belong to a claim with 'under'"),
        ('stays = "high"', "a claim that a value stays needs a 'margin'"),
        ('rises = "high"\nmargin = 1.0', "a claim that a value rises or falls has no 'margin'"),
        ('rises = "high"\nfalls = "low"', "expected one of 'rises', 'falls' and 'stays'"),
        ('rises = "high"\nvalue = "input_width"', "'layer' belongs to the values"),
        ('crosses = ["high", "low"]\nbetween = [6, 4]', "between: expected two rising numbers"),
        ('crosses = ["high", "high"]\nbetween = [4, 6]', "crosses: both are 'high'"),
        ('best = "high"\nof = ["low", "lower"]', "'high' among them"),
        ('equal = "high"\nto = "high"\nmargin = 1.0', "'equal' and 'to' are both 'high'"),
        ('lower = ["low", "none"]\nhigher = "high"', "claims[1].lower: expected one of low, high; got 'none'"),
    ],
)  # fmt: skip
def test_wrong_claims_say_what_is_wrong(keys: str, message: str) -> None:
    text = TINY.replace('better = "high"\nworse = "low"\npublished_difference = 5.0', keys)
    with pytest.raises(StudyError) as caught:
        parse_definition(text, "tiny.toml")
    assert message in str(caught.value)


def test_every_kind_stands_in_a_shipped_study() -> None:
    kinds = {one.kind for name in shipped_studies() for one in load_definition(name).claims}
    assert kinds == set(KINDS)
