"""A reader of something that others wrote, with good inputs and ways to spoil them."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from mutation import changed_bytes, changed_text, changed_tree

from seedbed.errors import SeedbedError
from seedbed.training.digest import content_digest

Spoil = Callable[[random.Random], bytes]


@dataclass(frozen=True)
class Target:
    """A reader.

    Attributes
    ----------
    name : str
    spoil : callable
        Gives an input with something wrong, of random numbers alone.
    read : callable
        Takes an input; raises nothing but a SeedbedError.
    """

    name: str
    spoil: Spoil
    read: Callable[[bytes], object]

    def problem(self, content: bytes) -> str:
        """The exception that is no SeedbedError and where it came from; empty if there was none."""
        try:
            self.read(content)
        except SeedbedError as error:
            return "" if str(error) else "an error without words"
        except Exception as error:
            trace, places = error.__traceback__, []
            while trace is not None:
                places.append(f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}")
                trace = trace.tb_next
            return f"{type(error).__name__}: {str(error)[:80]} ({' '.join(places[-3:])})"
        return ""


def spoiled_bytes(*samples: bytes) -> Spoil:
    """Changes the bytes of one of the samples."""
    return lambda chance: changed_bytes(chance.choice(samples), chance, samples)


def spoiled_text(*samples: str, words: tuple[str, ...] = ()) -> Spoil:
    """Changes the text of one of the samples; half of the words that come in are of the other samples."""
    known = (*words, *{word for sample in samples for word in sample.split()})
    return lambda chance: changed_text(chance.choice(samples), chance, known).encode("utf-8", "surrogatepass")


def spoiled_json(*samples: Any) -> Spoil:
    """Changes the tree of one of the samples, or its text."""

    def spoil(chance: random.Random) -> bytes:
        value = chance.choice(samples)
        if chance.random() < 0.25:
            return changed_bytes(json.dumps(value).encode(), chance)
        for _ in range(chance.choice((1, 1, 2, 4))):
            value = changed_tree(value, chance)
        return json.dumps(value).encode()

    return spoil


def spoiled_signed(*samples: bytes) -> Spoil:
    """Changes what a file of Seedbed states, or its arrays, and puts its sum right again; or its bytes."""
    read = [read_signed(sample) for sample in samples]

    def spoil(chance: random.Random) -> bytes:
        if chance.random() < 0.3:
            return changed_bytes(chance.choice(samples), chance, samples)
        about, arrays = chance.choice(read)
        for _ in range(chance.choice((1, 1, 2, 3))):
            if chance.random() < 0.6 or not arrays:
                changed = changed_tree(about, chance)
                about = changed if isinstance(changed, dict) else about
            else:
                arrays = changed_arrays(arrays, chance)
        return signed(about, arrays)

    return spoil


def read_signed(content: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a file of Seedbed states, without its sum, and its arrays."""
    length = int.from_bytes(content[:8], "little")
    about = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["seedbed"])
    about.pop("sha256", None)
    return about, safetensors.numpy.load(content)


def signed(about: Mapping[str, Any], arrays: Mapping[str, Any]) -> bytes:
    """A file that states its own sum, whatever it holds."""
    stated = dict(about) | {"sha256": content_digest(about, arrays)}
    return safetensors.numpy.save(dict(arrays), {"seedbed": json.dumps(stated)})


def changed_arrays(arrays: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
    """One array of another type, shape, length or content; or left out; or one more."""
    changed = {name: array.copy() for name, array in arrays.items()}
    name = chance.choice(sorted(changed))
    array = changed[name]
    match chance.randrange(7):
        case 0:
            del changed[name]
        case 1:
            changed[chance.choice((f"{name}2", "x", "state.", "best.x", f"input.{name}"))] = array
        case 2:
            changed[name] = array.astype(chance.choice(("float64", "int8", "uint64", "bool", "float16", "int32")))
        case 3:
            changed[name] = array.reshape(chance.choice(((-1,), (1, *array.shape), (*array.shape, 1))))
        case 4:
            changed[name] = array[: chance.choice((0, 1, -1))] if array.ndim else array
        case 5 if array.size and array.dtype.kind == "f":
            wrong = (np.nan, np.inf, -np.inf, 1e30, -1.0, 0.5)
            changed[name].reshape(-1)[chance.randrange(array.size)] = chance.choice(wrong)
        case _:
            if array.size and array.dtype.kind in "iu":
                bounds = np.iinfo(array.dtype)
                changed[name].reshape(-1)[chance.randrange(array.size)] = chance.choice((bounds.min, bounds.max))
    return {key: np.ascontiguousarray(value) for key, value in changed.items()}
