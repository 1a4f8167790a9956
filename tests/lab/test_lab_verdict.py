"""A against B: only runs that have ended, that nobody reached into, in pairs, from three on."""

import pytest

from seedbed.lab.snapshot import comparison
from seedbed.lab.verdict import verdict
from seedbed.statistics import SequentialComparison
from seedbed.training.events import Ended


def end(lab, *chosen):
    for side, place in chosen:
        run = lab.of_side(side)[place]
        while not isinstance(lab.advance(run, 200), Ended):
            pass


def test_without_b_there_is_nothing_to_say(experiment):
    assert verdict(experiment(seeds=2)) == {"verdict": "none"}


def test_it_waits_for_three_pairs_in_the_order_of_the_seeds(experiment):
    lab = experiment(seeds=4, b_lr=0.0001, lr=0.1)
    assert verdict(lab) == {
        "verdict": "waiting", "pairs": 0, "running": 4, "left_out": 0, "difference": None, "interval": None
    }  # fmt: skip
    end(lab, ("a", 0), ("b", 0), ("a", 1), ("a", 3), ("b", 3), ("a", 2), ("b", 2))
    # Seed 1 of B is missing, so seeds 2 and 3 wait for it.
    assert (verdict(lab)["verdict"], verdict(lab)["pairs"], verdict(lab)["running"]) == ("waiting", 1, 1)
    end(lab, ("b", 1))
    found = verdict(lab)
    assert found["pairs"] == 4
    a, b = ([run.tested[-1][1] for run in lab.of_side(side)] for side in "ab")
    decision = SequentialComparison(0.05, 1).decide(a, b)
    assert (found["difference"], found["interval"]) == (decision.difference, decision.interval)
    assert found["difference"] < -10
    assert comparison(lab).values["differences"] == {"optimizer": (lab.recipes[0].optimizer, lab.recipes[1].optimizer)}


def test_b_that_is_much_worse_errs_more(experiment):
    lab = experiment(seeds=8, epochs=1, b_lr=0.00001, lr=0.1)
    end(lab, *((side, place) for place in range(8) for side in "ab"))
    assert verdict(lab)["verdict"] == "higher"
    turned = experiment(seeds=8, epochs=1, b_lr=0.1, lr=0.00001)
    end(turned, *((side, place) for place in range(8) for side in "ab"))
    assert verdict(turned)["verdict"] == "lower"
    assert verdict(turned)["difference"] == pytest.approx(-verdict(lab)["difference"])


def test_a_copy_gives_no_verdict(experiment):
    lab = experiment(seeds=4, epochs=1, b_lr=0.02, lr=0.02)
    end(lab, *((side, place) for place in range(4) for side in "ab"))
    assert verdict(lab)["verdict"] == "undecided"
    assert verdict(lab)["difference"] == 0


def test_runs_that_somebody_reached_into_do_not_count(experiment):
    lab = experiment(seeds=4, epochs=1, b_lr=0.1)
    lab.of_side("b")[1].loop.set_learning_rate(0.1)
    end(lab, *((side, place) for place in range(4) for side in "ab"))
    found = verdict(lab)
    assert (found["pairs"], found["left_out"]) == (3, 1)
    assert found["verdict"] != "waiting"


def test_diverged_runs_do_not_count(experiment):
    lab = experiment(seeds=4, epochs=1, network="flatten linear(16) relu linear(10)", b_lr=1e30)
    end(lab, *((side, place) for place in range(4) for side in "ab"))
    assert not any(run.outcome.is_complete for run in lab.of_side("b"))
    found = verdict(lab)
    assert (found["pairs"], found["left_out"], found["verdict"]) == (0, 4, "waiting")
