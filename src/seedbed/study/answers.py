"""Which test images a run answers wrongly: its kept outputs against the labels of its data set."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.data import CATALOGUE, load_data, locate
from seedbed.errors import SeedbedError
from seedbed.statistics import constant_classes
from seedbed.training.recipe import Recipe
from seedbed.training.run_state import RunState


@dataclass(frozen=True)
class AnswerSheet:
    """The right answers to the test images of a data set.

    Attributes
    ----------
    labels : uint8 array, shape (test images,)
    classes : tuple of str
        One name per label.
    """

    labels: NDArray[np.uint8]
    classes: tuple[str, ...]

    def wrong(self, run: RunState, recipe: Recipe) -> NDArray[np.bool_] | None:
        """True where a run answers wrongly, bool array of shape (test images,): also those that its error leaves out.

        None if the run keeps no outputs, or if these labels do not give the test error that it measured: then the data
        set of that name is not the one that it was tested with.
        """
        result = run.history.result
        if run.outputs is None or result is None or len(run.outputs) != len(self.labels):
            return None
        wrong: NDArray[np.bool_] = run.outputs.argmax(axis=1) != self.labels
        counted = wrong[: recipe.counted(len(wrong))]
        return wrong if 100 * float(np.mean(counted)) == result.test_error else None

    def balanced_error(self, wrong: NDArray[np.bool_]) -> float:
        """The error in percent if all classes were equally frequent: the mean of the errors on each class that has
        images. Source: Brodersen et al. (2010)."""
        counts = np.bincount(self.labels)
        errors = np.bincount(self.labels[wrong], minlength=len(counts))[counts > 0] / counts[counts > 0]
        return 100 * float(errors.mean())

    def constant_answers(self, error: float) -> tuple[str, ...]:
        """Names of the classes that, as the one answer to every image, have exactly this error in percent."""
        counts = np.bincount(self.labels, minlength=len(self.classes))
        return tuple(self.classes[place] for place in constant_classes(error, counts))


def answer_sheet(data: str) -> AnswerSheet | None:
    """The right answers of a data set that is on this machine; None if it is not: nothing is fetched for them."""
    try:
        if data not in CATALOGUE or not (CATALOGUE[data].is_built_in or locate(data)):
            return None
        dataset = load_data(data)
    except SeedbedError:
        return None
    return AnswerSheet(dataset.test_labels, dataset.classes)
