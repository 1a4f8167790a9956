"""What other programs answer from an exported file, and how far from ours they may be."""

import importlib.util
import os
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from bounded import FLOAT32, Bounded, gamma
from bounded_layers import softmax_error
from first_order import outputs_of
from numpy.typing import NDArray

from seedbed.data.preparation import PCA, Crop, FittedInput, PadInput, StandardizeImage
from seedbed.network import Sigmoid, Softmax
from seedbed.training import Model

os.environ.setdefault("KERAS_BACKEND", "torch")
_NUMBERS = count()


def load_module(path: Path) -> ModuleType:
    """A file of Python, run as a user would import it."""
    spec = importlib.util.spec_from_file_location(f"exported_{next(_NUMBERS)}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def answers(form: str, path: Path, images: NDArray[Any]) -> NDArray[np.float32]:
    """Probabilities by the program that a form is for."""
    if form == "onnx":
        import onnxruntime

        (found,) = onnxruntime.InferenceSession(str(path)).run(["probabilities"], {"images": images})
    elif form == "keras":
        import keras

        found = keras.models.load_model(path).predict(images.transpose(0, 2, 3, 1), verbose=0)
    elif form == "torch":
        import torch

        found = load_module(path).load().probabilities(torch.from_numpy(images.copy())).numpy()
    else:
        found = load_module(path).probabilities(images)
    assert found.dtype == np.float32
    return np.asarray(found)


def entered(input: FittedInput, images: NDArray[Any]) -> Bounded:
    """What enters the network in float64, and how far float32 may be from it."""
    x = Bounded(images.astype(np.float64), np.zeros(images.shape))
    for step, own in zip(input.steps, input.numbers, strict=True):
        numbers = {name: array.astype(np.float64) for name, array in own.items()}
        match step:
            case StandardizeImage():
                x = _standardized(x, float(numbers["floor"][0]))
            case PCA():
                x = _projected(x, numbers["mean"], numbers["components"])
            case Crop(size):
                top, left = ((length - size) // 2 for length in x.value.shape[2:])
                window = slice(None), slice(None), slice(top, top + size), slice(left, left + size)
                x = Bounded(x.value[window], x.error[window])
            case PadInput(size):
                border = (0, 0), (0, 0), (size, size), (size, size)
                x = Bounded(np.pad(x.value, border), np.pad(x.error, border))
            case _:
                scale, shift = (numbers[key][:, None, None] for key in ("scale", "shift"))
                error = np.abs(scale) * x.error + gamma(2, FLOAT32) * (np.abs(scale) * x.reach + np.abs(shift))
                x = Bounded(x.value * scale + shift, error)
    return x


def _standardized(x: Bounded, floor: float) -> Bounded:
    axes, count = (1, 2, 3), x.value[0].size
    mean = x.value.mean(axis=axes, keepdims=True)
    mean_error = (x.error + gamma(count, FLOAT32) * x.reach).mean(axis=axes, keepdims=True)
    distance = Bounded(x.value - mean, x.error + mean_error)
    distance.error = distance.error + FLOAT32 * distance.reach
    std = np.maximum(np.sqrt(np.square(distance.value).mean(axis=axes, keepdims=True)), floor)
    # The root of a mean of squares is off by no more than the root of the mean of the squared errors, and its rounding.
    over = np.sqrt(np.square(distance.error).mean(axis=axes, keepdims=True)) + gamma(count + 4, FLOAT32) * std
    value = distance.value / std
    return Bounded(value, (distance.error + np.abs(value) * over) / (std - over) + 3 * FLOAT32 * np.abs(value))


def _projected(x: Bounded, mean: NDArray[np.float64], components: NDArray[np.float64]) -> Bounded:
    distance = x.value.reshape(len(x.value), -1) - mean
    error = x.error.reshape(distance.shape) + FLOAT32 * np.abs(distance)
    reach = (np.abs(distance) + error) @ np.abs(components.T)
    found = Bounded(distance @ components.T, error @ np.abs(components.T) + gamma(len(mean) + 1, FLOAT32) * reach)
    return Bounded(found.value[:, :, None, None], found.error[:, :, None, None])


def expected(model: Model, images: NDArray[Any]) -> Bounded:
    """Probabilities in float64, and how far a program that computes in float32 may be from them."""
    outputs = outputs_of(model.network, model.state, entered(model.input, images))
    outputs = Bounded(outputs.value[:, : len(model.classes)], outputs.error[:, : len(model.classes)])
    last = model.network.layers[-1]
    if isinstance(last, Softmax):
        return outputs
    if isinstance(last, Sigmoid):
        value = np.maximum(outputs.value, np.finfo(np.float32).tiny)
        total = value.sum(axis=1, keepdims=True)
        over = outputs.error.sum(axis=1, keepdims=True) + gamma(value.shape[1] + 1, FLOAT32) * total
        shares = value / total
        return Bounded(shares, (outputs.error + shares * over) / (total - over))
    powers = np.exp(outputs.value - outputs.value.max(axis=1, keepdims=True))
    shares = powers / powers.sum(axis=1, keepdims=True)
    return Bounded(shares, softmax_error(shares, outputs, FLOAT32))
