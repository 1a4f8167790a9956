"""Statistics of a few runs each: numbers in, numbers out."""

from seedbed.errors import StatisticsError
from seedbed.statistics.bootstrap import TwoLevelInterval, two_level_interval
from seedbed.statistics.brunner_munzel import RankComparison, compare_ranks
from seedbed.statistics.checks import Verdict
from seedbed.statistics.comparison import Comparison, Summary, compare, compare_pairs, compare_summaries
from seedbed.statistics.correction import holm
from seedbed.statistics.equivalence import Equivalence, equivalence
from seedbed.statistics.failures import SortedRuns, constant_classes, sort_runs
from seedbed.statistics.fisher import FailureComparison, compare_failures
from seedbed.statistics.influence import Influence, WithoutRun, influence
from seedbed.statistics.intervals import mean_interval
from seedbed.statistics.mcnemar import McNemarTest, mcnemar
from seedbed.statistics.pairing import SeedComparison, SeedCorrelation, compare_seeds, seed_correlation
from seedbed.statistics.permutation import PermutationTest, permutation_test
from seedbed.statistics.power import further_runs, runs_needed
from seedbed.statistics.replication import Replication, prediction_interval, replication, replication_of_difference
from seedbed.statistics.sequential import Decision, SequentialComparison
from seedbed.statistics.trimmed import compare_trimmed

__all__ = [
    "Comparison",
    "Decision",
    "Equivalence",
    "FailureComparison",
    "Influence",
    "McNemarTest",
    "PermutationTest",
    "RankComparison",
    "Replication",
    "SeedComparison",
    "SeedCorrelation",
    "SequentialComparison",
    "SortedRuns",
    "StatisticsError",
    "Summary",
    "TwoLevelInterval",
    "Verdict",
    "WithoutRun",
    "compare",
    "compare_failures",
    "compare_pairs",
    "compare_ranks",
    "compare_seeds",
    "compare_summaries",
    "compare_trimmed",
    "constant_classes",
    "equivalence",
    "further_runs",
    "holm",
    "influence",
    "mcnemar",
    "mean_interval",
    "permutation_test",
    "prediction_interval",
    "replication",
    "replication_of_difference",
    "runs_needed",
    "seed_correlation",
    "sort_runs",
    "two_level_interval",
]
