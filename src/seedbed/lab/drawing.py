"""What a person drew, as an image of the data set."""

import base64

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seedbed.data import Dataset
from seedbed.data.centering import centered
from seedbed.lab.wire import Draw, MessageError


def as_image(drawing: Draw, dataset: Dataset) -> NDArray[np.uint8]:
    """The drawing in the size and with the channels of the data set's images.

    Returns
    -------
    uint8 array, shape (c, h, w)

    Raises
    ------
    MessageError
        It is no square of gray values, or the data are no pictures.
    """
    try:
        values = np.frombuffer(base64.b64decode(drawing.pixels, validate=True), dtype=np.uint8)
    except ValueError:
        raise MessageError("draw.pixels: expected base64.") from None
    if values.size != drawing.size**2:
        raise MessageError(f"draw.pixels: expected {drawing.size}² values, got {values.size:,}.")
    channels, height, width = dataset.image_shape
    if dataset.train_images.dtype != np.uint8 or height * width == 1:
        raise MessageError(f"draw: the data '{dataset.name}' are no pictures.")
    gray = values.reshape(drawing.size, drawing.size)
    if drawing.center and height == width:
        page = centered(gray, height)
    else:
        page = np.asarray(Image.fromarray(gray).resize((width, height), Image.Resampling.BOX), dtype=np.uint8)
    return np.repeat(page[np.newaxis], channels, axis=0)
