import math
from dataclasses import replace

import numpy as np
import pytest
from claim_samples import CLAIM, HIGH, LOW, make_variant, with_answers

from seedbed.statistics import (
    Summary,
    compare,
    compare_summaries,
    mcnemar,
    permutation_test,
    replication_of_difference,
    two_level_interval,
)
from seedbed.study.claim import ClaimResult
from seedbed.study.published import Published
from seedbed.study.result import VariantResult
from seedbed.study.summaries import summarize
from seedbed.study.verdict import judge


def judge_one(a: VariantResult, b: VariantResult) -> ClaimResult:
    (found,) = judge([CLAIM], [a, b])
    return found


def test_supported() -> None:
    found = judge_one(make_variant("a", HIGH), make_variant("b", LOW))
    assert (found.verdict, found.method) == ("supported", "welch")
    assert found.difference == pytest.approx(0.2)
    assert found.p_value < 0.0001
    assert found.sentence == (
        "B errs 0.20 points less than A (95% interval 0.18 to 0.22, p < 0.0001, 5 against 5 runs)."
    )


def test_contradicted() -> None:
    found = judge_one(make_variant("a", LOW), make_variant("b", HIGH))
    assert found.verdict == "contradicted"
    assert found.sentence == (
        "Against the claim, B errs 0.20 points more than A (95% interval 0.18 to 0.22, p < 0.0001, 5 against 5 runs)."
    )


def test_the_permutation_test_stands_beside_welch() -> None:
    found = judge_one(make_variant("a", HIGH), make_variant("b", LOW))
    assert found.permutation == permutation_test(HIGH, LOW)
    assert found.welch == compare(HIGH, LOW)


def test_undecided_tells_how_many_seeds_it_takes() -> None:
    found = judge_one(make_variant("a", [1.00, 1.10, 1.02]), make_variant("b", [0.94, 1.06, 1.00]))
    assert found.verdict == "undecided"
    assert found.further == 30
    assert found.sentence == (
        "Undecided: B errs 0.04 points less than A, which may be luck (95% interval −0.09 to 0.17, p = 0.44, "
        "3 against 3 runs). If the true difference is this large, about 30 more seeds of each would decide it "
        "(power 0.8)."
    )


def test_undecided_with_a_tiny_difference_says_that_no_sensible_number_helps() -> None:
    found = judge_one(make_variant("a", [1.0, 1.1, 1.2]), make_variant("b", [1.2, 0.999, 1.099]))
    assert "even 1,000 more seeds of each would hardly show it" in found.sentence


def test_seeds_are_counted_at_the_level_of_all_claims_together() -> None:
    variants = [make_variant("a", [1.0, 1.1]), make_variant("b", [0.5, 0.9])]
    alone, together = judge([CLAIM], variants)[0].further, judge([CLAIM] * 3, variants)[0].further
    assert alone is not None and together is not None
    assert together > alone > 0


def test_equal_means() -> None:
    found = judge_one(make_variant("a", [1.0, 1.5]), make_variant("b", [1.5, 1.0]))
    assert found.verdict == "undecided"
    assert "err equally often" in found.sentence
    assert "No number of seeds" in found.sentence


def test_no_spread_at_all_is_not_taken_for_certainty() -> None:
    found = judge_one(make_variant("a", [2.5, 2.5, 2.5]), make_variant("b", [2.2, 2.2, 2.2]))
    assert found.verdict == "undecided"
    assert "without any spread" in found.sentence


@pytest.mark.parametrize(("count_a", "count_b"), [(0, 0), (1, 5), (5, 1), (1, 1)])
def test_fewer_than_two_runs_of_either_decide_nothing(count_a: int, count_b: int) -> None:
    found = judge_one(make_variant("a", HIGH[:count_a]), make_variant("b", LOW[:count_b]))
    assert found.verdict == "undecided"
    assert math.isnan(found.p_value)
    assert "at least 2 seeds of each are needed" in found.sentence
    assert math.isnan(found.difference) == (count_a == 0)


def test_claims_are_corrected_together() -> None:
    variants = [make_variant("a", [1.00, 1.04, 1.08]), make_variant("b", [0.90, 0.94, 0.98])]
    alone = judge([CLAIM], variants)[0]
    together = judge([CLAIM, CLAIM], variants)[0]
    assert alone.verdict == "supported"
    assert together.verdict == "undecided"
    assert together.p_value == pytest.approx(2 * alone.p_value)
    assert "corrected p" in together.sentence


