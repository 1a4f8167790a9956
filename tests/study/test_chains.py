"""From a recipe as published to the one as meant: every step tested, all of them together, and put into words."""

from dataclasses import replace
from pathlib import Path

import pytest
from claim_samples import HIGH, LOW, make_variant
from tiny_study import TINY

from seedbed.errors import StudyError
from seedbed.language import speaking
from seedbed.report.chains import chain_answers, chain_table
from seedbed.report.numbers import study_numbers
from seedbed.statistics import Summary, compare, holm, replication
from seedbed.study import Study
from seedbed.study.chain_wording import chain_sentence
from seedbed.study.chains import ChainDefinition, ChainStepDefinition, follow_chains
from seedbed.study.definition import parse_definition
from seedbed.study.published import Published
from seedbed.study.result import VariantResult
from seedbed.study.translation import translated

FAULTY = make_variant("a", HIGH, published=Published(0.97, 0.02, 5))
MIDDLE, MEANT = make_variant("b", [error + 0.005 for error in HIGH]), make_variant("c", LOW)
CHAIN = ChainDefinition(
    title="A net",
    as_published="a",
    steps=[ChainStepDefinition(variant="b", change="a new order"), ChainStepDefinition(variant="c", change="a slope")],
)
SEEDS = dict.fromkeys("abc", range(5))

STUDY = (
    TINY
    + """
[[variants]]
name = "middle"
title = "Middle rate"
optimizer = "sgd(lr=0.05)"
order = "once"

[[chains]]
title = "Rates"
as_published = "low"
steps = [{ variant = "middle", change = "rate 0.05, one order" }, { variant = "high", change = "rate 0.2" }]

[ko]
chains = [{ title = "학습률", steps = ["학습률 0.05, 한 순서", "학습률 0.2"] }]
"""
)


def test_every_step_is_tested_and_all_steps_are_corrected_together() -> None:
    first, second = follow_chains([CHAIN, CHAIN], [FAULTY, MIDDLE, MEANT], SEEDS)
    tests = [compare(after.errors, before.errors) for before, after in ((FAULTY, MIDDLE), (MIDDLE, MEANT))]
    assert [step.difference for step in first.steps] == [test.difference for test in tests]
    assert [step.interval for step in first.steps] == [test.interval for test in tests]
    assert [step.p_value for step in (*first.steps, *second.steps)] == list(holm([test.p_value for test in tests * 2]))
    assert sum(step.difference for step in first.steps) == pytest.approx(first.whole.difference)
    assert [step.is_shown for step in first.steps] == [False, True]
    assert first.replication_as_published == replication(HIGH, Summary(0.97, 0.02, 5))
    assert first.replication_as_meant == replication(LOW, Summary(0.97, 0.02, 5))


def test_what_explains_the_difference_is_said_with_intervals() -> None:
    (found,) = follow_chains([CHAIN], [FAULTY, MIDDLE, MEANT], SEEDS)
    text = chain_sentence(found)
    assert text.startswith(
        "A net, published 0.97%: as published it errs 0.98 ± 0.02% here (5 runs), as meant 0.78 ± 0.02% (5 runs). "
        "As published, luck puts 95% of such figures in 0.95 to 1.01: the published one lies inside. "
        "As meant it is 0.75 to 0.81: outside. "
        "From as published to as meant the error changes by −0.20 points (95% interval −0.22 to −0.18)."
    )
    assert "Shown to change it: a slope, −0.20 points (95% interval −0.23 to −0.18, corrected p < 0.0001)." in text
    assert "Not shown to change it: a new order, +0.005 points (95% interval −0.018 to +0.03, corrected p =" in text
    table = chain_table([found])
    (group,) = table.groups
    assert group.head is not None and group.head.text == "A net, published 0.97%"
    assert [row[0].text for row in group.rows] == ["as published", "a new order", "a slope"]
    assert [row[2].text for row in group.rows] == ["–", "+0.005", "−0.20"]


