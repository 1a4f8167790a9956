from dataclasses import replace

from claim_samples import CLAIM, HIGH, LOW, make_variant

from seedbed.study.published import Published
from seedbed.study.rows import claim_rows, variant_rows
from seedbed.study.summaries import summarize
from seedbed.study.verdict import judge

A = replace(make_variant("a", HIGH, diverged=1), published=Published(1.06, 0.1))
B = make_variant("b", LOW, collapsed=[90.0])


def test_a_row_for_each_variant() -> None:
    a, b = variant_rows([summarize(A), summarize(B)])
    assert (a.published, a.without, a.runs, a.runs_in_words) == (
        "1.06 (0.10)",
        "",
        "5, 1 diverged",
        "5 runs, 1 diverged",
    )
    assert (b.published, b.runs, b.runs_in_words) == ("–", "6, 1 collapsed", "6 runs, 1 collapsed")
    assert b.without and b.without != b.measured


def test_a_variant_without_a_run_is_dashes() -> None:
    (row,) = variant_rows([summarize(replace(A, published=None, runs=()))])
    assert (row.measured, row.interval, row.best_epoch, row.runs_in_words) == ("–", "–", "–", "no run finished")


def test_a_row_for_each_claim() -> None:
    (claim,) = judge([CLAIM], [A, B])
    (row,) = claim_rows([claim])
    assert (row.text, row.verdict, row.published) == (claim.text, claim.verdict, "–")
    assert row.difference.startswith("−") and row.without and not row.without.startswith("−")
