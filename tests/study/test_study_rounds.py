"""Adding seeds until claims are decided."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from tiny_study import TINY, written_out

from seedbed.errors import StudyError
from seedbed.study import Study, Watcher
from seedbed.study.definition import parse_definition
from seedbed.study.plan import Arm, Job, make_plan
from seedbed.study.rounds import Rounds
from seedbed.study.study_result import StudyResult

THREE = TINY.replace(
    "[[claims]]",
    """[[variants]]
name = "none"
title = "No rate"
optimizer = "sgd(lr=0.0001)"

[[claims]]
text = "Some rate is better than none."
better = "high"
worse = "none"

[[claims]]""",
)


def errors_of(means: Mapping[str, float]) -> dict[str, np.ndarray]:
    """Errors of 60 seeds with a spread of 0.1 around these means."""
    random = np.random.default_rng(1)
    return {title: random.normal(mean, 0.1, 60) for title, mean in means.items()}


def test_only_the_variants_of_undecided_claims_get_more_seeds() -> None:
    errors = errors_of({"High rate": 1.0, "Low rate": 1.0, "No rate": 9.0})
    rounds = Rounds(make_plan(parse_definition(THREE, "three.toml")), most_seeds=20)

    def look(arm: Arm) -> dict[int, float]:
        return {seed: errors[arm.title][seed] for seed in arm.seeds}

    counts = []
    while rounds.grow(look):
        counts.append([len(arm.seeds) for arm in rounds.arms])
    assert counts == [[n, n, 3] for n in (5, 7, 9, 11, 13, 16, 20)]


def test_seeds_that_diverged_or_failed_are_left_out_of_both() -> None:
    errors = errors_of({"High rate": 1.0, "Low rate": 3.0})
    rounds = Rounds(make_plan(parse_definition(TINY, "tiny.toml"), seeds=6), most_seeds=20)
    assert not rounds.grow(lambda arm: {seed: errors[arm.title][seed] for seed in arm.seeds})
    rounds = Rounds(make_plan(parse_definition(TINY, "tiny.toml"), seeds=6), most_seeds=20)
    wanted = {"High rate": (0, 1, 2), "Low rate": (3, 4, 5)}
    assert rounds.grow(lambda arm: {seed: errors[arm.title][seed] for seed in wanted[arm.title]})


def test_what_cannot_be_decided_is_refused() -> None:
    plan = make_plan(parse_definition(TINY, "tiny.toml"))
    with pytest.raises(StudyError, match="most_seeds: expected a whole number from 3 to 100,000, got 2"):
        Rounds(plan, 2)
    without = TINY[: TINY.index("[[claims]]")]
    with pytest.raises(StudyError, match="study 'tiny' has no claims in its full size"):
        Rounds(make_plan(parse_definition(without, "tiny.toml")), 10)


class Counter(Watcher):
    def __init__(self) -> None:
        self.missing: list[int] = []

    def planned(self, total: int, missing: tuple[Job, ...]) -> None:
        self.missing.append(len(missing))


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Path, StudyResult, Counter]:
    folder, counter = tmp_path_factory.mktemp("decided"), Counter()
    (folder / "tiny.toml").write_text(TINY, "utf-8")
    study = Study.load(folder / "tiny.toml")
    result = study.run(quick=True, until_decided=True, most_seeds=20, workspace=folder / "w", watch=counter)
    return study, folder / "w", result, counter


def test_a_study_goes_on_until_it_is_decided(decided: tuple[Study, Path, StudyResult, Counter]) -> None:
    study, workspace, result, counter = decided
    (claim,) = result.claims
    assert claim.verdict == "supported"
    assert claim.decision is not None
    assert claim.decision.seeds <= len(claim.better.errors) == len(claim.worse.errors) < 20
    assert sum(counter.missing) == 2 * len(claim.better.errors)
    assert result.most_seeds == 20
    assert result.command.endswith("--until-decided --most-seeds 20")
    again = Counter()
    repeated = study.run(quick=True, until_decided=True, most_seeds=20, workspace=workspace, watch=again)
    assert sum(again.missing) == 0
    collected = study.result(quick=True, until_decided=True, most_seeds=20, workspace=workspace)
    assert written_out(repeated) == written_out(collected) == written_out(result)


def test_an_interrupted_one_ends_like_an_undisturbed_one(
    decided: tuple[Study, Path, StudyResult, Counter], tmp_path: Path
) -> None:
    class Impatient(Watcher):
        rounds = 0

        def planned(self, total: int, missing: tuple[Job, ...]) -> None:
            self.rounds += 1
            if self.rounds == 2:
                raise KeyboardInterrupt

    study, _, undisturbed, _ = decided
    with pytest.raises(KeyboardInterrupt):
        study.run(quick=True, until_decided=True, most_seeds=20, workspace=tmp_path, watch=Impatient())
    resumed = study.run(quick=True, until_decided=True, most_seeds=20, workspace=tmp_path)
    assert resumed.claims == undisturbed.claims


def test_runs_that_fail_end_the_rounds(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seedbed.runner.local_pool._PROGRAM", "import sys; sys.exit(3)")
    result = Study.load(tiny).run(quick=True, seeds=1, until_decided=True, workspace=tmp_path / "w", jobs=2)
    assert len(result.failures) == 2
    assert result.claims[0].verdict == "undecided"


def test_a_limit_for_adding_seeds_needs_seeds_to_be_added(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"most_seeds: 20 .* --until-decided"):
        Study.load(tiny).run(quick=True, most_seeds=20, workspace=tmp_path / "w")
    assert not (tmp_path / "w").exists()
