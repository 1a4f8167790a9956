"""Statistics of a few runs each: numbers in, numbers out."""

from seedbed.statistics.comparison import Comparison, compare
from seedbed.statistics.correction import holm
from seedbed.statistics.intervals import mean_interval
from seedbed.statistics.power import runs_needed

__all__ = ["Comparison", "compare", "holm", "mean_interval", "runs_needed"]
