"""What the texts of a recipe stand for, each read once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from seedbed.data.preparation import Augmentation, InputStep, load_augment, load_input, prepared_shape
from seedbed.engine.losses import Loss, default_loss, load_loss
from seedbed.engine.optimizers import Optimizer, load_optimizer
from seedbed.errors import inside
from seedbed.network import Architecture, Init, Network, Shape, load_init, load_network, read_network
from seedbed.training.class_weights import ClassWeights, load_class_weights
from seedbed.training.decay import L2, load_decay
from seedbed.training.schedules import Schedule, load_schedule

_READERS: Mapping[str, Callable[[Any], Any]] = {
    "network": read_network,
    "input": load_input,
    "augment": load_augment,
    "optimizer": load_optimizer,
    "schedule": load_schedule,
    "weight_decay": load_decay,
    "init": load_init,
    "class_weights": load_class_weights,
}


@dataclass(frozen=True)
class Parts:
    """The objects of a recipe, by the names of their settings."""

    network: Architecture
    loss: Loss
    optimizer: Optimizer
    schedule: Schedule
    weight_decay: tuple[L2, ...]
    input: tuple[InputStep, ...]
    augment: tuple[Augmentation, ...]
    init: Init
    class_weights: ClassWeights
    _built: dict[Shape | None, Network] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> "Parts":
        """Read texts, or take objects; where no loss is given it follows from the last layer.

        Raises
        ------
        SeedbedError
            Its field begins with the name of the setting.
        """
        found = {}
        for name, read in _READERS.items():
            with inside(name):
                found[name] = read(values[name])
        with inside("loss"):
            loss = values["loss"]
            found["loss"] = default_loss(found["network"]) if loss is None else load_loss(loss)
        return cls(**found)

    def build_network(self, image_shape: Shape | None) -> Network:
        """The network for stored images of a shape, built once for each; for its own shape if that is not known.

        Raises
        ------
        NetworkError, RecipeError
        """
        if image_shape not in self._built:
            shape = prepared_shape(self.input, self.augment, image_shape) if image_shape else None
            with inside("network"):
                self._built[image_shape] = load_network(self.network, shape)
        return self._built[image_shape]

    def texts(self) -> dict[str, str]:
        """Their canonical texts."""
        return {
            "network": self.network.text,
            "loss": str(self.loss),
            "optimizer": str(self.optimizer),
            "schedule": str(self.schedule),
            "weight_decay": " ".join(map(str, self.weight_decay)),
            "input": " ".join(map(str, self.input)),
            "augment": " ".join(map(str, self.augment)),
            "init": str(self.init),
            "class_weights": str(self.class_weights),
        }
