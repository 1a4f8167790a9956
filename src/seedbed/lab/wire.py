"""The messages between the page and an experiment: one table each way, typed, with a version.

From the page come JSON texts, ``{"kind": "play", …}``, validated here before anything else looks at them. To the page
go frames: JSON texts, ``{"topic": "curves", …}``, and binary ones for pixels: the length of a JSON header as four bytes
(little endian), the header ``{"topic": "maps", "items": [{…, "offset": 0, "shape": [6, 28, 28]}]}``, then uint8 values.
A text message is one frame; a binary message is a bundle of frames, each behind its length (four bytes, little endian)
and 1 for a binary frame or 0 for a text.
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked

from seedbed.errors import SeedbedError

VERSION = 2
PART_HEAD = struct.Struct("<IB")
"""Before each frame of a bundle."""

MOST_BYTES = 64 * 1024
"""Of a message from the page."""

_STRICT = ConfigDict(extra="forbid", str_max_length=20_000, allow_inf_nan=False)
Side = Literal["a", "b"]
_Place = Annotated[float, Field(ge=-6, le=6)]
Topic = Literal[
    "status", "curves", "layers", "maps", "filters", "confusion", "gallery", "answer", "plane", "verdict", "scrubber"
]


class MessageError(SeedbedError):
    """A message from a page that cannot be understood."""


@checked(config=_STRICT, frozen=True)
class Configure:
    """Begin a new experiment, with the flat values of a ``Configuration``."""

    values: Annotated[dict[str, str | int | float | None], Field(max_length=60)]
    kind: Literal["configure"] = "configure"


@checked(config=_STRICT, frozen=True)
class Play:
    """Train on."""

    kind: Literal["play"] = "play"


@checked(config=_STRICT, frozen=True)
class Pause:
    """Stand still between two steps."""

    kind: Literal["pause"] = "pause"


@checked(config=_STRICT, frozen=True)
class Step:
    """Exactly one batch for every run, then pause."""

    kind: Literal["step"] = "step"


@checked(config=_STRICT, frozen=True)
class Epoch:
    """To the end of the epoch for every run, then pause."""

    kind: Literal["epoch"] = "epoch"


@checked(config=_STRICT, frozen=True)
class Reset:
    """Begin anew, with the same seeds or with the next ones."""

    same_seeds: bool = True
    kind: Literal["reset"] = "reset"


@checked(config=_STRICT, frozen=True)
class Speed:
    """Batches a second for each run; None for as fast as it goes, ``auto`` for slow at first and then faster by
    itself."""

    steps_per_s: Annotated[float, Field(ge=0.2, le=1e6)] | Literal["auto"] | None = None
    kind: Literal["speed"] = "speed"


@checked(config=_STRICT, frozen=True)
class Seeds:
    """Train so many runs of each side; those that are there go on."""

    count: Annotated[int, Field(ge=1, le=30)]
    kind: Literal["seeds"] = "seeds"


@checked(config=_STRICT, frozen=True)
class LearningRate:
    """Change the learning rate of a side while it trains: an intervention."""

    side: Side
    value: float
    kind: Literal["lr"] = "lr"


@checked(config=_STRICT, frozen=True)
class Watch:
    """What the page shows; nothing else is computed. ``side`` and ``seed`` (its place, from 0) say which run is looked
    into, ``at`` which kept state (its place in ``scrubber``); None for the run as it is now."""

    topics: Annotated[list[Topic], Field(max_length=20)]
    side: Side = "a"
    seed: Annotated[int, Field(ge=0, le=29)] = 0
    at: int | None = None
    kind: Literal["watch"] = "watch"


@checked(config=_STRICT, frozen=True)
class Pin:
    """The image whose maps are shown: a test image by its number, or the drawing (None)."""

    image: Annotated[int, Field(ge=0)] | None
    kind: Literal["pin"] = "pin"


@checked(config=_STRICT, frozen=True)
class Draw:
    """A drawing: gray values 0 to 255 of a square canvas, row by row, base64; bright on dark. ``center`` as MNIST's
    digits are. It is answered by ``answer``, with the same ``id``."""

    pixels: Annotated[str, Field(max_length=60_000)]
    size: Annotated[int, Field(ge=8, le=200)]
    center: bool = True
    id: int = 0
    kind: Literal["draw"] = "draw"


@checked(config=_STRICT, frozen=True)
class Teach:
    """Train on the last drawing as an image of a class: an intervention."""

    label: Annotated[int, Field(ge=0, le=255)]
    kind: Literal["teach"] = "teach"


@checked(config=_STRICT, frozen=True)
class Weight:
    """Ask for one weight of the run that is looked into, or give it another value: an intervention. ``place`` counts
    the weights of a unit in the order they are stored. Answered by ``weight``."""

    layer: Annotated[str, Field(max_length=60)]
    unit: Annotated[int, Field(ge=0)]
    place: Annotated[int, Field(ge=0)]
    value: Annotated[float, Field(ge=-1e6, le=1e6)] | None = None
    kind: Literal["weight"] = "weight"


@checked(config=_STRICT, frozen=True)
class Lesion:
    """Switch a unit of a layer off, or on again; what the whole test set loses by it is in ``lesion``. An empty layer
    switches all on."""

    layer: Annotated[str, Field(max_length=60)]
    unit: Annotated[int, Field(ge=0)] = 0
    off: bool = True
    kind: Literal["lesion"] = "lesion"


@checked(config=_STRICT, frozen=True)
class Gallery:
    """Show test images: those of a cell of the confusion matrix, or those that ``group`` of the seeds get wrong."""

    truth: Annotated[int, Field(ge=0, le=255)] | None = None
    answer: Annotated[int, Field(ge=0, le=255)] | None = None
    group: Literal["always", "sometimes", "never"] | None = None
    kind: Literal["gallery"] = "gallery"


@checked(config=_STRICT, frozen=True)
class FindRate:
    """Look for a learning rate of a side; answered by ``rates``."""

    side: Side = "a"
    kind: Literal["find_rate"] = "find_rate"


@checked(config=_STRICT, frozen=True)
class RateMap:
    """Train briefly for several learning rates and batch sizes; answered by ``rate_map``, cell by cell."""

    side: Side = "a"
    kind: Literal["rate_map"] = "rate_map"


@checked(config=_STRICT, frozen=True)
class Forms:
    """The experiment as address, command, Python and study file; answered by ``forms``."""

    kind: Literal["forms"] = "forms"


@checked(config=_STRICT, frozen=True)
class Report:
    """Enter the runs into the workspace and write the ordinary report; answered by ``report``."""

    language: Literal["en", "ko"] = "en"
    kind: Literal["report"] = "report"


@checked(config=_STRICT, frozen=True)
class Points:
    """Points of one's own for toy data: x, y from -6 to 6 and a class, instead of the drawn ones."""

    points: Annotated[
        list[
            tuple[
                Annotated[float, Field(ge=-6, le=6)],
                Annotated[float, Field(ge=-6, le=6)],
                Annotated[int, Field(ge=0, le=9)],
            ]
        ],
        Field(max_length=1000),
    ]
    kind: Literal["points"] = "points"


