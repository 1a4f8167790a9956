"""``sb.Classifier``: networks as an estimator of scikit-learn."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from math import isqrt
from typing import Any, Self, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_consistent_length, compute_class_weight
from sklearn.utils.multiclass import check_classification_targets, unique_labels
from sklearn.utils.validation import check_is_fitted, validate_data

from seedbed.api import check_seed, check_threads
from seedbed.checks import whole_number
from seedbed.classifier.defaults import is_table, with_classes
from seedbed.classifier.member import Trainer, derived_seed
from seedbed.data import Dataset
from seedbed.data.arrays import as_images
from seedbed.engine.optimizers import Optimizer
from seedbed.errors import EstimatorError, NetworkError, SeedbedError
from seedbed.network import Layer, Network, Shape, zoo_name
from seedbed.training import Recipe
from seedbed.training.class_weights import load_class_weights
from seedbed.training.schedules import Schedule
from seedbed.training.settings import LR, PARTS, RECIPE, Settings, unknown
from seedbed.training.signatures import takes_settings_but
from seedbed.training.suited import SUITED, epochs_for

_DATA, _MOST_CLASSES = "arrays", 256
_OWN = "class_weights"
"""The setting that scikit-learn's ``class_weight`` takes the place of."""
_SETTINGS = {name: setting for name, setting in (RECIPE | {LR.name: LR}).items() if name not in (*PARTS, _OWN)}
_WHOLE_RUN = ("schedule", "augment", "validation", "patience")
"""Settings that have a meaning only where the run has an end."""


class Classifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A network, or several seeds of one, with the methods of a scikit-learn classifier.

    It takes tables ``(n, features)``, each feature a channel of one pixel, as float32, and images ``(n, h, w)``,
    ``(n, c, h, w)`` or ``(n, h, w, c)``: uint8 pixels, whole numbers from 0 to 255, or any floats.

    Attributes
    ----------
    classes_ : array, shape (classes,)
        Labels in the order of the columns of ``predict_proba``.
    recipe_ : Recipe
        What was trained; the network is written out. ``partial_fit`` leaves its epochs and its schedule aside.
    members_ : list of Member
        The trained networks, one for each seed.
    image_shape_ : (channels, height, width)
        Of the images, or (features, 1, 1).
    n_features_in_ : int
        Features of a table; not there for images.

    Notes
    -----
    Pickles hold parameters as arrays and everything else as texts and plain values, and unpickling builds the networks
    through their constructors. Like every pickle, one from somebody else may still run any code: pass models on with
    ``members_[0].model.save("model.safetensors")``.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import cross_val_score
    >>> cross_val_score(sb.Classifier(seeds=5), *load_iris(return_X_y=True))
    """

    @takes_settings_but(_OWN)
    def __init__(  # type: ignore[misc]
        self,
        network: str | Network | Sequence[Layer] | None = None,
        *,
        optimizer: str | Optimizer | None = None,
        schedule: str | Schedule | None = None,
        epochs: int | None = None,
        seeds: int = 1,
        seed: int = 0,
        engine: str | None = None,
        threads: int | None = 1,
        class_weight: Mapping[Any, float] | str | None = None,
        channels: str | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        """Keep all settings as they are; they are checked by ``fit``.

        Parameters
        ----------
        network : str, Network or list of layers, optional
            ``linear(classes)`` in a text gets an output for each class; so does the last layer of a name. If left out,
            one hidden layer of 32 for tables, two small convolutions for images of at least 8×8.
        **settings
            Those of the recipe, and ``seed``, ``engine`` and ``threads``: see ``seedbed.training.settings``.
        optimizer : str or Optimizer, optional
            How parameters follow their gradients; if left out, that of the recipe which networks with a name come with.
        schedule : str or Schedule, optional
            How the learning rate changes; if left out, as in the recipe of a name, constant for every other network.
        epochs : int, optional
            How often every image is seen; if left out, as often as makes 1,000 steps, 3 to 100 times.
        seeds : int
            Train that many networks, with the seeds ``seed``, ``seed + 1`` and so on; the answer is the mean of
            their probabilities.
        class_weight : dict or "balanced", optional
            Weight of each label in the loss, as the setting ``class_weights`` of a recipe: labels that are not named
            weigh 1; ``"balanced"`` is inverse to how often a label occurs.
        channels : {"first", "last"}, optional
            Where the channels of images stand, if the shape does not tell.
        """
        for name in settings:
            if name not in _SETTINGS:
                raise unknown(name, self._get_param_names())
        self.network, self.seeds, self.seed, self.engine, self.threads = network, seeds, seed, engine, threads
        self.class_weight, self.channels = class_weight, channels
        given: dict[str, Any] = {**settings, "optimizer": optimizer, "schedule": schedule, "epochs": epochs}
        for name, setting in _SETTINGS.items():
            setattr(self, name, given.get(name, setting.default))

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train from the start.

        Weights of samples act by sampling: each network trains on as many samples as there are, drawn by its seed
        before the first epoch, each about as often as its weight says (Madow 1949). Equal weights change nothing; a
        sample of weight 2 among others of weight 1 is not the same as the sample twice. Weights of classes act in the
        loss.

        Parameters
        ----------
        X : array, shape (n, features), (n, h, w), (n, c, h, w) or (n, h, w, c)
        y : array of labels of any kind, shape (n,)
            2 to 256 different ones.
        sample_weight : array, shape (n,), optional
            0 or more, not all 0.

        Raises
        ------
        EstimatorError
            A setting is wrong, the network does not fit the data, or training diverged. Also a ValueError.
        """
        with _as_value_errors():
            images, labels = self._training_data(X, y, is_first=True)
            check_classification_targets(labels)
            self.classes_, codes = np.unique(labels, return_inverse=True)
            self._check_classes()
            weights = self._weights(codes, sample_weight)
            dataset = self._dataset(images, codes)
            self.recipe_ = replace(self._recipe(dataset), class_weights=self._class_weights(codes))
            trainer = self._trainer()
            self.members_ = [trainer.fit(dataset, weights, seed) for seed in self._seeds()]
            self._calls = 1
        return self

    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Train on from where the networks stand, once over these samples.

        The input steps keep the numbers that they took from the first samples. Optimizers keep their memory; the order
        of the samples follows from the seed and the number of calls.

        Parameters
        ----------
        X, y, sample_weight : arrays
            As for ``fit``.
        classes : array of labels
            All there will ever be; needed by the first call.

        Raises
        ------
        EstimatorError
            As for ``fit``; and where a schedule, augmentation, validation images, patience or balanced classes are
            asked for, which need a whole run.
        """
        with _as_value_errors():
            is_first = not hasattr(self, "members_")
            self._check_partial(classes, is_first)
            images, labels = self._training_data(X, y, is_first)
            check_classification_targets(labels)
            if is_first:
                self.classes_ = unique_labels(classes)
                self._check_classes()
            codes = self._codes(labels)
            weights = self._weights(codes, sample_weight)
            dataset = self._dataset(images, codes)
            if is_first:
                self.recipe_, self._calls = self._recipe(dataset), 0
            self.recipe_ = replace(self.recipe_, class_weights=self._class_weights(codes))
            trainer = self._trainer()
            before = [None] * len(self._seeds()) if is_first else self.members_
            # Another order, dropout and choice of samples in each call.
            self.members_ = [
                trainer.go_on(member, dataset, weights, seed if is_first else derived_seed(seed, self._calls))
                for seed, member in zip(self._seeds(), before, strict=True)
            ]
            self._calls += 1
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The label of each sample, shape (n,)."""
        logs = self._log_probabilities(X)
        labels: NDArray[Any] = self.classes_[logs.argmax(axis=1)]
        return labels

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Probabilities of the classes, float64, shape (n, classes): the mean over the seeds.

        Those of one network are the softmax of its outputs, or, where it ends in ``softmax`` or ``sigmoid``, its
        outputs divided by their sum. Only cross entropy trains them as probabilities; after other losses calibrate
        them, with ``CalibratedClassifierCV``.
        """
        probabilities: NDArray[np.float64] = np.exp(self._log_probabilities(X))
        return probabilities

    def predict_log_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Logarithms of ``predict_proba``, exact where a probability is too small for a float."""
        return self._log_probabilities(X)

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Logarithms of the probabilities, shape (n, classes); of two classes log(p₁/p₀), shape (n,)."""
        logs = self._log_probabilities(X)
        return logs[:, 1] - logs[:, 0] if len(self.classes_) == 2 else logs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags

    def __getstate__(self) -> dict[str, Any]:
        values: dict[str, Any] = dict(super().__getstate__())
        return values | {"recipe_": values["recipe_"].to_dict()} if "recipe_" in values else values

    def __setstate__(self, state: dict[str, Any]) -> None:
        made = {"recipe_": Recipe.load(state["recipe_"])} if "recipe_" in state else {}
        super().__setstate__(state | made)

    def _seeds(self) -> range:
        first, count = check_seed(self.seed), whole_number("seeds", self.seeds, 1)
        return range(first, check_seed(first + count - 1) + 1)

    def _training_data(self, X: Any, y: Any, is_first: bool) -> tuple[NDArray[Any], NDArray[Any]]:
        """Images and labels; the first ones decide whether it is tables or images, and their shape."""
        if is_table(X) and (is_first or hasattr(self, "n_features_in_")):
            X, labels = validate_data(self, X, y, dtype=np.float32, reset=is_first)
            images = X[:, :, np.newaxis, np.newaxis]
        else:
            labels = validate_data(self, y=y)
            images = self._images(X, is_first)
            check_consistent_length(images, labels)
        if is_first:
            if not is_table(X):
                for name in ("n_features_in_", "feature_names_in_"):
                    self.__dict__.pop(name, None)
            self.image_shape_: Shape = images.shape[1:]
            self._dtype = str(images.dtype)
        return images, labels

    def _images(self, X: Any, is_first: bool = False) -> NDArray[Any]:
        """Images in the layout, and but for the first ones the shape and the type, of those that were trained with."""
        with np.errstate(over="ignore"):
            images: NDArray[Any] = as_images(X, "X", channels=self.channels, floats="keep")
        if len(images) == 0:
            raise EstimatorError(field="X", expected="at least one sample", got="none")
        if not np.isfinite(images).all():
            raise EstimatorError(field="X", expected="values that float32 can hold", got="larger ones among them")
        if is_first:
            return images
        if images.dtype == np.uint8 and self._dtype == "float32":
            images = images.astype(np.float32)
        if (images.shape[1:], str(images.dtype)) != (self.image_shape_, self._dtype):
            shape, came = (" × ".join(map(str, one)) for one in (self.image_shape_, images.shape[1:]))
            raise EstimatorError(
                field="X", expected=f"samples of {shape}, {self._dtype}, as in fit", got=f"{came}, {images.dtype}"
            )
        return images

    def _codes(self, labels: NDArray[Any]) -> NDArray[np.int64]:
        """Places of labels among ``classes_``."""
        known = np.isin(labels, self.classes_)
        if not known.all():
            raise EstimatorError(field="y", expected=f"labels among {self.classes_}", got=str(labels[~known][0]))
        return np.searchsorted(self.classes_, labels)

    def _check_classes(self) -> None:
        if len(self.classes_) < 2:
            raise EstimatorError(field="y", expected="labels of at least 2 classes", got=f"one class, {self.classes_}")
        if len(self.classes_) > _MOST_CLASSES:
            raise EstimatorError(
                field="y", expected=f"labels of at most {_MOST_CLASSES} classes", got=f"{len(self.classes_):,} classes"
            )

    def _check_partial(self, classes: ArrayLike | None, is_first: bool) -> None:
        """Refuse what only a whole run can have, and classes that are missing or not those of the first call."""
        for name in _WHOLE_RUN:
            if getattr(self, name) not in (None, RECIPE[name].default):
                expected, got = "its default in partial_fit, which has no end", str(getattr(self, name))
                raise EstimatorError(field=name, expected=expected, got=got, hint="Use fit.")
        if self.class_weight == "balanced":
            expected = "a dict in partial_fit, which does not see all samples"
            raise EstimatorError(field="class_weight", expected=expected, got="'balanced'")
        if is_first and classes is None:
            raise EstimatorError(field="classes", expected="all labels at the first call of partial_fit", got="none")
        if not is_first and classes is not None and not np.array_equal(self.classes_, unique_labels(classes)):
            raise EstimatorError(
                field="classes", expected=f"those of the first call, {self.classes_}", got=str(classes)
            )
        if not is_first and len(self._seeds()) != len(self.members_):
            raise EstimatorError(field="seeds", expected=f"{len(self.members_)}, as before", got=str(self.seeds))

    def _weights(self, codes: NDArray[np.int64], sample_weight: ArrayLike | None) -> NDArray[np.float64] | None:
        """Weight of each sample, float64, shape (n,); None if all are alike."""
        if sample_weight is None:
            return None
        weights: NDArray[np.float64] = np.asarray(sample_weight, np.float64)
        if weights.ndim == 0:
            weights = np.repeat(weights, len(codes))
        if weights.shape != codes.shape:
            expected = f"one weight for each of {len(codes)} samples, shape ({len(codes)},)"
            raise EstimatorError(field="sample_weight", expected=expected, got=f"shape {weights.shape}")
        return weights

    def _class_weights(self, codes: NDArray[np.int64]) -> str:
        """The setting of the recipe, whose classes are named by their places in ``classes_``."""
        if self.class_weight is None:
            return ""
        own: NDArray[np.float64] = compute_class_weight(
            self.class_weight, classes=self.classes_, y=self.classes_[codes]
        )
        if not np.isfinite(own).all() or (own < 0).any() or not own.any():
            expected = "finite weights of at least 0, not all of them zero"
            raise EstimatorError(field="class_weight", expected=expected, got=str(self.class_weight))
        weights = {str(place): weight for place, weight in enumerate(own.tolist())}
        return "" if (own == 1).all() else str(load_class_weights(weights))

    def _dataset(self, images: NDArray[Any], codes: NDArray[np.int64]) -> Dataset:
        return Dataset.from_arrays(
            images,
            codes,
            classes=[str(number) for number in range(len(self.classes_))],
            test=0,
            channels="first",
            floats="keep",
            name=_DATA,
        )

    def _recipe(self, dataset: Dataset) -> Recipe:
        settings: dict[str, Any] = {name: getattr(self, name) for name in _SETTINGS}
        # What suits a name is known where recipes are made; other networks get this.
        others: dict[str, Any] = {}
        if zoo_name(self.network) is None:
            batch_size = RECIPE["batch_size"].checked(self.batch_size)
            others = {"optimizer": SUITED["optimizer"], "epochs": epochs_for(len(dataset.train_labels), batch_size)}
        for name in ("optimizer", "schedule", "epochs"):
            if settings[name] is None:
                del settings[name]
        settings = others | settings
        network = with_classes(self.network, dataset.image_shape, len(self.classes_))
        try:
            return Recipe.make(network, _DATA, dataset=dataset, **settings)
        except NetworkError as error:
            if not hasattr(self, "n_features_in_"):
                raise
            side = isqrt(self.n_features_in_)
            hint = f"A table enters as {self.n_features_in_}×1×1. If its rows are images, give them their shape"
            hint += f": X.reshape(-1, {side}, {side})." if side > 1 and side**2 == self.n_features_in_ else "."
            raise EstimatorError(f"{error} {hint}", **error.details() | {"hint": hint}) from error

    def _trainer(self) -> Trainer:
        return Trainer(self.recipe_, self.engine, check_threads(self.threads))

    def _log_probabilities(self, X: ArrayLike) -> NDArray[np.float64]:
        check_is_fitted(self, "members_")
        with _as_value_errors():
            if hasattr(self, "n_features_in_"):
                images = validate_data(self, X, dtype=np.float32, reset=False)[:, :, np.newaxis, np.newaxis]
            else:
                images = self._images(X)
            each = [member.log_probabilities(images, len(self.classes_)) for member in self.members_]
        if len(each) == 1:
            return each[0]
        logs: NDArray[np.float64] = logsumexp(each, axis=0) - np.log(len(each))
        return logs


@contextmanager
def _as_value_errors() -> Iterator[None]:
    """Raise deliberate errors as scikit-learn expects them."""
    try:
        yield
    except EstimatorError:
        raise
    except SeedbedError as error:
        raise EstimatorError(str(error), **error.details()) from error
