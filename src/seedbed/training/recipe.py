"""A recipe: all that decides a run but its seed, as texts that can be stored, compared and printed."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from seedbed.data import CATALOGUE, Dataset
from seedbed.engine.base import Plan
from seedbed.engine.losses import Loss, default_loss, load_loss
from seedbed.engine.optimizers import SGD, Optimizer, load_optimizer
from seedbed.errors import NetworkError, RecipeError
from seedbed.network import INITIALIZERS, ZOO, BatchNorm, Network, Shape, load_network
from seedbed.training.inputs import Scale, Standardize, load_input


@dataclass(frozen=True)
class Recipe:
    """Network + data + loss + optimizer + input + init + batch size + epochs.

    All parts are kept as text; ``Recipe.make`` also takes the objects.

    Attributes
    ----------
    network : str
        Text of the network; names of the zoo are written out, so that a stored recipe keeps its meaning.
    data : str
        Name of the data set.
    loss, optimizer, input, init : str
    batch_size, epochs : int
    """

    network: str
    data: str
    loss: str
    optimizer: str
    input: str
    init: str
    batch_size: int
    epochs: int

    @classmethod
    def make(
        cls,
        network: str | Network,
        data: str = "mnist",
        *,
        loss: str | Loss | None = None,
        optimizer: str | Optimizer = SGD(lr=0.02),  # noqa: B008 - frozen
        input: str | Scale | Standardize = Standardize(),  # noqa: B008 - frozen
        init: str = "lecun_uniform",
        batch_size: int = 32,
        epochs: int = 3,
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
        built = load_network(network, image_shape)
        text = str(network).strip()
        for what, value in (("batch_size", batch_size), ("epochs", epochs)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise RecipeError(f"{what} must be a whole number of at least 1, got {value}.")
        if init not in INITIALIZERS:
            raise RecipeError(f"unknown init '{init}'. Known: {', '.join(INITIALIZERS)}.")
        return cls(
            network=ZOO.get(text, text),
            data=data,
            loss=str(load_loss(loss) if loss is not None else default_loss(built)),
            optimizer=str(load_optimizer(optimizer)),
            input=str(load_input(input)),
            init=init,
            batch_size=batch_size,
            epochs=epochs,
        )

    def plan(self, dataset: Dataset) -> Plan:
        """Fit the recipe to a data set: shapes, outputs and last batch are checked here.

        Raises
        ------
        NetworkError, RecipeError
        """
        network = load_network(self.network, dataset.image_shape)
        if network.classes < len(dataset.classes):
            raise NetworkError(
                f"the network has {network.classes} outputs from '{network.nodes[-1].name}', "
                f"data '{dataset.name}' has {len(dataset.classes)} classes. End it with linear({len(dataset.classes)})."
            )
        loss = load_loss(self.loss)
        loss.check(network)
        self._check_last_batch(network, len(dataset.train_images))
        scale, shift = load_input(self.input).scale_and_shift(dataset)
        return Plan(network, loss, load_optimizer(self.optimizer), self.batch_size, scale, shift)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON and TOML; ``Recipe(**values)`` reads them back."""
        return asdict(self)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the recipe, 64 hexadecimal digits: equal recipes, equal fingerprints."""
        return hashlib.sha256(json.dumps(self.to_dict(), sort_keys=True).encode()).hexdigest()

    def _check_last_batch(self, network: Network, count: int) -> None:
        for node in network.nodes:
            values_per_image = 1 if len(node.input_shape) == 1 else node.input_shape[1] * node.input_shape[2]
            alone = self.batch_size == 1 or count % self.batch_size == 1
            if isinstance(node.layer, BatchNorm) and values_per_image == 1 and alone:
                raise RecipeError(
                    f"batchnorm '{node.name}' needs at least 2 images in every batch; {count} training images in "
                    f"batches of {self.batch_size} leave one with a single image. Choose another batch_size."
                )
