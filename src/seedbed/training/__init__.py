"""Training: recipes, the loop over epochs, its history, trained models."""

from seedbed.data.preparation import Scale, Standardize
from seedbed.training.history import EpochRecord, History
from seedbed.training.loop import Progress, RunState, Status, TrainingLoop
from seedbed.training.model import Model
from seedbed.training.recipe import Recipe

__all__ = [
    "EpochRecord",
    "History",
    "Model",
    "Progress",
    "Recipe",
    "RunState",
    "Scale",
    "Standardize",
    "Status",
    "TrainingLoop",
]
