"""Messages: what was said is what is heard, and whatever else comes is refused, in one way."""

import json
from dataclasses import asdict, fields
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.errors import StoreError
from seedbed.runner.failures import ErrorRaised, OutOfMemory
from seedbed.runner.messages import (
    MESSAGE_START,
    VERSION,
    Advanced,
    Answer,
    EpochDone,
    Failed,
    Finished,
    Message,
    Noted,
    Started,
    Task,
    decode,
    encode,
)
from seedbed.training import EpochEnded, EpochRecord, Kind, Outcome, Progress

# All of Unicode but halves of characters, which no reader takes.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
FLOATS = st.floats()
COUNTS = st.integers(0, 2**63)
RECORDS = st.builds(EpochRecord, COUNTS, *[FLOATS] * 8)
PROGRESS = st.builds(Progress, COUNTS, COUNTS, COUNTS, COUNTS, FLOATS, st.none() | FLOATS, FLOATS, FLOATS)
OUTCOMES = st.builds(Outcome, st.sampled_from(Kind), COUNTS, TEXTS)
RECIPES = st.dictionaries(TEXTS, st.none() | st.booleans() | st.integers() | FLOATS | TEXTS)
KINDS: dict[type[Message], st.SearchStrategy[Any]] = {
    Task: st.builds(Task, TEXTS, RECIPES, st.integers(0, 2**64 - 1), TEXTS, TEXTS, FLOATS, st.booleans(), COUNTS),
    Started: st.builds(Started, TEXTS, COUNTS),
    Noted: st.builds(Noted, TEXTS, TEXTS),
    Advanced: st.builds(Advanced, TEXTS, PROGRESS),
    EpochDone: st.builds(EpochDone, TEXTS, st.builds(EpochEnded, RECORDS, PROGRESS, TEXTS)),
    Failed: st.builds(Failed, TEXTS, st.just(OutOfMemory()) | st.builds(ErrorRaised, TEXTS), st.booleans()),
    Finished: st.builds(Finished, TEXTS, OUTCOMES, TEXTS, st.none() | FLOATS, TEXTS, FLOATS, FLOATS, TEXTS),
}
SOME = Started("0f3a9c61d2b4-3-native", 4)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_every_kind_of_message_is_tried() -> None:
    assert set(KINDS) == {Task, *get_args(Answer)}


@given(st.one_of(*KINDS.values()))
def test_what_was_said_is_what_is_heard(message: Message) -> None:
    line = encode(message)
    assert line.isascii() and line.isprintable() and line.startswith(MESSAGE_START)
    heard = decode(line)
    # By its text, for NaN is not equal to itself.
    assert type(heard) is type(message) and repr(heard) == repr(message)


@given(st.text(st.characters(categories=["Cs", "Ll"])))
def test_half_a_character_does_not_silence_a_worker(text: str) -> None:
    heard = decode(encode(Failed("run", ErrorRaised(text), is_fatal=True)))
    assert isinstance(heard, Failed) and isinstance(heard.reason, ErrorRaised)
    assert heard.reason.message == text.encode("utf-8", "replace").decode()


def refused(line: str) -> None:
    with pytest.raises(StoreError, match=r"message of a worker: .*same version of Seedbed\."):
        decode(line)


@pytest.mark.parametrize("version", [VERSION + 1, VERSION - 1, str(VERSION), None, [VERSION]])
def test_another_version_is_refused(version: object) -> None:
    refused(json.dumps({"version": version, "message": asdict(SOME)}))


@pytest.mark.parametrize("line", ["", "{", "null", "[]", "7", '"started"', "{}", "[" * 100_000, f"{'9' * 5000}", "\0"])
def test_what_is_no_message_is_refused(line: str) -> None:
    refused(line)


@given(JSON)
def test_any_json_is_refused(value: Any) -> None:
    refused(json.dumps(value))
    refused(json.dumps({"version": VERSION, "message": value}))


@given(st.one_of(*KINDS.values()), st.data())
def test_nested_garbage_is_a_message_or_refused(message: Message, data: st.DataObject) -> None:
    """Any one value anywhere in a message is replaced by anything."""
    values = asdict(message)
    place: dict[str, Any] = values
    while True:
        name = data.draw(st.sampled_from(sorted(place)))
        if not (isinstance(place[name], dict) and place[name] and data.draw(st.booleans())):
            break
        place = place[name]
    place[name] = data.draw(JSON)
    try:
        heard = decode(json.dumps({"version": VERSION, "message": values}))
    except StoreError:
        return
    assert type(heard) in KINDS
    assert [field.name for field in fields(heard)]


@given(st.one_of(*KINDS.values()), st.data())
def test_a_message_that_was_cut_is_refused(message: Message, data: st.DataObject) -> None:
    line = encode(message)
    refused(line[: data.draw(st.integers(0, len(line) - 1))])
