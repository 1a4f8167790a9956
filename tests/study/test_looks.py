"""The ledger of looks: which look at its claims a study is, and what follows from it."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from claim_samples import CLAIM, HIGH, LOW, make_variant

from seedbed.cli.outcome import show_result
from seedbed.errors import StoreError
from seedbed.statistics.spending import spent
from seedbed.store import LookEntry, Workspace
from seedbed.study import Study
from seedbed.study.claim import ClaimResult
from seedbed.study.claim_definition import ClaimDefinition
from seedbed.study.kind_claim import KindClaim
from seedbed.study.look_wording import look_text
from seedbed.study.looks import Looks, claim_identity
from seedbed.study.verdict import judge

BOUND = ClaimDefinition(text="b errs under 0.9%", variant="b", under=0.9)


def test_the_first_look_with_all_planned_seeds_is_an_ordinary_test(tiny: Path, tmp_path: Path) -> None:
    result = Study.load(tiny).run(workspace=tmp_path / "w", jobs=1)
    assert (result.looks.number, result.looks.are_many, result.looks.chance) == (1, False, 0.05)
    assert result.claims[0].method == "welch"
    assert look_text(result.looks) == ""


def test_a_look_before_all_planned_seeds_is_counted_and_judged_by_the_sequential_test(
    tiny: Path, tmp_path: Path
) -> None:
    study, place = Study.load(tiny), tmp_path / "w"
    early = study.run(workspace=place, seeds=2, jobs=1)
    assert early.looks.is_early and early.looks.number == 1
    assert (early.claims[0].method, early.claims[0].verdict) == ("sequential", "undecided")
    assert "Look 1: the verdicts were computed before all planned seeds were there, with 2 of 3" in look_text(
        early.looks
    )
    whole = study.run(workspace=place, jobs=1)
    assert (whole.looks.number, whole.looks.is_early, whole.looks.before) == (2, False, (2,))
    assert whole.claims[0].method == "sequential"
    assert "Before, it was looked at with up to 2 runs of a variant." in look_text(whole.looks)
    # The same state again is the same look, and the first one stays what it was.
    assert study.result(workspace=place).looks == whole.looks
    assert study.run(workspace=place, seeds=2, jobs=1).looks == early.looks


def test_looking_at_a_workspace_is_a_look_too(tiny: Path, tmp_path: Path) -> None:
    study, place = Study.load(tiny), tmp_path / "w"
    study.run(workspace=place, jobs=1)
    ledger = Workspace(place, create=False).ledger
    with sqlite3.connect(ledger.path) as connection:
        connection.execute("DELETE FROM looks")
        connection.execute("DELETE FROM runs WHERE seed = '2'")
    assert study.result(workspace=place).looks.is_early
    study.run(workspace=place, jobs=1)
    assert study.result(workspace=place).looks.number == 2


def test_a_ledger_of_an_earlier_version_is_not_changed_by_looking(tiny: Path, tmp_path: Path) -> None:
    study, place = Study.load(tiny), tmp_path / "w"
    study.run(workspace=place, jobs=1)
    with sqlite3.connect(place / "ledger.sqlite") as connection:
        connection.execute("DROP TABLE looks")
        connection.execute("PRAGMA user_version = 2")
    before = (place / "ledger.sqlite").read_bytes()
    looks = study.result(workspace=place).looks
    assert not looks.is_recorded and "later looks do not know of this one" in look_text(looks)
    assert (place / "ledger.sqlite").read_bytes() == before


def test_more_seeds_after_a_fixed_test_are_a_second_look_with_a_stated_chance(tiny: Path, tmp_path: Path) -> None:
    study, place = Study.load(tiny), tmp_path / "w"
    study.run(workspace=place, jobs=1)
    more = study.run(workspace=place, seeds=5, jobs=1)
    assert (more.looks.number, more.looks.is_early, more.claims[0].method) == (2, False, "sequential")
    assert more.looks.chance == pytest.approx(0.10)
    assert "chance of at most 10.0%" in look_text(more.looks)


def test_the_seeds_of_a_comparison_are_its_plan(tmp_path: Path) -> None:
    from seedbed.study import compare_recipes

    settings = {"data": "digits", "epochs": 1, "workspace": tmp_path / "w", "jobs": 1}
    found = compare_recipes("softmax", "flatten linear(8) relu linear(10)", seeds=2, **settings)
    assert (found.looks.are_many, found.claims[0].method) == (False, "welch")


def test_other_kinds_have_no_verdict_early_and_what_is_left_of_the_level_in_the_end() -> None:
    variants = [make_variant("a", HIGH), make_variant("b", LOW)]
    early = Looks(number=1, is_early=True, seeds=(5, 5), planned=(9, 9), tested_before=(False, False))
    pair, bound = judge([CLAIM, BOUND], variants, looks=early)
    assert isinstance(pair, ClaimResult) and pair.method == "sequential"
    assert isinstance(bound, KindClaim) and (bound.verdict, bound.lack) == ("undecided", "early")
    assert bound.sentence == (
        "No verdict yet: so far the test error of B is 0.78 on average, and the bound is 0.90. A claim of this kind is "
        "tested once all planned seeds are there."
    )
    _, last = judge([CLAIM, BOUND], variants, looks=replace(early, number=2, is_early=False))
    assert isinstance(last, KindClaim) and last.verdict == "supported"
    assert last.level == pytest.approx(0.05 - spent(5, 0.05))
    _, again = judge(
        [CLAIM, BOUND], variants, looks=replace(early, is_early=False, number=2, tested_before=(True, True))
    )
    assert isinstance(again, KindClaim) and again.lack == "tested" and "used up its level" in again.sentence


def test_a_claim_is_the_same_whatever_it_is_called_and_which_side_is_first() -> None:
    variants = {one.name: one for one in (make_variant("a", HIGH), make_variant("b", LOW))}
    variants["b"] = replace(variants["b"], recipe=replace(variants["b"].recipe, epochs=7))
    turned = ClaimDefinition(text="another text", better="a", worse="b")
    assert claim_identity(CLAIM, variants, "native") == claim_identity(turned, variants, "native")
    assert claim_identity(CLAIM, variants, "native") != claim_identity(CLAIM, variants, "torch")
    other = ClaimDefinition(text="b errs under 0.9%", variant="b", under=0.8)
    assert claim_identity(BOUND, variants, "native") != claim_identity(other, variants, "native")


def test_a_damaged_look_is_named(tmp_path: Path) -> None:
    place = Workspace(tmp_path / "w")
    place.ledger.add_looks([LookEntry("c", (2, 2), (3, 3), "fixed", "s", "2026")])
    for column, value in (("seeds", "two"), ("test", "guess"), ("planned", "[-1]")):
        with sqlite3.connect(place.ledger.path) as connection:
            connection.execute("DELETE FROM looks")
            row = {"claim": "c", "seeds": "[2]", "planned": "[3]", "test": "none", "study": "s", "created": "2026"}
            connection.execute("INSERT INTO looks VALUES (?, ?, ?, ?, ?, ?)", list((row | {column: value}).values()))
        with pytest.raises(StoreError, match=f"damaged: look at claim 'c': {column}"):
            place.ledger.looks("c")


def test_the_terminal_says_which_look_it_is(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_result(Study.load(tiny).run(workspace=tmp_path / "w", seeds=2, jobs=1))
    said = " ".join(capsys.readouterr().out.split())
    assert "Look 1: the verdicts were computed before all planned seeds were there" in said
