"""Seedbed: raises many small image classifiers side by side, and tells which of their differences are real.

>>> import seedbed as sb
>>> run = sb.train("lenet5+", data="mnist", epochs=3, seed=0)
>>> run.test_error, run.model.predict(images)

Every name is imported when it is first used, so that ``import seedbed`` costs next to nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seedbed.api import Run, train
    from seedbed.classifier import Classifier
    from seedbed.data import Dataset, import_data, load_data
    from seedbed.data.likeness import Handling
    from seedbed.data.preparation.own import OwnAugmentation, own_augmentation
    from seedbed.engine.losses import MSE, CrossEntropy, Hinge, SquaredHinge
    from seedbed.engine.optimizers import SGD, Adadelta, Adagrad, Adam, AdamW, RMSprop
    from seedbed.engine.own import OwnLoss, OwnOptimizer, own_loss, own_optimizer
    from seedbed.errors import SeedbedError
    from seedbed.kept import load_run
    from seedbed.network import (
        GELU,
        RBF,
        AvgPool2d,
        BatchNorm,
        Conv2d,
        Dropout,
        Flatten,
        LeakyReLU,
        Linear,
        LocalResponseNorm,
        MaxPool2d,
        Network,
        Pad,
        ReLU,
        ScaledTanh,
        Sigmoid,
        SiLU,
        Softmax,
        Subsample,
        Tanh,
    )
    from seedbed.network.own import OwnLayer, composition, own_layer
    from seedbed.own_modules import use_parts
    from seedbed.predict import Ensemble
    from seedbed.runner.interruption import TrainingInterrupted
    from seedbed.study import Study, Sweep, compare_recipes
    from seedbed.training import Model, Recipe, Scale, Standardize

__version__ = "0.1.0"

__all__ = [
    "GELU",
    "MSE",
    "RBF",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "AvgPool2d",
    "BatchNorm",
    "Classifier",
    "Conv2d",
    "CrossEntropy",
    "Dataset",
    "Dropout",
    "Ensemble",
    "Flatten",
    "Handling",
    "Hinge",
    "LeakyReLU",
    "Linear",
    "LocalResponseNorm",
    "MaxPool2d",
    "Model",
    "Network",
    "OwnAugmentation",
    "OwnLayer",
    "OwnLoss",
    "OwnOptimizer",
    "Pad",
    "RMSprop",
    "ReLU",
    "Recipe",
    "Run",
    "Scale",
    "ScaledTanh",
    "SeedbedError",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "SquaredHinge",
    "Standardize",
    "Study",
    "Subsample",
    "Sweep",
    "Tanh",
    "TrainingInterrupted",
    "__version__",
    "compare_recipes",
    "composition",
    "import_data",
    "load_data",
    "load_run",
    "own_augmentation",
    "own_layer",
    "own_loss",
    "own_optimizer",
    "train",
    "use_parts",
]

_LAYERS = (
    "AvgPool2d BatchNorm Conv2d Dropout Flatten GELU LeakyReLU Linear LocalResponseNorm MaxPool2d "
    "Pad RBF ReLU ScaledTanh SiLU Sigmoid Softmax Subsample Tanh"
)
_HOMES = {
    "seedbed.api": "Run train",
    "seedbed.classifier": "Classifier",
    "seedbed.data": "Dataset import_data load_data",
    "seedbed.data.likeness": "Handling",
    "seedbed.engine.losses": "MSE CrossEntropy Hinge SquaredHinge",
    "seedbed.engine.optimizers": "SGD Adadelta Adagrad Adam AdamW RMSprop",
    "seedbed.errors": "SeedbedError",
    "seedbed.kept": "load_run",
    "seedbed.network": f"Network {_LAYERS}",
    "seedbed.network.own": "OwnLayer composition own_layer",
    "seedbed.engine.own": "OwnLoss OwnOptimizer own_loss own_optimizer",
    "seedbed.data.preparation.own": "OwnAugmentation own_augmentation",
    "seedbed.own_modules": "use_parts",
    "seedbed.predict": "Ensemble",
    "seedbed.runner.interruption": "TrainingInterrupted",
    "seedbed.study": "Study Sweep compare_recipes",
    "seedbed.training": "Model Recipe Scale Standardize",
}
_HOME = {name: module for module, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'seedbed' has no attribute '{name}'")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
