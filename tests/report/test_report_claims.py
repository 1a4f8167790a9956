"""What the table of claims and the sentences beside it tell."""

import math
from collections.abc import Callable
from dataclasses import replace

from report_documents import Document
from report_samples import make_claims, make_study

from seedbed.report.sentences import certainty, size_text
from seedbed.report.tables import Table, claim_table
from seedbed.statistics import (
    Decision,
    McNemarTest,
    PermutationTest,
    Replication,
    SeedCorrelation,
    TwoLevelInterval,
    compare,
    compare_summaries,
)
from seedbed.statistics.comparison import Summary
from seedbed.study.claim import ClaimResult
from seedbed.study.method_wording import counting_rule
from seedbed.study.published import Published
from seedbed.study.study_result import StudyResult
from seedbed.study.summaries import summarize

UNDECIDED, SUPPORTED, CONTRADICTED = make_claims()


def cells(claim: ClaimResult) -> dict[str, str]:
    """Text and notes of a claim's row by the head of the column."""
    table = claim_table([claim])
    ((row,),) = (group.rows for group in table.groups)
    heads = [f"{head.text} {head.note}".strip() for head in table.columns]
    return {
        head: "\n".join(filter(None, (cell.chip, cell.text, cell.note))) for head, cell in zip(heads, row, strict=True)
    }


def sequential(claim: ClaimResult, seeds: int = 7) -> ClaimResult:
    verdict = claim.verdict
    decision = Decision(verdict, seeds, claim.difference, claim.interval, claim.p_value, 0.0029, 0)
    return replace(claim, method="sequential", decision=decision, images_lack="looks")


def caption(*claims: ClaimResult) -> str:
    table: Table = claim_table(claims)
    return table.caption


def test_the_tests_stand_beside_each_other() -> None:
    full = replace(
        SUPPORTED,
        welch=compare([1.0, 1.1, 1.05], [0.8, 0.9, 0.81]),
        permutation=PermutationTest(0.1, 20, True),
        correlation=SeedCorrelation(0.31, 0.2, 5),
        images=TwoLevelInterval(0.22, (0.02, 0.42), 0.1, 0.05, 0.08),
    )
    row = cells(full)
    assert row["95% interval new seeds, points"] == "[0.13, 0.31]"
    assert row["95% interval new test images too, points"] == "[0.02, 0.42]"
    # Lines of their own that do not break.
    assert row["p two-sided"].split("\n")[:2] == ["0.00083", "r\xa0=\xa00.31"]
    assert row["p two-sided"].split("\n")[2].startswith("Welch\xa00.0")
    assert row["p two-sided"].split("\n")[3:] == ["permutation\xa00.10"]
    assert "other tests of that claim alone, not corrected" in caption(full)
    assert "other tests" not in caption(SUPPORTED)
    assert (
        "answers to each image not known"
        in cells(replace(SUPPORTED, images_lack="answers"))["95% interval new test images too, points"]
    )


def test_until_decided_shows_the_look_and_its_level() -> None:
    row = cells(sequential(SUPPORTED))
    assert row["Difference points"] == "0.22\ndecided after 7 seeds"
    assert row["p at the look"] == "0.00083\nlevel\xa00.0029"
    assert "95% interval all looks together, points" in row
    assert "new test images" not in " ".join(row)
    assert "allow for a look after every seed" in caption(sequential(SUPPORTED))
    early = replace(sequential(UNDECIDED, 2), interval=(-math.inf, math.inf), p_value=math.nan)
    assert cells(early)["95% interval all looks together, points"] == "–\nneeds three runs each"


def test_one_run_of_each_shows_the_test_of_two_networks() -> None:
    networks = McNemarTest(12, 1, 0.11, (0.03, 0.19), 0.0034, 0.002)
    lone = replace(UNDECIDED, p_value=math.nan, networks=networks, images_lack="runs")
    assert cells(lone)["p two-sided"] == "–\nMcNemar\xa00.0034"
    assert "McNemar's is about these two networks alone." in caption(lone)


