"""``seedbed race``: what it measures, prints and refuses."""

import json

import pytest
from typer.testing import CliRunner

import seedbed as sb
from seedbed import race as races
from seedbed.cli.app import app
from seedbed.errors import RecipeError
from seedbed.race import RACES, Race, run_race

SETTINGS = {"network": "flatten linear(10)", "data": "digits", "epochs": 1, "optimizer": "sgd(0.1)"}
KEYS = {
    "format",
    "name",
    "recipe",
    "target",
    "reached",
    "accuracy_mean",
    "accuracy_interval",
    "accuracies",
    "train_s_median",
    "whole_s_median",
    "whole_processes",
    "seeds",
    "threads",
    "engine",
    "machine",
}


@pytest.fixture
def tiny(monkeypatch):
    """Adds a race on the digits with a target of one's choice."""

    def tiny(target, **settings):
        race = Race("tiny", target, SETTINGS | settings)
        monkeypatch.setitem(RACES, "tiny", race)
        return race

    return tiny


def call(*words):
    return CliRunner().invoke(app, ["race", *words])


def test_json_has_accuracy_times_and_machine(tiny):
    tiny(50.0)
    result = call("tiny", "--seeds", "2", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert set(found) == KEYS
    errors = [sb.train(**SETTINGS, seed=seed).test_error for seed in (0, 1)]
    assert found["accuracies"] == [100 - error for error in errors]
    assert found["accuracy_mean"] == pytest.approx(100 - sum(errors) / 2)
    low, high = found["accuracy_interval"]
    assert low <= found["accuracy_mean"] <= high
    assert 0 < found["train_s_median"] < found["whole_s_median"]
    assert (found["seeds"], found["whole_processes"], found["reached"]) == (2, 2, True)
    assert found["machine"]["processor"] and found["recipe"]["data"] == "digits"
    assert "tiny: 2 of 2 seeds" in result.stderr


def test_a_target_that_is_missed_is_exit_status_1(tiny):
    tiny(100.0)
    result = call("tiny", "--seeds", "1")
    assert result.exit_code == 1
    assert "tiny: 100% on the test images of digits: missed" in result.stdout
    assert "over 1 seed" in result.stdout and "interval" not in result.stdout
    assert "fresh" not in result.stderr


def test_a_run_that_diverges_counts_as_nothing(tiny):
    result = run_race(tiny(50.0, loss="mse", optimizer="sgd(1e30)"), 1)
    assert (result.accuracy_mean, result.reached) == (0.0, False)


def test_a_process_that_does_something_else_is_found(tiny, monkeypatch):
    monkeypatch.setattr(races, "_IN_A_FRESH_PROCESS", "print(12.5)")
    with pytest.raises(RecipeError, match="a fresh process with seed 0 was expected to reach"):
        run_race(tiny(50.0), 1)
    monkeypatch.setattr(races, "_IN_A_FRESH_PROCESS", "raise SystemExit('no such thing')")
    with pytest.raises(RecipeError, match="got: no such thing"):
        run_race(tiny(50.0), 1)


def test_a_wrong_name_is_told_with_the_nearest():
    result = call("mnist-9")
    assert result.exit_code == 2
    assert "unknown race 'mnist-9'. Did you mean 'mnist-99'?" in result.stderr
    assert "Known: mnist-99" in result.stderr


@pytest.mark.parametrize("seeds", ["0", "-1", "10001"])
def test_seeds_out_of_range_are_refused(seeds):
    result = call("mnist-99", "--seeds", seeds)
    assert result.exit_code == 2
    assert "seeds" in result.stderr


@pytest.mark.parametrize("name", RACES)
def test_recipes_of_races_can_be_made_and_see_no_test_image(name):
    recipe = RACES[name].recipe
    assert recipe.patience is None and recipe.validation == 0
    assert recipe.evaluation == "all"
    assert "subset" not in recipe.data
