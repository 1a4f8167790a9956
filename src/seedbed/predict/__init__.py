"""Answers to pictures and tables: `sources` finds them, `ensemble` asks the networks, `telling` writes them down."""

from seedbed.predict.ensemble import Ensemble
from seedbed.predict.sources import is_table, pictures_of
from seedbed.predict.telling import answers_csv, submission_csv

__all__ = ["Ensemble", "answers_csv", "is_table", "pictures_of", "submission_csv"]
