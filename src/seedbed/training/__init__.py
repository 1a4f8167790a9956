"""Training: recipes, the loop over epochs, its history, trained models."""

from seedbed.data.preparation import Scale, Standardize
from seedbed.training.events import Ended, EpochEnded, Event, Progress
from seedbed.training.history import EpochRecord, History, Intervention
from seedbed.training.loop import TrainingLoop
from seedbed.training.model import Model
from seedbed.training.noise_scale import noise_scale
from seedbed.training.outcome import Kind, Outcome
from seedbed.training.recipe import Recipe
from seedbed.training.run_state import RunState

__all__ = [
    "Ended",
    "EpochEnded",
    "EpochRecord",
    "Event",
    "History",
    "Intervention",
    "Kind",
    "Model",
    "Outcome",
    "Progress",
    "Recipe",
    "RunState",
    "Scale",
    "Standardize",
    "TrainingLoop",
    "noise_scale",
]
