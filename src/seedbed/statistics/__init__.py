"""Statistics of a few runs each: numbers in, numbers out."""

from seedbed.errors import StatisticsError
from seedbed.statistics.behind_best import behind_best
from seedbed.statistics.best import BestTest, Rival, best_of
from seedbed.statistics.best_run import BestRunTest, best_run
from seedbed.statistics.bootstrap import TwoLevelInterval, two_level_interval
from seedbed.statistics.bound import BoundTest, under_bound
from seedbed.statistics.brunner_munzel import RankComparison, compare_ranks
from seedbed.statistics.class_rates import ClassRates, Rate, Rates, class_rates, rates
from seedbed.statistics.classification_report import ClassificationReport, ClassRow, Share, classification_report
from seedbed.statistics.comparison import Comparison, Summary, compare, compare_pairs, compare_summaries
from seedbed.statistics.correction import holm
from seedbed.statistics.crossing import Crossing, crossing
from seedbed.statistics.equivalence import Equivalence, equivalence, equivalence_to
from seedbed.statistics.failures import SortedRuns, constant_classes, sort_runs
from seedbed.statistics.fisher import FailureComparison, compare_failures
from seedbed.statistics.influence import Influence, WithoutRun, influence
from seedbed.statistics.intervals import mean_interval
from seedbed.statistics.learning_speed import SpeedComparison, compare_speed, first_reaching
from seedbed.statistics.mcnemar import McNemarTest, mcnemar
from seedbed.statistics.pairing import SeedComparison, SeedCorrelation, compare_seeds, seed_correlation
from seedbed.statistics.permutation import PermutationTest, permutation_test
from seedbed.statistics.power import further_runs, runs_needed
from seedbed.statistics.replication import Replication, prediction_interval, replication, replication_of_difference
from seedbed.statistics.sequential import Decision, SequentialComparison
from seedbed.statistics.trend import Trend, slopes, trend
from seedbed.statistics.trimmed import compare_trimmed
from seedbed.statistics.verdict import Verdict

__all__ = [
    "BestRunTest",
    "BestTest",
    "BoundTest",
    "ClassRates",
    "ClassRow",
    "ClassificationReport",
    "Comparison",
    "Crossing",
    "Decision",
    "Equivalence",
    "FailureComparison",
    "Influence",
    "McNemarTest",
    "PermutationTest",
    "RankComparison",
    "Rate",
    "Rates",
    "Replication",
    "Rival",
    "SeedComparison",
    "SeedCorrelation",
    "SequentialComparison",
    "Share",
    "SortedRuns",
    "SpeedComparison",
    "StatisticsError",
    "Summary",
    "Trend",
    "TwoLevelInterval",
    "Verdict",
    "WithoutRun",
    "behind_best",
    "best_of",
    "best_run",
    "class_rates",
    "classification_report",
    "compare",
    "compare_failures",
    "compare_pairs",
    "compare_ranks",
    "compare_seeds",
    "compare_speed",
    "compare_summaries",
    "compare_trimmed",
    "constant_classes",
    "crossing",
    "equivalence",
    "equivalence_to",
    "first_reaching",
    "further_runs",
    "holm",
    "influence",
    "mcnemar",
    "mean_interval",
    "permutation_test",
    "prediction_interval",
    "rates",
    "replication",
    "replication_of_difference",
    "runs_needed",
    "seed_correlation",
    "slopes",
    "sort_runs",
    "trend",
    "two_level_interval",
    "under_bound",
]