Control = (
    Configure | Play | Pause | Step | Epoch | Reset | Speed | Seeds | LearningRate | Watch | Pin | Draw | Teach | Weight
    | Lesion | Gallery | FindRate | RateMap | Forms | Report | Points
)  # fmt: skip


def read(text: str) -> Control:
    """A message from the page.

    Raises
    ------
    MessageError
        It is none, or a part of it is out of its range; the message says which.
    """
    if len(text) > MOST_BYTES:
        raise MessageError(f"message: expected at most {MOST_BYTES:,} characters, got {len(text):,}.")
    try:
        message: Control = _controls().validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "message"
        raise MessageError(f"{place}: {first['msg']}.") from None
    return message


@cache
def _controls() -> TypeAdapter[Any]:
    return TypeAdapter(Annotated[Control, Field(discriminator="kind")])


@dataclass(frozen=True)
class Frame:
    """One thing that is shown: a newer frame of the same topic takes its place.

    Attributes
    ----------
    topic : str
    values : dict
        Plain values.
    pixels : sequence of (dict, uint8 array)
        For a binary frame: what each array is, and the array.
    is_kept : bool
        Whether it must arrive even if newer ones of its topic follow: an answer to a question, an error.
    """

    topic: str
    values: dict[str, Any]
    pixels: Sequence[tuple[dict[str, Any], NDArray[np.uint8]]] = field(default=())
    is_kept: bool = False

    @property
    def is_binary(self) -> bool:
        """Whether it goes as bytes."""
        return bool(self.pixels)

    def encode(self) -> bytes:
        """UTF-8 text, or the bytes of a binary frame."""
        if not self.pixels:
            return _json({"topic": self.topic, **self.values})
        items, offset = [], 0
        for about, array in self.pixels:
            items.append({**about, "offset": offset, "shape": array.shape})
            offset += array.size
        header = _json({"topic": self.topic, **self.values, "items": items})
        return b"".join([len(header).to_bytes(4, "little"), header, *(array.tobytes() for _, array in self.pixels)])


_WITH_A_PLACE = frozenset(
    (
        "data",
        "network",
        "lr",
        "batch_size",
        "optimizer",
        "loss",
        "schedule",
        "augment",
        "weight_decay",
        "init",
        "epochs",
    )
)
"""Settings beside whose field the page shows what is wrong."""


def error_frame(error: SeedbedError, field: str = "") -> Frame:
    """An error at the place where it belongs: that of its setting, if the page has one for it, else ``field``."""
    name = error.field.removeprefix("b.").partition(".")[0]
    place = {"field": name if name in _WITH_A_PLACE else field, "path": error.field}
    return Frame("error", error.to_dict() | place, is_kept=True)


def _json(values: dict[str, Any]) -> bytes:
    return json.dumps(_plain(values), allow_nan=False, separators=(",", ":"), ensure_ascii=False).encode()


class Numbers:
    """A list of many numbers, rounded already: written without a look at each."""

    def __init__(self, values: NDArray[np.float64]) -> None:
        self.values = values

    def plain(self) -> list[float | None]:
        """As JSON takes them."""
        numbers: list[float | None] = self.values.tolist()
        return numbers if np.isfinite(self.values).all() else [_plain(one) for one in numbers]


def _plain(value: Any) -> Any:
    """Without NaN and infinity, which JSON does not have, and with few digits."""
    if isinstance(value, float | np.floating):
        return float(f"{value:.6g}") if np.isfinite(value) else None
    if isinstance(value, Numbers):
        return value.plain()
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
