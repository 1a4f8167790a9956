"""Which pixels an answer rests on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedbed.errors import DataError
from seedbed.insight.maps import prepared
from seedbed.insight.probe import probe_scores
from seedbed.network import Network, Sigmoid, Softmax
from seedbed.training import Model
from seedbed.training.probabilities import probabilities

Float64 = NDArray[np.float64]


def saliency(model: Model, images: ArrayLike, labels: ArrayLike) -> Float64:
    """How much the score of a class moves with each pixel: max over channels of |∂ score_label / ∂ input|.

    The score is the output of the network, or what enters its last layer if that is softmax or sigmoid.
    Source: Simonyan, Vedaldi and Zisserman (2014), section 3.1.

    Parameters
    ----------
    model : Model
    images : array, shape (n, c, h, w), or (n, h, w) for one channel
        As they are stored.
    labels : integer array, shape (n,)
        The class to explain, for each image.

    Returns
    -------
    float64 array, shape (n, h, w)
        Of the images as they enter the network: the input steps may have cut or padded them.

    Raises
    ------
    DataError
        The images are not of the type or the shape of those that the network was trained with.
    """
    scoring = model.network
    if isinstance(scoring.layers[-1], Softmax | Sigmoid) and len(scoring.layers) > 1:
        scoring = Network(scoring.layers[:-1], scoring.input_shape)
    found = probe_scores(scoring, model.state, prepared(model, images), np.asarray(labels, dtype=np.uint8))
    largest: Float64 = np.abs(found.image_derivatives).max(axis=1).astype(np.float64)
    return largest


@dataclass(frozen=True)
class Occlusion:
    """How the probability of a class falls when parts of the image are covered.

    Attributes
    ----------
    size, stride : int
        Of the square that covers, in pixels.
    label : int
        The class.
    probability : float
        Of the class for the whole image.
    fall : float64 array, shape (rows, columns)
        Probability for the whole image less that with the square at place (row·stride, column·stride).
    by_pixel : float64 array, shape (h, w)
        Mean fall of all squares that cover a pixel of the stored image.
    """

    size: int
    stride: int
    label: int
    probability: float
    fall: Float64
    by_pixel: Float64


def occlusion(model: Model, image: ArrayLike, label: int, size: int = 5, stride: int = 2) -> Occlusion:
    """Slide a square over an image and see where the class is lost.

    The square has the mean colour of the image. The last squares of a row or column end at the border, so that every
    pixel is covered. Source: Zeiler and Fergus (2014), section 4.2.

    Parameters
    ----------
    model : Model
        Its own engine answers.
    image : array, shape (c, h, w), or (h, w) for one channel
        As it is stored.
    label : int
    size, stride : int

    Raises
    ------
    DataError
        The image is not of the type or the shape of those that the network was trained with, or the square does not
        fit into it.
    """
    shape = model.input.stored_shape
    whole = np.asarray(image)
    before = probabilities(model.logits(whole[np.newaxis]), model.network)[0, label]
    whole = whole.reshape(shape)
    height, width = shape[1:]
    if not 1 <= stride <= size <= min(height, width):
        raise DataError(
            f"occlusion: expected 1 ≤ stride ≤ size ≤ {min(height, width)} for images of {height}×{width}, "
            f"got size {size} and stride {stride}."
        )
    rows, columns = _places(height, size, stride), _places(width, size, stride)
    covered = np.repeat(whole[np.newaxis], len(rows) * len(columns), axis=0)
    windows = [np.s_[y : y + size, x : x + size] for y in rows for x in columns]
    mean = whole.mean(axis=(1, 2), keepdims=True)
    colour = mean.round().astype(whole.dtype) if whole.dtype == np.uint8 else mean.astype(whole.dtype)
    for picture, window in zip(covered, windows, strict=True):
        picture[:, *window] = colour
    fall = before - probabilities(model.logits(covered), model.network)[:, label]
    total, count = np.zeros((height, width)), np.zeros((height, width))
    for window, own in zip(windows, fall, strict=True):
        total[window] += own
        count[window] += 1
    return Occlusion(size, stride, label, float(before), fall.reshape(len(rows), len(columns)), by_pixel=total / count)


def _places(length: int, size: int, stride: int) -> list[int]:
    """Where squares begin; the last one ends at the border."""
    places = list(range(0, length - size + 1, stride))
    return places if places[-1] == length - size else [*places, length - size]
