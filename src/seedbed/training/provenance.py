"""Where a model comes from: all that its file says of it beside network and numbers."""

from dataclasses import asdict, dataclass
from math import isnan
from typing import Any

from seedbed import __version__
from seedbed.data import CATALOGUE, Dataset
from seedbed.data.sets.imported_set import ImportedSet
from seedbed.formatting import number

LEVEL = 0.95


@dataclass(frozen=True)
class Provenance:
    """How a model was trained, on what, and how well it did.

    Attributes
    ----------
    data : str
        Name of the data set.
    data_sha256 : str
        Its fingerprint, as the recipe split it: see ``Dataset.split``.
    recipe : dict
        Plain values of the recipe.
    seed : int
    run : str
        What a workspace calls the run: ``0f3a9c61d2b4-3-native``.
    version : str
        Of the Seedbed that trained it.
    test_images : int
        How many test images there were; 0 for none.
    wrong : int
        How many of them got a wrong answer.
    columns : tuple of str
        Of a table: the names of the columns that an image was made of, in their order.
    """

    data: str
    data_sha256: str
    recipe: dict[str, Any]
    seed: int
    run: str
    version: str
    test_images: int
    wrong: int
    columns: tuple[str, ...] = ()

    @property
    def test_error(self) -> float:
        """Percent of the test images that got a wrong answer; NaN without any."""
        return 100 * self.wrong / self.test_images if self.test_images else float("nan")

    @property
    def test_interval(self) -> tuple[float, float]:
        """Wilson's 95% interval in percent for the error on images like the test images, for this one network.

        It says nothing of other seeds. NaN without test images.
        """
        if not self.test_images:
            return float("nan"), float("nan")
        # Statistics bring SciPy, which training does not need.
        from seedbed.statistics.fisher import wilson

        low, high = wilson(self.wrong, self.test_images, LEVEL)
        return 100 * low, 100 * high

    def __str__(self) -> str:
        text = f"trained on {self.data}, seed {self.seed}, run {self.run}, Seedbed {self.version}"
        if self.test_images:
            low, high = (number(value) for value in self.test_interval)
            text += f"; test error {number(self.test_error)}% ({low} to {high}) on {self.test_images:,} images"
        return text

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def provenance_of(dataset: Dataset, recipe: dict[str, Any], seed: int, run: str, test_error: float) -> Provenance:
    """The provenance of a run that has ended.

    Parameters
    ----------
    dataset : Dataset
        As the recipe split it.
    recipe, seed, run
        See `Provenance`.
    test_error : float
        In percent of the test images; NaN without any.
    """
    count = 0 if isnan(test_error) else len(dataset.test_labels)
    entry = CATALOGUE.get(recipe["data"])
    is_same = isinstance(entry, ImportedSet) and entry.version == recipe.get("data_version")
    return Provenance(
        data=dataset.name,
        data_sha256=dataset.sha256,
        recipe=recipe,
        seed=seed,
        run=run,
        version=__version__,
        test_images=count,
        wrong=round(test_error * count / 100) if count else 0,
        columns=entry.columns if isinstance(entry, ImportedSet) and is_same else (),
    )
