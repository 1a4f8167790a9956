"""Errors with fields: one shape of message, plain values for forms, and the place in the text that is wrong."""

import copy
import json
import pickle

import pytest

from seedbed.data.preparation import load_augment, load_input
from seedbed.engine.losses import load_loss
from seedbed.engine.optimizers import SGD, load_optimizer
from seedbed.errors import NetworkError, NotationError, RecipeError, SeedbedError, StatisticsError, inside
from seedbed.network import Network, load_init, load_network
from seedbed.notation import parse_calls
from seedbed.study.definition import parse_definition
from seedbed.study.space import parse_axis
from seedbed.training.decay import load_decay
from seedbed.training.schedules import load_schedule

FULL = {
    "field": "batch_size",
    "expected": "a whole number of at least 1",
    "got": "0",
    "hint": "Try 32.",
    "text": "0",
    "span": (0, 1),
}


def caught(call) -> SeedbedError:
    with pytest.raises(SeedbedError) as found:
        call()
    return found.value


def marked(error: SeedbedError) -> str:
    """The part of the text that is wrong."""
    assert error.span is not None
    return error.text[slice(*error.span)]


def test_a_message_is_composed_of_its_fields() -> None:
    assert str(RecipeError(**FULL)) == "batch_size: expected a whole number of at least 1, got 0. Try 32."
    assert str(RecipeError(expected="a name")) == "expected a name."
    assert str(RecipeError(field="lr", expected="a number")) == "lr: expected a number."


def test_a_message_of_its_own_stays() -> None:
    error = RecipeError("no such thing.", field="loss")
    assert (str(error), error.args, error.field, error.span) == ("no such thing.", ("no such thing.",), "loss", None)
    assert str(SeedbedError("plain")) == "plain"


@pytest.mark.parametrize("kind", [SeedbedError, RecipeError, StatisticsError])
def test_errors_can_be_copied_and_sent(kind: type[SeedbedError]) -> None:
    error = kind(**FULL)
    for other in (copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))):
        assert (type(other), str(other), other.to_dict()) == (kind, str(error), error.to_dict())


def test_plain_values_for_json() -> None:
    values = json.loads(json.dumps(RecipeError(**FULL).to_dict()))
    assert values == FULL | {
        "kind": "RecipeError",
        "message": "batch_size: expected a whole number of at least 1, got 0. Try 32.",
        "span": [0, 1],
    }


def test_fields_are_named_from_outside_in() -> None:
    with pytest.raises(RecipeError) as found, inside("variants[2]"), inside("optimizer"):
        SGD(lr=0)
    assert (found.value.field, found.value.expected) == ("variants[2].optimizer.lr", "a finite number above 0")
    with pytest.raises(RecipeError) as found, inside("optimizer"):
        raise RecipeError("no.")
    assert found.value.field == "optimizer"


@pytest.mark.parametrize(
    ("read", "text", "wrong"),
    [
        (parse_calls, "a(1, ?)", "?"),
        (parse_calls, "a(1 22)", "22"),
        (parse_calls, "a(k=1, k=2)", "k"),
        (load_optimizer, "sgd(lr=0.1, momentum=2)", "momentum=2"),
        (load_optimizer, "sgd(0.1, 2)", "2"),
        (load_optimizer, "sgd(0.1, momentun=0.9)", "momentun=0.9"),
        (load_optimizer, " sdg(0.1)", "sdg"),
        (load_optimizer, "sgd(momentum=0.5)", "sgd"),
        (load_optimizer, "sgd(0.1) adam", "adam"),
        (load_loss, "hinge(C=-1)", "C=-1"),
        (load_loss, "hinge(1, mean, 2)", "2"),
        (load_schedule, "warmup(2) step(0)", "0"),
        (load_schedule, "warmup(2) step(a)", "a"),
        (load_decay, "l2(0.1) l2(-1, of=linear1)", "-1"),
        (load_init, "he_normal normal(std=-1)", "std=-1"),
        (load_input, "crop(24) pca(0)", "0"),
        (load_augment, "shift(2) affine(scale=1)", "scale=1"),
        (load_network, "flatten linear(0) linear(10)", "0"),
        (load_network, "flatten linar(10)", "linar"),
        (load_network, "conv2d(6, 50) flatten linear(10)", "conv2d"),
        (load_network, "lenet6", "lenet6"),
    ],
)
def test_the_wrong_part_of_a_text_is_marked(read, text: str, wrong: str) -> None:
    error = caught(lambda: read(text))
    assert (error.text, marked(error)) == (text, wrong)


def test_the_end_of_a_text_is_a_place_too() -> None:
    error = caught(lambda: parse_calls("a(1"))
    assert (error.span, error.expected) == ((3, 3), "',' or ')'")


def test_a_layer_is_named() -> None:
    error = caught(lambda: load_network("relu conv2d(6, 5) conv2d(6, 0) flatten linear(10)"))
    assert (type(error), error.field, marked(error)) == (NetworkError, "conv2.kernel_size", "0")
    error = caught(lambda: load_network("relu flatten conv2d(6, 5) linear(10)"))
    assert (error.field, error.expected, marked(error)) == ("conv1", "channels×height×width", "conv2d")
    assert error.got == "784 from 'flatten1'"
    # Made layers have no text, but a place all the same.
    error = caught(lambda: Network(load_network("flatten linear(10)").layers[1:], (1, 8, 8)))
    assert (error.field, error.hint, error.text) == ("linear1", "Put 'flatten' before it.", "")


def test_what_is_no_text_is_refused_in_words() -> None:
    error = caught(lambda: load_decay(5))
    assert isinstance(error, NotationError)
    assert "sgd(lr=0.02, weight_decay=5)" in error.hint
    for read in (load_optimizer, load_loss, load_schedule, load_input, load_augment, load_init):
        assert "expected a text, got 5 of type int" in str(caught(lambda read=read: read(5)))


def test_a_study_names_the_place_in_its_file() -> None:
    text = """
name = "tiny"
title = "Tiny"
question = "?"
full = { seeds = 2, epochs = 1 }
quick = { seeds = 1, epochs = 1 }
defaults = { network = "softmax", data = "digits" }
variants = [{ name = "low", title = "low" }, { name = "high", title = "high", optimizer = "sgd(lr=-1)" }]
"""
    error = caught(lambda: parse_definition(text, "tiny.toml"))
    assert (error.field, error.got, marked(error)) == ("variants[2].optimizer.lr", "-1.0", "lr=-1")
    error = caught(lambda: parse_definition(text.replace("seeds = 2", "seeds = 0"), "tiny.toml"))
    assert (error.field, error.expected, error.got) == ("full.seeds", "at least 1", "0")


def test_an_axis_of_a_sweep_is_named() -> None:
    error = caught(lambda: parse_axis("lr", "1..0.1", {"network": "softmax"}))
    assert (error.field, error.got) == ("grid.lr", "'1..0.1'")
    assert str(error) == "sweep: lr: expected two numbers, the smaller first, got '1..0.1'."
    assert caught(lambda: parse_axis("lrr", "1", {"network": "softmax"})).field == "grid.lrr"
