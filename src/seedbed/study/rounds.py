"""Adding seeds to the variants of undecided claims, round by round, until all claims are decided."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from seedbed.checks import whole_number
from seedbed.errors import StudyError
from seedbed.statistics.spending import FIRST_LOOK
from seedbed.study.fields import SEED_LIMIT
from seedbed.study.plan import Arm, StudyPlan
from seedbed.study.verdict import decision, sequential_test

MOST_SEEDS = 60


class Rounds:
    """Which seeds a study takes next.

    A round adds a quarter of the seeds that an undecided claim has, two at least. The test looks at every number of
    seeds in between too, so verdicts do not depend on how large the rounds are, only how many runs a verdict comes too
    late for. Nor do they depend on the number of cores: the same command has the same runs everywhere.

    Parameters
    ----------
    plan : StudyPlan
        Has the seeds of the first round.
    most_seeds : int
        Of each variant.

    Attributes
    ----------
    arms : tuple of Arm
        All variants, with the seeds that they are to have by now.

    Raises
    ------
    StudyError
        There are no claims that one variant errs less, or most_seeds is under 3, where the first look is.
    """

    def __init__(self, plan: StudyPlan, most_seeds: int) -> None:
        hint = f"{FIRST_LOOK} are the fewest that can decide."
        most_seeds = whole_number("most_seeds", most_seeds, FIRST_LOOK, SEED_LIMIT, error=StudyError, hint=hint)
        definition = plan.definition
        places = {variant.name: place for place, variant in enumerate(definition.variants)}
        claims = [claim.names for claim in definition.claims if claim.kind == "less"]
        if not claims:
            raise StudyError(
                f"study '{definition.name}' has no claims in its {plan.size} size that one variant errs less than "
                "another, so there is nothing to decide. Run it without --until-decided."
            )
        self.arms = plan.arms
        self._pairs = [(places[better], places[worse]) for better, worse in claims]
        self._most_seeds = most_seeds
        self._test = sequential_test(len(claims))

    def grow(self, errors_by_seed: Callable[[Arm], Mapping[int, float]]) -> bool:
        """Look at what all arms have, and give more seeds to those of undecided claims.

        Parameters
        ----------
        errors_by_seed : callable
            Test error in percent of each run of an arm that finished.

        Returns
        -------
        bool
            Whether there are new seeds to run.
        """
        counts = [len(arm.seeds) for arm in self.arms]
        wanted = list(counts)
        for pair in self._pairs:
            better, worse = (errors_by_seed(self.arms[place]) for place in pair)
            if decision(self._test, better, worse).verdict != "undecided":
                continue
            both = min(counts[place] for place in pair)
            target = min(self._most_seeds, both + max(2, both // 4))
            for place in pair:
                wanted[place] = max(wanted[place], target)
        self.arms = tuple(replace(arm, seeds=range(count)) for arm, count in zip(self.arms, wanted, strict=True))
        return wanted != counts
