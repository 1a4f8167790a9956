"""Statistics of a few runs each: numbers in, numbers out."""

from seedbed.errors import StatisticsError
from seedbed.statistics.bootstrap import TwoLevelInterval, two_level_interval
from seedbed.statistics.comparison import Comparison, Summary, compare, compare_pairs, compare_summaries
from seedbed.statistics.correction import holm
from seedbed.statistics.equivalence import Equivalence, equivalence
from seedbed.statistics.failures import SortedRuns, constant_classes, sort_runs
from seedbed.statistics.intervals import mean_interval
from seedbed.statistics.mcnemar import McNemarTest, mcnemar
from seedbed.statistics.pairing import SeedComparison, SeedCorrelation, compare_seeds, seed_correlation
from seedbed.statistics.permutation import PermutationTest, permutation_test
from seedbed.statistics.power import further_runs, runs_needed
from seedbed.statistics.sequential import Decision, SequentialComparison

__all__ = [
    "Comparison",
    "Decision",
    "Equivalence",
    "McNemarTest",
    "PermutationTest",
    "SeedComparison",
    "SeedCorrelation",
    "SequentialComparison",
    "SortedRuns",
    "StatisticsError",
    "Summary",
    "TwoLevelInterval",
    "compare",
    "compare_pairs",
    "compare_seeds",
    "compare_summaries",
    "constant_classes",
    "equivalence",
    "further_runs",
    "holm",
    "mcnemar",
    "mean_interval",
    "permutation_test",
    "runs_needed",
    "seed_correlation",
    "sort_runs",
    "two_level_interval",
]