def test_seeds_that_correlate_are_compared_one_by_one() -> None:
    luck = np.array([0.0, 0.4, 0.1, 0.3, 0.2, 0.5, 0.6])
    own = 0.01 * np.array([1, -1, 0, 1, 0, -1, 1])
    found = judge_one(make_variant("a", list(1.1 + luck)), make_variant("b", list(1.0 + luck + own)))
    assert (found.method, found.verdict) == ("paired", "supported")
    assert found.welch is not None and found.welch.p_value > 0.05
    assert "7 seeds compared one by one, because they correlate: r = 1.00" in found.sentence


def test_the_further_seeds_of_paired_claims_are_those_of_the_differences() -> None:
    luck = np.arange(8.0)
    own = np.array([0.1, -0.12, 0.1, -0.08, 0.1, -0.1, 0.1, -0.05])
    found = judge_one(make_variant("a", list(20.0 + luck)), make_variant("b", list(19.99 + luck + own)))
    assert (found.method, found.verdict) == ("paired", "undecided")
    # By the spread of the seeds themselves it would take over 100,000.
    assert found.further is not None and 100 < found.further < 10_000


def test_diverged_runs_do_not_count_and_are_told() -> None:
    found = judge_one(make_variant("a", HIGH, diverged=1), make_variant("b", LOW, diverged=2))
    assert found.verdict == "supported"
    assert found.sentence.endswith(
        "2 of 7 runs of B diverged and do not count. 1 of 6 runs of A diverged and does not count."
    )


def test_collapsed_runs_count_and_a_second_figure_leaves_them_out() -> None:
    found = judge_one(make_variant("a", HIGH), make_variant("b", LOW, collapsed=[90.42]))
    assert found.difference < -10
    assert found.verdict == "undecided"
    assert found.learned == compare(HIGH, LOW)
    assert found.sentence.endswith(
        "1 of 6 runs of B collapsed (constant answer: class '6') and counts with its error. "
        "Without collapsed runs, B errs 0.20 points less than A (95% interval 0.18 to 0.22)."
    )


def test_answers_to_each_image_give_an_interval_for_new_images() -> None:
    random = np.random.default_rng(0)
    hard = random.random(400) < 0.1
    a, b = (hard & (random.random((6, 400)) < chance) for chance in (0.9, 0.6))
    found = judge_one(with_answers("a", a), with_answers("b", b))
    assert found.images == two_level_interval(a, b)
    assert "the luck of the test images too" in found.sentence
    assert judge_one(with_answers("a", a), make_variant("b", LOW)).images_lack == "answers"
    assert judge_one(with_answers("a", a), with_answers("b", b[:, 1:])).images_lack == "answers"
    assert judge_one(with_answers("a", a), with_answers("b", b[:1])).images_lack == "runs"


def test_a_verdict_that_other_images_might_turn_says_so() -> None:
    # Every run of a gets the same four images wrong, and now and then a fifth; b the same with two of the four.
    a, b = np.zeros((2, 8, 100), dtype=bool)
    a[:, :4], b[:, :2] = True, True
    a[::2, 5], b[1::2, 6] = True, True
    found = judge_one(with_answers("a", a), with_answers("b", b))
    assert found.verdict == "supported"
    assert "Other test images might turn it" in found.sentence


def test_one_run_of_each_is_about_two_networks_only() -> None:
    a, b = np.zeros((2, 1, 100), dtype=bool)
    a[0, :12], b[0, :1] = True, True
    found = judge_one(with_answers("a", a), with_answers("b", b))
    assert found.networks == mcnemar(a[0], b[0])
    assert found.networks.p_value < 0.05
    assert found.verdict == "undecided"
    assert found.sentence.startswith(
        "Undecided: there is one run of each. This network of B errs 11.00 points less than that of A (95% interval"
    )
    assert "0 images that only the former and 11 that only the latter gets wrong" in found.sentence
    assert "another seed may turn it" in found.sentence


def test_published_differences_stand_beside_with_their_own_test_and_their_weaknesses() -> None:
    a = make_variant("a", HIGH, published=Published(1.06, 0.04, 5, "remark"))
    b = make_variant("b", LOW, published=Published(0.88, 0.06, 5, best_epoch=True))
    found = judge_one(a, b)
    assert found.published == compare_summaries(Summary(1.06, 0.04, 5), Summary(0.88, 0.06, 5))
    assert found.published_difference == pytest.approx(0.18)
    assert found.holds_published is True
    assert found.sentence.endswith(
        "Published: 0.18 points less (by its own means and deviations p = 0.00084; B: best epoch), "
        "inside 0.12 to 0.28, where luck puts 95% of such figures."
    )


