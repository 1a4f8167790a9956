"""A network with a name follows the data: its recipe, its outputs, its size; what became of it in one line."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from seedbed.data import Dataset
from seedbed.data.entry import Entry
from seedbed.errors import NetworkError, inside
from seedbed.network import Shape, for_classes, padded, read_network, shape_text, zoo_name
from seedbed.training.parts import Parts
from seedbed.training.settings import RECIPE
from seedbed.training.suited import epochs_for, suited

_USUAL_CLASSES, _USUAL_CHANNELS = 10, 1


@dataclass(frozen=True)
class Images:
    """What is known of the images that a recipe is for.

    Attributes
    ----------
    shape : (channels, height, width), optional
    classes, count : int, optional
        Of the data; count is that of the training images.
    """

    shape: Shape | None = None
    classes: int | None = None
    count: int | None = None

    @classmethod
    def of(cls, entry: Entry | None, shape: Shape | None, dataset: Dataset | None) -> "Images":
        """Those of a data set, else of an entry of the catalogue, else of a shape alone."""
        if dataset is not None:
            return cls(dataset.image_shape, len(dataset.classes), len(dataset.train_labels))
        if entry is None:
            return cls(shape)
        return cls(shape or entry.image_shape, len(entry.classes), entry.train_count)


class Fit:
    """What a network, given with some settings, becomes for images.

    Attributes
    ----------
    network : object
        As it was given, or the text of the name with an output for each class.
    settings : dict
        Those given, and what the name comes with.
    """

    def __init__(self, network: Any, settings: Mapping[str, Any], images: Images) -> None:
        self._name, self._images = zoo_name(network), images
        self._told: list[str] = []
        self.network, self.settings = network, dict(settings)
        if self._name is None:
            return
        if images.classes is not None:
            with inside("network"):
                self.network = for_classes(self._name, images.classes)
        self._added = {name: value for name, value in suited(self._name).items() if name not in settings}
        if "epochs" not in settings and images.count is not None:
            held_out = RECIPE["validation"].checked(settings.get("validation", 0))
            batch_size = RECIPE["batch_size"].checked(settings.get("batch_size", RECIPE["batch_size"].default))
            self._added["epochs"] = epochs_for(max(images.count - held_out, 1), batch_size)
        self.settings |= self._added

    def sized(self, parts: Parts) -> Parts:
        """The parts with convolutions that are padded, if images are too small for those of the name.

        Raises
        ------
        NetworkError
        """
        if self._name is None or self._images.shape is None:
            return parts
        try:
            parts.build_network(self._images.shape)
        except NetworkError as error:
            other = replace(parts, network=read_network(padded(parts.network.text)), _built={})
            try:
                other.build_network(self._images.shape)
            except NetworkError:
                hint = "'mlp' and 'softmax' take any size."
                raise NetworkError(
                    f"{self._name}: images of {shape_text(self._images.shape)} are too small for it. {hint} ({error})",
                    field="network",
                    expected="larger images",
                    got=shape_text(self._images.shape),
                    hint=hint,
                ) from None
            self._told.append(f"padded convolutions for images of {shape_text(self._images.shape)}")
            return other
        return parts

    def remark(self, parts: Parts) -> str:
        """What the name stands for where that was not said: ``lenet5: adam(lr=0.003), cosine, 3 epochs``."""
        if self._name is None:
            return ""
        texts = parts.texts()
        told = [texts.get(name, f"{value} {name}") for name, value in self._added.items()]
        if self._images.classes not in (None, _USUAL_CLASSES):
            told.append(f"linear({self._images.classes}) for {self._images.classes} classes")
        if self._images.shape is not None and self._images.shape[0] != _USUAL_CHANNELS:
            told.append(f"{self._images.shape[0]} channels")
        told += self._told
        return f"{self._name}: {', '.join(told)}" if told else ""
