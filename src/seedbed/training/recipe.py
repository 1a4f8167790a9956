"""A recipe: all that decides a run but its seed, as texts that can be stored, compared and printed."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Unpack

import numpy as np

from seedbed.data import CATALOGUE, Dataset
from seedbed.data.preparation import Preparation
from seedbed.engine.base import Plan
from seedbed.engine.optimizers import load_optimizer
from seedbed.errors import NetworkError, RecipeError, inside
from seedbed.network import BatchNorm, Init, Layer, Network, Shape, State, initial_state
from seedbed.training.decay import decay_by_name
from seedbed.training.fitting import Fit, Images
from seedbed.training.parts import Parts
from seedbed.training.schedules import Schedule
from seedbed.training.settings import LR, RECIPE, RecipeValues, Settings, completed
from seedbed.training.signatures import takes_settings

_OWN = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


@dataclass(frozen=True, kw_only=True)
class Recipe(RecipeValues):
    """Network + data + loss + optimizer + input + init + batch size + epochs, and what is done beyond plain training.

    All parts are kept as text; ``Recipe.make`` also takes the objects. Its settings are those of ``RecipeValues``;
    names of the zoo are written out in ``network``, so that a stored recipe keeps its meaning.

    Attributes
    ----------
    data_version : str
        What the name of imported data stood for when the recipe was made: see ``Entry.version``.
    """

    data_version: str = ""

    @classmethod
    @takes_settings
    def make(
        cls,
        network: str | Network | Iterable[Layer],
        data: str = "mnist",
        *,
        image_shape: Shape | None = None,
        dataset: Dataset | None = None,
        **settings: Unpack[Settings],
    ) -> "Recipe":
        """Check every part that can be checked without the data and write it in its canonical form.

        A network with a name follows the data: its last layer has an output for each class, its convolutions are padded
        where images are too small for it. What is not given comes from the recipe that suits the name; ``remark`` says
        in one line what was chosen.

        Parameters
        ----------
        network : str, Network or list of layers
        data : str
        **settings
            See ``seedbed.training.settings``.
        image_shape : (channels, height, width), optional
            Needed for data that is not in the catalogue only.
        dataset : Dataset, optional
            The data itself, where there is no entry of the catalogue that tells shape, classes and count.

        Raises
        ------
        NotationError, NetworkError, RecipeError
        """
        given: dict[str, Any] = {**settings}
        lr = given.pop(LR.name, None)
        with inside("data"):
            entry = CATALOGUE.get(data)
        images = Images.of(entry, image_shape, dataset)
        fit = Fit(network, given, images)
        values = completed(fit.settings)
        if lr is not None:
            with inside("optimizer"):
                optimizer = load_optimizer(values["optimizer"], 1.0)
            values["optimizer"] = replace(optimizer, lr=lr)
        parts = fit.sized(Parts.read(values | {"network": fit.network}))
        built = parts.build_network(images.shape)
        with inside("init"):
            parts.init.choose(built)
        with inside("schedule"):
            parts.schedule.check(values["epochs"])
        with inside("weight_decay"):
            decay_by_name(parts.weight_decay, built)
        version = "" if entry is None else entry.version
        recipe = cls(**values | parts.texts() | {"data": data, "data_version": version})
        # What was read stays with the recipe.
        recipe.__dict__["parts"] = parts
        recipe.__dict__["remark"] = fit.remark(parts)
        if entry is not None:
            recipe.check_patience(recipe.validation)
        return recipe

    @classmethod
    def load(cls, values: Mapping[str, Any]) -> "Recipe":
        """What ``to_dict`` gave.

        Workspaces of earlier versions did not note what a name stood for: then it is what it stands for now.
        """
        recipe = cls(**values)
        if "data_version" in values or (entry := CATALOGUE.get(recipe.data)) is None:
            return recipe
        return cls(**values, data_version=entry.version)

    @cached_property
    def parts(self) -> Parts:
        """What its texts stand for, each read once.

        Raises
        ------
        SeedbedError
            A text cannot be read.
        """
        return Parts.read(asdict(self))

    @cached_property
    def remark(self) -> str:
        """What was chosen when it was made of a network with a name, in one line; empty for every other recipe."""
        return ""

    def split(self, dataset: Dataset) -> Dataset:
        """The data set with the recipe's validation images held out, without its test images if it must not meet them:
        what ``resolve`` and the training loop take.

        Raises
        ------
        DataError
            There are not that many training images, or the data set comes with validation images of its own.
        """
        split = dataset.split(self.validation)
        if self.evaluation != "validation":
            return split
        sha256 = hashlib.sha256(f"{split.sha256} test=0\n".encode()).hexdigest()
        return replace(split, test_images=split.test_images[:0], test_labels=split.test_labels[:0], sha256=sha256)

    @property
    def data_key(self) -> tuple[str, int, bool]:
        """What ``split`` depends on: recipes with the same take the same data set."""
        return self.data, self.validation, self.evaluation == "validation"

    def resolve(self, dataset: Dataset, seed: int = 0, threads: int = 1) -> "ResolvedRecipe":
        """Fit the recipe to a data set: shapes, outputs and last batch are checked here.

        Parameters
        ----------
        dataset : Dataset
            As ``split`` gives it.
        seed : int
            Of the run.
        threads : int
            Cores for the preparation of images; results do not depend on it.

        Raises
        ------
        NetworkError, RecipeError
        """
        parts = self.parts
        preparation = Preparation(parts.input, parts.augment, dataset, seed, threads)
        network = parts.build_network(dataset.image_shape)
        self._check_network(network, dataset)
        # Images that are prepared before the engine gets them enter as they are.
        channels = preparation.image_shape[0]
        scale, shift = preparation.affine or (np.ones(channels, np.float32), np.zeros(channels, np.float32))
        plan = Plan(
            network,
            parts.loss,
            parts.optimizer,
            self.batch_size,
            scale,
            shift,
            seed=seed,
            decay=decay_by_name(parts.weight_decay, network),
            average=self.average,
            clip_norm=self.clip_norm,
            class_weights=parts.class_weights.of(dataset, network.classes),
        )
        return ResolvedRecipe(self, plan, preparation, parts.schedule, parts.init)

    def plan(self, dataset: Dataset, seed: int = 0) -> Plan:
        """What an engine executes: see ``resolve``."""
        return self.resolve(dataset, seed).plan

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
            hint = "Hold some out of the training images, such as validation=5000."
            raise RecipeError(
                f"patience={self.patience} stops by the error on validation images, but there are none. {hint}",
                field="patience",
                expected="validation images",
                got="none",
                hint=hint,
            )

    def counted(self, images: int) -> int:
        """How many of some test or validation images its errors count, the first ones."""
        return images - images % self.batch_size if self.evaluation == "whole_batches" else images

    def build_network(self, image_shape: Shape | None = None) -> Network:
        """The network for stored images of a shape, else of the shape that the catalogue knows."""
        if image_shape is None and (entry := CATALOGUE.get(self.data)) is not None:
            image_shape = entry.image_shape
        return self.parts.build_network(image_shape)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON and TOML; ``Recipe.load`` reads them back.

        Left out is what has its default and is not in all stored recipes: equal recipes stay equal.
        """
        values = asdict(self)
        # Most names stand for the same images forever.
        if not self.data_version:
            del values["data_version"]
        return {name: value for name, value in values.items() if not _is_implied(name, value)}

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the recipe, 64 hexadecimal digits: equal recipes, equal fingerprints.

        A name of imported data may stand for other images tomorrow, so ``data_version`` is part of it.
        """
        return hashlib.sha256(json.dumps(self.to_dict(), sort_keys=True).encode()).hexdigest()

    @property
    def own_parts(self) -> tuple[str, ...]:
        """Parts of a user's own that its texts name, ``module:name``; layers of a composition are not among them."""
        texts = (self.network, self.loss or "", self.optimizer, self.augment)
        return tuple(sorted({name for text in texts for name in _OWN.findall(text)}))

    def _check_network(self, network: Network, dataset: Dataset) -> None:
        if network.classes < len(dataset.classes):
            got = f"{network.classes} outputs from '{network.nodes[-1].name}'"
            hint = f"End it with linear({len(dataset.classes)})."
            raise NetworkError(
                f"the network has {got}, data '{dataset.name}' has {len(dataset.classes)} classes. {hint}",
                field="network",
                expected=f"one output for each of {len(dataset.classes)} classes",
                got=got,
                hint=hint,
            )
        if len(dataset.validation_labels) < self.validation:
            raise RecipeError(
                f"data '{dataset.name}': no {self.validation} images are held out. Use Recipe.split first.",
                field="validation",
                expected=f"{self.validation} images held out",
                got=str(len(dataset.validation_labels)),
            )
        self.check_patience(len(dataset.validation_labels))
        for kind, count in (("test", len(dataset.test_labels)), ("validation", len(dataset.validation_labels))):
            if count and not self.counted(count):
                raise RecipeError(
                    f"evaluation='{self.evaluation}': {count} {kind} images fill no batch of {self.batch_size}. "
                    "Choose a smaller batch_size.",
                    field="evaluation",
                    expected=f"at least {self.batch_size} {kind} images",
                    got=str(count),
                )
        self.parts.loss.check(network)
        count = len(dataset.train_images)
        for node in network.nodes:
            values_per_image = 1 if len(node.input_shape) == 1 else node.input_shape[1] * node.input_shape[2]
            alone = self.batch_size == 1 or count % self.batch_size == 1
            if isinstance(node.layer, BatchNorm) and values_per_image == 1 and alone:
                hint = "Choose another batch_size."
                raise RecipeError(
                    f"batchnorm '{node.name}' needs at least 2 images in every batch; {count} training images in "
                    f"batches of {self.batch_size} leave one with a single image. {hint}",
                    field="batch_size",
                    expected="at least 2 images in every batch",
                    got="a batch with a single image",
                    hint=hint,
                )


def _is_implied(name: str, value: Any) -> bool:
    setting = RECIPE.get(name)
    return setting is not None and setting.is_later and value == setting.default


@dataclass(frozen=True)
class ResolvedRecipe:
    """A recipe that was fitted to a data set: all that a training loop is made of.

    Attributes
    ----------
    recipe : Recipe
    plan : Plan
        What an engine executes.
    preparation : Preparation
        What is done to images.
    schedule : Schedule
        How the learning rate changes.
    init : Init
        How first values are drawn.
    """

    recipe: Recipe
    plan: Plan
    preparation: Preparation
    schedule: Schedule
    init: Init

    def first_state(self) -> State:
        """First values of the parameters."""
        return initial_state(self.plan.network, self.init, self.plan.seed)
