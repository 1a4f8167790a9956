"""What the lab's tests share: small experiments on `digits`, and pages in a browser."""

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from lab_samples import SMALL
from lab_server import LabServer

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


@pytest.fixture(scope="module")
def browser():
    from lab_page import browsing  # here: where Playwright is missing, only what needs a page is skipped

    with browsing() as found:
        yield found


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with LabServer(tmp_path_factory.mktemp("lab") / "log.txt") as found:
        yield found


@pytest.fixture
def lab(browser, server):
    """Opens pages; those that are open in the end are closed, and looked at for errors."""
    from lab_page import LabPage

    with contextlib.ExitStack() as stack:

        def open_page(settings=None, **options):
            return stack.enter_context(contextlib.closing(LabPage(browser, server, settings, **options)))

        yield open_page
