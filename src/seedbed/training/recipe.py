"""A recipe: all that decides a run but its seed, as texts that can be stored, compared and printed."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from seedbed.checks import finite_number, whole_number
from seedbed.data import CATALOGUE, Dataset
from seedbed.data.preparation import (
    Augmentation,
    InputStep,
    Preparation,
    Standardize,
    load_augment,
    load_input,
    prepared_shape,
)
from seedbed.engine.base import Plan
from seedbed.engine.losses import Loss, default_loss, load_loss
from seedbed.engine.optimizers import SGD, Optimizer, load_optimizer
from seedbed.errors import NetworkError, RecipeError, inside
from seedbed.network import ZOO, BatchNorm, Init, Network, Shape, load_init, load_network
from seedbed.training.decay import decay_by_name, load_decay
from seedbed.training.schedules import Schedule, load_schedule


@dataclass(frozen=True)
class Recipe:
    """Network + data + loss + optimizer + input + init + batch size + epochs, and what is done beyond plain training.

    All parts are kept as text; ``Recipe.make`` also takes the objects.

    Attributes
    ----------
    network : str
        Text of the network; names of the zoo are written out, so that a stored recipe keeps its meaning.
    data : str
        Name of the data set.
    loss, optimizer, init : str
    input : str
        What is done to every image before it enters the network: ``crop(24) standardize_image``.
    batch_size, epochs : int
    augment : str
        How training images are changed at random before that: ``shift(2) noise(0.1)``; empty for not at all.
    schedule : str
        How the optimizer's learning rate changes: ``warmup(2) cosine``.
    weight_decay : str
        Weight decay of chosen parameters in place of the optimizer's: ``l2(0.004, of=linear1)``; empty for none.
    average : float or None
        Decay of the moving averages of the parameters, which then answer.
    clip_norm : float or None
        Largest norm of the gradient.
    validation : int
        Training images held out to choose by, stratified, the same for every run.
    patience : int or None
        Epochs without a lower validation error after which the run stops; the state of the best epoch is kept.
    """

    network: str
    data: str
    loss: str
    optimizer: str
    input: str
    init: str
    batch_size: int
    epochs: int
    augment: str = ""
    schedule: str = "constant"
    weight_decay: str = ""
    average: float | None = None
    clip_norm: float | None = None
    validation: int = 0
    patience: int | None = None

    @classmethod
    def make(
        cls,
        network: str | Network,
        data: str = "mnist",
        *,
        loss: str | Loss | None = None,
        optimizer: str | Optimizer = SGD(lr=0.02),  # noqa: B008 - frozen
        input: str | InputStep = Standardize(),  # noqa: B008 - frozen
        augment: str | Augmentation = "",
        init: str | Init = "lecun_uniform",
        batch_size: int = 32,
        epochs: int = 3,
        schedule: str | Schedule = "constant",
        weight_decay: str = "",
        average: float | None = None,
        clip_norm: float | None = None,
        validation: int = 0,
        patience: int | None = None,
        image_shape: Shape | None = None,
    ) -> "Recipe":
        """Check every part that can be checked without the data and write it in its canonical form.

        ``image_shape`` is needed for data that is not in the catalogue only.

        Raises
        ------
        NotationError, NetworkError, RecipeError
        """
        if image_shape is None and data in CATALOGUE:
            image_shape = CATALOGUE[data].image_shape
        with inside("input"):
            input = _text(load_input(input))
        with inside("augment"):
            augment = _text(load_augment(augment))
            shape = prepared_shape(input, augment, image_shape) if image_shape else None
        with inside("network"):
            built = load_network(network, shape)
        text = str(network).strip()
        batch_size = whole_number("batch_size", batch_size, 1, 2**24)
        epochs = whole_number("epochs", epochs, 1, 1_000_000)
        validation = whole_number("validation", validation, 0)
        patience = None if patience is None else whole_number("patience", patience, 1)
        average = None if average is None else finite_number("average", average, above=0, below=1)
        clip_norm = None if clip_norm is None else finite_number("clip_norm", clip_norm, above=0)
        with inside("loss"):
            loss = load_loss(loss) if loss is not None else default_loss(built)
        with inside("optimizer"):
            optimizer = load_optimizer(optimizer)
        with inside("init"):
            first_values = load_init(init)
            first_values.choose(built)
        with inside("schedule"):
            rates = load_schedule(schedule)
            rates.check(epochs)
        with inside("weight_decay"):
            decay = load_decay(weight_decay)
            decay_by_name(decay, built)
        recipe = cls(
            network=ZOO.get(text, text),
            data=data,
            loss=str(loss),
            optimizer=str(optimizer),
            input=input,
            init=str(first_values),
            batch_size=batch_size,
            epochs=epochs,
            augment=augment,
            schedule=str(rates),
            weight_decay=_text(decay),
            average=average,
            clip_norm=clip_norm,
            validation=validation,
            patience=patience,
        )
        if data in CATALOGUE:
            recipe.check_patience(validation)
        return recipe

    def split(self, dataset: Dataset) -> Dataset:
        """The data set with the recipe's validation images held out: what ``plan`` and the training loop take.

        Raises
        ------
        DataError
            There are not that many training images, or the data set comes with validation images of its own.
        """
        return dataset.split(self.validation)

    def plan(self, dataset: Dataset, seed: int = 0) -> Plan:
        """Fit the recipe to a data set: shapes, outputs and last batch are checked here.

        Parameters
        ----------
        dataset : Dataset
            As ``split`` gives it.
        seed : int
            Of the run.

        Raises
        ------
        NetworkError, RecipeError
        """
        preparation = Preparation(self.input, self.augment, dataset, seed)
        network = load_network(self.network, preparation.image_shape)
        if network.classes < len(dataset.classes):
            raise NetworkError(
                f"the network has {network.classes} outputs from '{network.nodes[-1].name}', "
                f"data '{dataset.name}' has {len(dataset.classes)} classes. End it with linear({len(dataset.classes)})."
            )
        if len(dataset.validation_labels) < self.validation:
            raise RecipeError(
                f"data '{dataset.name}': no {self.validation} images are held out. Use Recipe.split first."
            )
        self.check_patience(len(dataset.validation_labels))
        loss = load_loss(self.loss)
        loss.check(network)
        self._check_last_batch(network, len(dataset.train_images))
        # Images that are prepared before the engine gets them enter as they are.
        channels = preparation.image_shape[0]
        scale, shift = preparation.affine or (np.ones(channels, np.float32), np.zeros(channels, np.float32))
        return Plan(
            network,
            loss,
            load_optimizer(self.optimizer),
            self.batch_size,
            scale,
            shift,
            seed=seed,
            decay=decay_by_name(load_decay(self.weight_decay), network),
            average=self.average,
            clip_norm=self.clip_norm,
        )

    def check_patience(self, validation: int) -> None:
        """Refuse to stop early without validation images: the test images must not decide anything.

        Parameters
        ----------
        validation : int
            Number of validation images there are.

        Raises
        ------
        RecipeError
        """
        if self.patience is not None and validation == 0:
            raise RecipeError(
                f"patience={self.patience} stops by the error on validation images, but there are none. "
                "Hold some out of the training images, such as validation=5000."
            )

    def build_network(self, image_shape: Shape | None = None) -> Network:
        """The network for stored images of a shape, else of the shape that the catalogue knows."""
        if image_shape is None and self.data in CATALOGUE:
            image_shape = CATALOGUE[self.data].image_shape
        shape = prepared_shape(self.input, self.augment, image_shape) if image_shape else None
        return load_network(self.network, shape)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON and TOML; ``Recipe(**values)`` reads them back."""
        return asdict(self)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the recipe, 64 hexadecimal digits: equal recipes, equal fingerprints.

        A name of imported data may stand for other images tomorrow, so their fingerprint is part of this one.
        """
        values = self.to_dict()
        if self.data_version:
            values["data_version"] = self.data_version
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()

    @property
    def data_version(self) -> str:
        """What its data set stands for now: see ``Entry.version``; empty if it is not on this machine."""
        return CATALOGUE[self.data].version if self.data in CATALOGUE else ""

    def _check_last_batch(self, network: Network, count: int) -> None:
        for node in network.nodes:
            values_per_image = 1 if len(node.input_shape) == 1 else node.input_shape[1] * node.input_shape[2]
            alone = self.batch_size == 1 or count % self.batch_size == 1
            if isinstance(node.layer, BatchNorm) and values_per_image == 1 and alone:
                raise RecipeError(
                    f"batchnorm '{node.name}' needs at least 2 images in every batch; {count} training images in "
                    f"batches of {self.batch_size} leave one with a single image. Choose another batch_size."
                )


def _text(steps: Iterable[object]) -> str:
    return " ".join(map(str, steps))
