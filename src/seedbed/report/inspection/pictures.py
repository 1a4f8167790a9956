"""Whether images are something to look at."""

from seedbed.data import Dataset


def has_pictures(dataset: Dataset) -> bool:
    """Whether an image has more than one pixel: the points of a toy set have no parts to show or to cover."""
    _, height, width = dataset.image_shape
    return height * width > 1
