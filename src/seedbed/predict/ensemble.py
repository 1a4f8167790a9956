"""Several networks that answer together."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.data import read_unlabelled
from seedbed.data.likeness import Handling
from seedbed.errors import DataError, StoreError
from seedbed.training import Model
from seedbed.training.prediction import Prediction


class Ensemble:
    """The mean of the probabilities of one or more models, and how far they agree.

    Parameters
    ----------
    models : sequence of Model
        Of the same classes; each prepares pictures as its own training images are.

    Raises
    ------
    StoreError
        There is none, or their classes differ.

    References
    ----------
    Lakshminarayanan, Pritzel and Blundell (2017), "Simple and scalable predictive uncertainty estimation using deep
    ensembles", equation for the mixture in section 2.4.
    """

    def __init__(self, models: Sequence[Model]) -> None:
        if not models:
            raise StoreError("models: expected at least one, got none.")
        self.models = tuple(models)
        for number, model in enumerate(self.models[1:], 2):
            if model.classes != self.classes:
                raise StoreError(
                    f"models: expected the same classes in all, got {_listed(self.classes)} in the first and "
                    f"{_listed(model.classes)} in number {number}."
                )

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self.models[0].classes

    def examine(
        self,
        pictures: Sequence[Any],
        names: Sequence[str] | None = None,
        handling: Handling = Handling(),  # noqa: B008 - frozen
    ) -> list[Prediction]:
        """What is to be said of each picture; see `Model.examine`.

        What was done to it is that of the first model; the distance is that of the model that finds it least unlike.
        """
        told = [model.examine(pictures, names, handling) for model in self.models]
        return [self._joined(answers) for answers in zip(*told, strict=True)]

    def examine_table(self, path: Path, drop: Sequence[str] = ()) -> list[Prediction]:
        """What is to be said of each row of a table without labels; the predictions are called as the rows are.

        Raises
        ------
        DataError
            A row cannot be read, or the columns are not those of the training images.
        """
        told = []
        for model in self.models:
            columns = model.provenance.columns if model.provenance else ()
            channels, height, width = model.input.stored_shape
            table = read_unlabelled(
                path, (channels, height, width), np.dtype(model.input.dtype), columns=columns, drop=drop
            )
            if not len(table.images):
                raise DataError(f"{path}: expected rows of numbers, got none.")
            distances = _distances(model, table.images)
            probabilities = model.probabilities(table.images)
            told.append(
                [
                    Prediction(name, model.classes, values, (), float(distance))
                    for name, values, distance in zip(table.identities, probabilities, distances, strict=True)
                ]
            )
        return [self._joined(answers) for answers in zip(*told, strict=True)]

    def predict(self, pictures: Any, handling: Handling = Handling()) -> Any:  # noqa: B008 - frozen
        """A Prediction of one picture, or a list of them of a sequence of pictures."""
        if isinstance(pictures, list | tuple):
            return self.examine(pictures, handling=handling)
        return self.examine([pictures], handling=handling)[0]

    def _joined(self, answers: tuple[Prediction, ...]) -> Prediction:
        first = answers[0]
        if len(answers) == 1:
            return first
        mean: NDArray[np.float64] = np.mean([one.probabilities for one in answers], axis=0)
        distances = [one.distance for one in answers if not np.isnan(one.distance)]
        distance = min(distances, default=float("nan"))
        return Prediction(first.name, self.classes, mean, first.done, distance, tuple(one.answer for one in answers))


def _distances(model: Model, images: NDArray[Any]) -> NDArray[np.float64]:
    if model.appearance is None:
        return np.full(len(images), np.nan)
    return model.appearance.distances(images)


def _listed(names: tuple[str, ...]) -> str:
    return f"'{', '.join(names[:5])}{', …' if len(names) > 5 else ''}' ({len(names)})"
