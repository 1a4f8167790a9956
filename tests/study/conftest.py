"""Small studies as files, their worker processes, and what makes two runs the same."""

from study_fixtures import run_bits, slow, tiny, workers

__all__ = ["run_bits", "slow", "tiny", "workers"]