def test_seeds_that_were_added_by_what_was_seen_do_not_count() -> None:
    (found,) = follow_chains([CHAIN], [FAULTY, MIDDLE, MEANT], SEEDS | {"c": range(3)})
    assert found.as_meant.errors == tuple(LOW[:3])


def test_the_figure_may_stand_at_the_recipe_as_meant() -> None:
    variants = [replace(FAULTY, published=None), MIDDLE, replace(MEANT, published=Published(0.97, single_run=True))]
    (found,) = follow_chains([CHAIN], variants, SEEDS)
    assert found.as_published.published == Published(0.97, single_run=True)
    assert found.replication_as_published is not None and found.replication_as_published.replicates


@pytest.mark.parametrize(
    ("variants", "text"),
    [
        ([FAULTY, MIDDLE, make_variant("c", [])], "A net: no run finished as published or as meant, so nothing"),
        ([FAULTY, make_variant("b", []), MEANT], "a new order (no run finished); a slope (no run finished)"),
        ([FAULTY, make_variant("b", [1.0]), MEANT], "a slope, −0.22 points (too few runs, or no spread, for a test)"),
        (
            [replace(FAULTY, published=None), MIDDLE, MEANT],
            "A net: as published it errs 0.98 ± 0.02% here (5 runs), as",
        ),
    ],
)
def test_what_is_missing_is_said(variants: list[VariantResult], text: str) -> None:
    (found,) = follow_chains([CHAIN], variants, SEEDS)
    assert text in chain_sentence(found)
    assert chain_table([found]).groups


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'as_published = "low"',
            'as_published = "lower"',
            r"chains\[1\]: expected one of low, high, middle; got 'lower'",
        ),
        ('as_published = "low"', 'as_published = "high"', r"chains\[1\]: 'high' occurs 2 times"),
        ('change = "rate 0.2"', 'changes = "rate 0.2"', r"chains\[1\]\.steps\[2\]\.change: this key is missing"),
        ("[ko]", '[ko]\nquestion = "?"', ""),
        (', "학습률 0.2"]', "]", r"ko\.chains: expected \[2\] steps, as many as those of the study; got \[1\]"),
    ],
)
def test_chains_are_checked(old: str, new: str, message: str) -> None:
    if not message:
        parse_definition(STUDY.replace(old, new), "tiny.toml")
        return
    with pytest.raises(StudyError, match=message):
        parse_definition(STUDY.replace(old, new), "tiny.toml")


def test_a_chain_goes_where_one_of_its_variants_is_left_out() -> None:
    definition = parse_definition(STUDY.replace("seeds = 2\n", 'seeds = 2\nwithout = ["middle"]\n'), "tiny.toml")
    quick = definition.in_size("quick")
    assert (len(definition.chains), quick.chains) == (1, [])
    assert quick.ko is not None and quick.ko.chains == []


def test_a_study_reports_its_chains_in_both_languages(tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(STUDY, "utf-8")
    study = Study.load(tmp_path / "tiny.toml")
    result = study.run(quick=True, jobs=1, workspace=tmp_path / "space")
    (chain,) = result.chains
    assert [step.side.name for step in chain.steps] == ["middle", "high"]
    (answer,) = chain_answers(result.chains)
    assert answer.sentences[0].startswith("Rates, published 20.00%: as published it errs ")
    (numbers,) = study_numbers(result)["chains"]
    assert [step["variant"] for step in numbers["steps"]] == ["middle", "high"]
    assert numbers["sentence"] == answer.sentences[0]
    assert Study.result_again(result.again, tmp_path / "space").chains == result.chains
    with speaking("ko"):
        (korean,) = translated(result).chains
        assert (korean.title, korean.steps[1].change) == ("학습률", "학습률 0.2")
        assert chain_sentence(korean).startswith("학습률, 발표값 20.00%: ")
