"""Messages: every control is checked, whatever comes is a control or a MessageError, frames can be read back."""

import contextlib
import json
from dataclasses import fields
from typing import get_args

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seedbed.errors import SeedbedError
from seedbed.lab import wire
from seedbed.lab.wire import Frame, MessageError, error_frame, read

GOOD = [
    {"kind": "configure", "values": {"data": "digits", "seeds": 3, "lr": 0.5, "b": ""}},
    {"kind": "play"},
    {"kind": "pause"},
    {"kind": "step"},
    {"kind": "epoch"},
    {"kind": "reset"},
    {"kind": "reset", "same_seeds": False},
    {"kind": "speed", "steps_per_s": 0.2},
    {"kind": "speed", "steps_per_s": "auto"},
    {"kind": "speed", "steps_per_s": None},
    {"kind": "seeds", "count": 30},
    {"kind": "lr", "side": "b", "value": 0.1},
    {"kind": "watch", "topics": ["maps", "status"], "side": "b", "seed": 29, "at": 3},
    {"kind": "pin", "image": 5},
    {"kind": "pin", "image": None},
    {"kind": "draw", "pixels": "AAAA", "size": 8, "center": False, "id": 7},
    {"kind": "teach", "label": 7},
    {"kind": "weight", "layer": "conv1", "unit": 2, "place": 0},
    {"kind": "weight", "layer": "conv1", "unit": 2, "place": 0, "value": -0.5},
    {"kind": "lesion", "layer": "conv1", "unit": 2},
    {"kind": "lesion", "layer": "", "off": False},
    {"kind": "gallery", "truth": 3, "answer": 5},
    {"kind": "gallery", "group": "always"},
    {"kind": "find_rate", "side": "b"},
    {"kind": "rate_map"},
    {"kind": "forms"},
    {"kind": "report", "language": "ko"},
    {"kind": "points", "points": [[0.5, -6, 1]]},
]
WRONG = [
    ({"kind": "fly"}, "fly"),
    ({"values": {}}, "kind"),
    ({"kind": "play", "extra": 1}, "extra"),
    ({"kind": "configure"}, "values"),
    ({"kind": "configure", "values": {"a": []}}, "values"),
    ({"kind": "configure", "values": {f"s{n}": 1 for n in range(61)}}, "values"),
    ({"kind": "configure", "values": {"network": "x" * 20_001}}, "network"),
    ({"kind": "speed", "steps_per_s": 0}, "steps_per_s"),
    ({"kind": "speed", "steps_per_s": "fast"}, "steps_per_s"),
    ({"kind": "speed", "steps_per_s": 1e7}, "steps_per_s"),
    ({"kind": "seeds", "count": 0}, "count"),
    ({"kind": "seeds", "count": 31}, "count"),
    ({"kind": "seeds", "count": 2.5}, "count"),
    ({"kind": "lr", "side": "c", "value": 0.1}, "side"),
    ({"kind": "lr", "side": "a", "value": "x"}, "value"),
    ({"kind": "watch", "topics": ["secrets"]}, "topics.0"),
    ({"kind": "watch", "topics": ["maps"] * 21}, "topics"),
    ({"kind": "watch", "topics": [], "seed": 30}, "seed"),
    ({"kind": "pin", "image": -1}, "image"),
    ({"kind": "draw", "pixels": "A" * 60_001, "size": 56}, "pixels"),
    ({"kind": "draw", "pixels": "", "size": 201}, "size"),
    ({"kind": "draw", "pixels": "", "size": 7}, "size"),
    ({"kind": "teach", "label": 256}, "label"),
    ({"kind": "weight", "layer": "conv1", "unit": -1, "place": 0}, "unit"),
    ({"kind": "weight", "layer": "conv1", "unit": 0, "place": 0, "value": 1e9}, "value"),
    ({"kind": "lesion", "layer": "x" * 61}, "layer"),
    ({"kind": "lesion", "layer": "conv1", "unit": -1}, "unit"),
    ({"kind": "gallery", "group": "all"}, "group"),
    ({"kind": "report", "language": "fr"}, "language"),
    ({"kind": "points", "points": [[7, 0, 0]]}, "points.0.0"),
    ({"kind": "points", "points": [[0, 0, 10]]}, "points.0.2"),
    ({"kind": "points", "points": [[0, 0, 0]] * 1001}, "points"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KINDS = [one.__dataclass_fields__["kind"].default for one in get_args(wire.Control)]
NAMES = sorted({name.name for one in get_args(wire.Control) for name in fields(one)})


@pytest.mark.parametrize("message", GOOD, ids=lambda message: message["kind"])
def test_controls_are_read(message):
    control = read(json.dumps(message))
    assert control.kind == message["kind"]


def test_every_control_is_among_these_examples():
    assert {message["kind"] for message in GOOD} == set(KINDS)
    assert len(set(KINDS)) == len(KINDS)


@pytest.mark.parametrize(("message", "place"), WRONG)
def test_wrong_controls_are_told_with_their_place(message, place):
    with pytest.raises(MessageError) as caught:
        read(json.dumps(message))
    assert place in str(caught.value)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{", "play", '{"kind":"lr","side":"a","value":NaN}', '{"kind":"lr","side":"a","value":1e999}',
     '{"kind":"speed","steps_per_s":Infinity}', '{"kind":"play"}' + " " * wire.MOST_BYTES, "[" * 60_000,
     '{"kind":"play","kind":"pause","kind":"fly"}', '{"kind":"pin","image":' + "9" * 5000 + "}"],
    ids=range(12),
)  # fmt: skip
def test_texts_that_are_no_control_are_refused(text):
    with pytest.raises(MessageError):
        read(text)


@given(JSON)
def test_any_json_is_a_control_or_a_message_error(value):
    with contextlib.suppress(MessageError):
        read(json.dumps(value))


@given(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), JSON, max_size=5))
@example("pin", {"image": 10**30})
@example("draw", {"pixels": "\ud800", "size": 8})
def test_any_fields_of_a_known_kind_are_a_control_or_a_message_error(kind, values):
    with contextlib.suppress(MessageError):
        read(json.dumps({**values, "kind": kind}))


