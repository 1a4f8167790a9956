"""Layers and input steps in NumPy, float32: what a file of ``export(…, to="numpy")`` is made of.

Nothing here uses Seedbed, and each function only NumPy and what stands in this file: the ones that a network needs are
copied into its file. ``x`` has shape (n, channels, height, width), or (n, features) after ``flatten``.
"""

# mypy: disable-error-code="no-any-return"
# The annotations are those that a reader of the copied functions wants: no more than ndarray.
import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def channels(x: np.ndarray, scale: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """x·scale + shift for each channel."""
    return x * scale[:, None, None] + shift[:, None, None]


def standardize_image(x: np.ndarray, floor: np.ndarray) -> np.ndarray:
    """(x - mean) / std over each image, with at least ``floor`` for the standard deviation."""
    rows = x.reshape(len(x), -1)
    mean, std = rows.mean(axis=1, keepdims=True), rows.std(axis=1, keepdims=True)
    return ((rows - mean) / np.maximum(std, floor)).reshape(x.shape)


def pca(x: np.ndarray, mean: np.ndarray, components: np.ndarray) -> np.ndarray:
    """Components of x - mean, as channels of one pixel."""
    return ((x.reshape(len(x), -1) - mean) @ components.T)[:, :, None, None]


def crop(x: np.ndarray, size: int) -> np.ndarray:
    """The size×size pixels in the middle."""
    top, left = (x.shape[2] - size) // 2, (x.shape[3] - size) // 2
    return x[:, :, top : top + size, left : left + size]


def pad(x: np.ndarray, top: int, bottom: int, left: int, right: int, value: float = 0.0) -> np.ndarray:
    """A border of one value."""
    return np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)), constant_values=value)


def conv2d(x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, stride: int, padding: int) -> np.ndarray:
    """Slide kernels (out, in, k, k) over the image: y[o] = bias[o] + Σ weight[o, c, i, j] · window[c, i, j]."""
    windows = sliding_window_view(pad(x, padding, padding, padding, padding), weight.shape[2:], axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride]  # (n, in, rows, columns, k, k)
    y = np.tensordot(windows, weight, axes=((1, 4, 5), (1, 2, 3)))  # (n, rows, columns, out)
    return (y if bias is None else y + bias).transpose(0, 3, 1, 2)


def linear(x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None) -> np.ndarray:
    """y = weight · x + bias."""
    return x @ weight.T if bias is None else x @ weight.T + bias


def pool(x: np.ndarray, size: int, stride: int, below: int, right: int, beyond: float) -> np.ndarray:
    """Every size×size window, shape (n, c, rows, columns, size, size); ``beyond`` stands outside of the image."""
    windows = sliding_window_view(pad(x, 0, below, 0, right, beyond), (size, size), axis=(2, 3))
    return windows[:, :, ::stride, ::stride]


def maxpool2d(x: np.ndarray, size: int, stride: int, below: int, right: int) -> np.ndarray:
    """Maximum of each window."""
    return pool(x, size, stride, below, right, -np.inf).max(axis=(4, 5))


def avgpool2d(x: np.ndarray, size: int, stride: int, below: int, right: int) -> np.ndarray:
    """Mean of each window, over its pixels inside of the image."""
    pixels = pool(np.ones_like(x[:1, :1]), size, stride, below, right, 0.0).sum(axis=(4, 5))
    return pool(x, size, stride, below, right, 0.0).sum(axis=(4, 5)) / pixels


def subsample(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, size: int) -> np.ndarray:
    """weight · Σ window + bias, with one weight and one bias for each channel."""
    return channels(pool(x, size, size, 0, 0, 0.0).sum(axis=(4, 5)), weight, bias)


def batchnorm(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray, mean: np.ndarray, var: np.ndarray, eps: float
) -> np.ndarray:
    """weight · (x - mean) / √(var + eps) + bias for each channel or feature, with the statistics of training."""
    shape = (1, -1) + (1,) * (x.ndim - 2)
    scale = weight / np.sqrt(var + eps)
    return (x - mean.reshape(shape)) * scale.reshape(shape) + bias.reshape(shape)


def local_response_norm(x: np.ndarray, size: int, alpha: float, beta: float, k: float) -> np.ndarray:
    """x / (k + alpha/size · Σ x²)^beta, with the sum over ``size`` neighbouring channels."""
    padded = np.pad(x * x, ((0, 0), (size // 2, (size - 1) // 2), (0, 0), (0, 0)))
    total = sliding_window_view(padded, size, axis=1).sum(axis=-1)
    return x * (k + alpha / size * total) ** -beta


def rbf(x: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """-Σ (x - center)² for each class."""
    return -np.square(x[:, None] - centers).sum(axis=2)


def flatten(x: np.ndarray) -> np.ndarray:
    """Channels, rows, columns in one row of features."""
    return x.reshape(len(x), -1)


def relu(x: np.ndarray) -> np.ndarray:
    """max(x, 0)."""
    return np.maximum(x, 0)


def leaky_relu(x: np.ndarray, negative_slope: float) -> np.ndarray:
    """x above 0, else negative_slope · x."""
    return np.where(x > 0, x, negative_slope * x)


def tanh(x: np.ndarray) -> np.ndarray:
    """Hyperbolic tangent."""
    return np.tanh(x)


def scaled_tanh(x: np.ndarray, amplitude: float, slope: float) -> np.ndarray:
    """amplitude · tanh(slope · x)."""
    return amplitude * np.tanh(slope * x)


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)), without an overflow."""
    power = np.exp(-np.abs(x))
    return np.where(x < 0, power, 1) / (1 + power)


def silu(x: np.ndarray) -> np.ndarray:
    """x · sigmoid(x)."""
    return x * sigmoid(x)


def gelu(x: np.ndarray) -> np.ndarray:
    """x · Φ(x) with the distribution function of the normal distribution; NumPy has no erf, Python has."""
    erf = np.vectorize(math.erf, otypes=[np.float64])
    return (x * (1 + erf(x / math.sqrt(2))) / 2).astype(np.float32)


def softmax(x: np.ndarray) -> np.ndarray:
    """exp(x) / Σ exp(x) over the features."""
    power = np.exp(x - x.max(axis=1, keepdims=True))
    return power / power.sum(axis=1, keepdims=True)


def shares(x: np.ndarray) -> np.ndarray:
    """Outputs of a sigmoid, divided by their sum."""
    x = np.maximum(x, np.finfo(np.float32).tiny)
    return x / x.sum(axis=1, keepdims=True)