def test_published_differences_tell_what_they_are_worth() -> None:
    test = compare_summaries(Summary(1.06, 0.04, 5), Summary(1.04, 0.06, 5))
    weak = replace(UNDECIDED.better, published=Published(1.04, single_run=True))
    luck = Replication(0.1, 0.05, (-0.02, 0.12), 0.2, True)
    row = cells(replace(UNDECIDED, published=test, better=weak, replication=luck))
    assert row["Published difference, points"] == (
        f"0.10\np {test.p_value:.2f} by its own figures, not significant\n"
        "inside [−0.02, 0.12], the luck of such runs\nsingle run"
    )
    row = cells(replace(UNDECIDED, replication=replace(luck, replicates=False)))
    assert "outside [−0.02, 0.12], the luck of such runs" in row["Published difference, points"]
    row = cells(replace(UNDECIDED, replication=Replication(0.1, 0.05, (math.nan, math.nan), math.nan, None)))
    assert "luck" not in row["Published difference, points"]
    assert "without a test" in cells(SUPPORTED)["Published difference, points"]
    assert not any("Published" in head for head in cells(CONTRADICTED))


def test_a_variant_without_a_run_is_named_and_not_counted() -> None:
    study = make_study()
    summaries = [summarize(variant) for variant in study.variants]
    sentences = certainty(study, [*summaries[1:], summarize(replace(study.variants[0], runs=()))], None)
    assert "Each mean rests on 5 runs with different random seeds." in sentences
    assert f"No run has finished of: {study.variants[0].title}." in sentences


def test_the_rule_for_runs_that_went_wrong_stands_where_some_did() -> None:
    troubled = replace(SUPPORTED, worse=replace(SUPPORTED.worse, collapsed=("constant answer: class '6'",)))
    assert counting_rule() in caption(UNDECIDED, troubled)
    assert counting_rule() not in caption(UNDECIDED, SUPPORTED)
    without = replace(troubled, learned=compare([1.0, 1.1], [0.8, 0.9]))
    assert "0.20 without collapsed" in cells(without)["Difference points"]


def test_a_report_says_how_its_claims_were_decided(write: Callable[[StudyResult], Document]) -> None:
    study = make_study()
    fixed = certainty(study, [summarize(variant) for variant in study.variants], None)
    assert (
        "A claim counts as decided where its test is significant at the 5% level, corrected for 3 claims together."
        in fixed
    )
    added = replace(study, claims=tuple(map(sequential, study.claims)), most_seeds=40)
    words = write(added).words
    assert "Seeds were added until every claim was decided, at most 40 of each" in words
    assert "Lan and DeMets 1983" in words
    assert "Holm" not in words
    assert counting_rule() in words


def test_an_interval_that_ends_near_zero_shows_on_which_side() -> None:
    assert cells(replace(SUPPORTED, interval=(0.0049, 0.105)))["95% interval new seeds, points"] == "[0.005, 0.105]"
    images = TwoLevelInterval(0.055, (-0.0032, 0.12), 0.1, 0.05, 0.08)
    row = cells(replace(SUPPORTED, images=images))
    assert row["95% interval new test images too, points"] == "[−0.003, 0.120]"


def test_the_size_tells_if_variants_differ_in_epochs() -> None:
    study = make_study()
    assert size_text(study) == "full size: 5 seeds × 30 epochs"
    first, *others = study.variants
    shorter = replace(first, recipe=replace(first.recipe, epochs=15))
    assert size_text(replace(study, variants=(shorter, *others))) == "full size: 5 seeds × up to 30 epochs"


def test_runs_shorter_than_the_study_asks_for_are_no_full_size() -> None:
    study = make_study()
    short = replace(study, variants=tuple(replace(variant, full_epochs=80) for variant in study.variants))
    assert size_text(short) == "cut short: 5 seeds × 30 epochs (the study asks for 80 epochs)"
    said = (
        "The networks were trained for fewer epochs than the study asks for: the answers hold for so short a training."
    )
    summaries = [summarize(variant) for variant in study.variants]
    assert said in certainty(short, summaries, None)
    assert said not in certainty(study, summaries, None)