@given(st.text(max_size=200))
def test_any_text_is_a_control_or_a_message_error(text):
    with contextlib.suppress(MessageError):
        read(text)


def test_a_text_frame_has_no_nan_and_few_digits():
    values = {
        "nan": float("nan"), "inf": np.float32(np.inf), "third": 1 / 3, "n": np.int64(4),
        "array": np.array([1.0, np.nan]),
        "nested": [{"x": (np.float64(-np.inf), True, None)}], "text": "가 <b>\"",
    }  # fmt: skip
    frame = Frame("status", values)
    assert not frame.is_binary
    assert json.loads(frame.encode(), parse_constant=pytest.fail) == {
        "topic": "status", "nan": None, "inf": None, "third": 0.333333, "n": 4, "array": [1.0, None],
        "nested": [{"x": [None, True, None]}], "text": "가 <b>\"",
    }  # fmt: skip


@given(st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=4), min_size=1, max_size=4))
def test_a_binary_frame_is_read_as_the_page_reads_it(shapes):
    random = np.random.Generator(np.random.Philox(3))
    pixels = [({"layer": f"층{n}"}, random.integers(0, 256, shape, np.uint8)) for n, shape in enumerate(shapes)]
    content = Frame("maps", {"side": "a", "low": float("nan")}, pixels).encode()
    size = int.from_bytes(content[:4], "little")
    header = json.loads(content[4 : 4 + size])
    assert header["topic"] == "maps" and header["low"] is None
    for item, (about, array) in zip(header["items"], pixels, strict=True):
        assert item["layer"] == about["layer"] and item["shape"] == list(array.shape)
        begin = 4 + size + item["offset"]
        assert content[begin : begin + array.size] == array.tobytes()
    assert len(content) == 4 + size + sum(array.size for _, array in pixels)


@pytest.mark.parametrize(
    ("error", "field", "path"),
    [
        (SeedbedError("no"), "teach", ""),
        (SeedbedError("no", field="b.network.conv2"), "network", "b.network.conv2"),
        (SeedbedError("no", field="seeds"), "teach", "seeds"),
        (SeedbedError("no", field="optimizer.lr"), "optimizer", "optimizer.lr"),
    ],
)
def test_an_error_has_its_place(error, field, path):
    frame = error_frame(error, "teach")
    assert (frame.values["field"], frame.values["path"], frame.values["message"]) == (field, path, "no")
    assert frame.is_kept
