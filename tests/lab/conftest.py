"""What the lab's tests share: small experiments on `digits`."""

from collections.abc import Callable
from typing import Any

import pytest
from lab_samples import SMALL

from seedbed.data import Dataset, load_data
from seedbed.lab.configuration import Configuration
from seedbed.lab.experiment import Experiment


@pytest.fixture(scope="session")
def digits() -> Dataset:
    return load_data("digits")


@pytest.fixture
def experiment(digits: Dataset) -> Callable[..., Experiment]:
    """Makes an experiment on digits, with other settings than the small ones."""

    def make(**settings: Any) -> Experiment:
        values = SMALL | {f"b.{name[2:]}" if name.startswith("b_") else name: value for name, value in settings.items()}
        return Experiment(Configuration.from_values(values), digits)

    return make