def test_a_published_difference_of_single_runs_has_no_test() -> None:
    a = make_variant("a", HIGH, published=Published(0.99, single_run=True))
    b = make_variant("b", LOW, published=Published(0.87, single_run=True, chosen_on_test=True))
    found = judge_one(a, b)
    assert found.published is None
    assert found.sentence.endswith(
        "Published: 0.12 points less (B: single run, settings chosen on test; A: single run), "
        "outside 0.14 to 0.26, where luck puts 95% of such figures."
    )
    assert found.replication == replication_of_difference(HIGH, LOW, Summary(0.12, 0, 1), Summary(0, 0, 1))
    # The interval of our mean, which narrows for ever, asks something else.
    assert found.interval[0] > found.replication.interval[0]


def test_a_published_difference_without_figures_is_taken_for_one_of_single_runs() -> None:
    claim = CLAIM.model_copy(update={"published_difference": -0.1})
    (found,) = judge([claim], [make_variant("a", HIGH), make_variant("b", LOW)])
    assert found.replication == replication_of_difference(HIGH, LOW, Summary(-0.1, 0, 1), Summary(0, 0, 1))
    assert "Published: 0.10 points more, outside −0.26 to −0.14, where luck" in found.sentence


def test_published_figures_are_not_compared_with_shorter_runs() -> None:
    a = make_variant("a", HIGH, published=Published(0.99, single_run=True))
    b = replace(make_variant("b", LOW, published=Published(0.87, single_run=True)), is_shorter=True)
    assert judge_one(a, b).replication is None
    assert summarize(b).replication is None and summarize(a).replication is not None


def test_a_published_difference_is_only_told_where_seeds_were_added_by_what_was_seen() -> None:
    claim = CLAIM.model_copy(update={"published_difference": 0.1})
    (found,) = judge([claim], [make_variant("a", HIGH), make_variant("b", LOW)], until_decided=True)
    assert found.replication is None
    assert found.sentence.endswith("Published: 0.10 points less.")


def test_a_published_difference_that_is_luck_by_its_own_figures_says_so() -> None:
    a = make_variant("a", HIGH, published=Published(1.00, 0.1, 3))
    b = make_variant("b", LOW, published=Published(0.95, 0.1, 3))
    assert "by its own means and deviations not significant, p = 0.57" in judge_one(a, b).sentence


def test_a_published_constant_answer_is_named() -> None:
    b = make_variant("b", LOW, published=Published(90.42), published_constant=("6",))
    assert judge_one(make_variant("a", HIGH), b).sentence.endswith(
        "The published error of B, 90.42%, is exactly that of the answer '6' to every image."
    )


def test_until_decided_stops_at_the_first_verdict_and_leaves_out_what_it_voids() -> None:
    errors_a, errors_b = [1.0, 1.02, 0.99, 1.01, 1.03, 0.5], [0.8, 0.81, 0.79, 0.8, 0.82, 2.0]
    variants = [make_variant("a", errors_a), make_variant("b", errors_b)]
    (found,) = judge([CLAIM], variants, until_decided=True)
    assert (found.verdict, found.method) == ("supported", "sequential")
    assert found.decision is not None and found.decision.seeds < 6
    assert (found.welch, found.permutation, found.images, found.further) == (None,) * 4
    assert f"decided after {found.decision.seeds} seeds; interval over all looks" in found.sentence
    # Two seeds are before the first look.
    (early,) = judge([CLAIM], [make_variant("a", HIGH[:2]), make_variant("b", LOW[:2])], until_decided=True)
    assert "at least 3 seeds of each are needed" in early.sentence


def test_until_decided_has_a_second_figure_without_collapsed_runs_too() -> None:
    variants = [make_variant("a", HIGH), make_variant("b", LOW[:4], collapsed=[90.42])]
    (found,) = judge([CLAIM], variants, until_decided=True)
    (without,) = judge([CLAIM], [make_variant("a", HIGH), make_variant("b", LOW[:4])], until_decided=True)
    assert found.learned == without.decision
    assert "Without collapsed runs, B errs 0.20 points less than A" in found.sentence


def test_until_decided_shares_its_error_between_claims() -> None:
    variants = [make_variant("a", HIGH), make_variant("b", LOW)]
    one, several = (judge([CLAIM] * count, variants, until_decided=True)[0].decision for count in (1, 5))
    assert one is not None and several is not None
    assert several.level < one.level
