"""The grammar of small texts, and what is said about texts that do not follow it."""

import math
from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seedbed.engine.losses import LOSSES, MSE, CrossEntropy, load_loss
from seedbed.engine.optimizers import SGD, load_optimizer
from seedbed.errors import NotationError, RecipeError, SeedbedError
from seedbed.notation import Call, build, parse_calls, parse_one, write


@dataclass(frozen=True)
class Thing:
    """Every kind of argument."""

    count: int
    size: float = 1.5
    flag: bool = False
    word: str = "plain"
    limit: int | None = None
    many: tuple[float, ...] = (1.0,)


KNOWN = {"thing": Thing}

words = st.from_regex(r"[a-z_][a-z0-9_+]{0,5}([-.][a-z0-9]{1,3})?", fullmatch=True).filter(
    lambda word: word not in ("true", "false", "none", "nan", "inf")
)
numbers = st.floats(allow_nan=False)
things = st.builds(
    Thing,
    count=st.integers(-(10**17), 10**17),
    size=numbers,
    flag=st.booleans(),
    word=words,
    limit=st.none() | st.integers(-(10**17), 10**17),
    many=st.lists(numbers, max_size=4).map(tuple),
)


@given(things)
def test_a_printed_object_reads_back(thing: Thing) -> None:
    assert parse_one("thing", KNOWN, write("thing", thing)) == thing


@given(st.text())
@example("thing(" + "(" * 2_000)
@example("thing(" + "1" * 5_000 + ")")
@example("thing(\x00)")
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_one("thing", KNOWN, text)
    except NotationError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("", []),
        ("  \n", []),
        ("a", [("a", ([], {}))]),
        ("a()", [("a", ([], {}))]),
        ("a(1, k=2) b", [("a", ([1], {"k": 2})), ("b", ([], {}))]),
        ("a,b", [("a", ([], {})), ("b", ([], {}))]),
        ("lenet5++ mlp", [("lenet5++", ([], {})), ("mlp", ([], {}))]),
        ("fashion-mnist", [("fashion-mnist", ([], {}))]),
        ("a(1.5, of=linear1.bias)", [("a", ([1.5], {"of": "linear1.bias"}))]),
        ("a(-1, +2, .5, 1e-3, 2.)", [("a", ([-1, 2, 0.5, 0.001, 2.0], {}))]),
        ("a(True, FALSE, none, word)", [("a", ([True, False, None, "word"], {}))]),
        ("a(inf, -inf)", [("a", ([math.inf, -math.inf], {}))]),
        ("a((1, 2.5), k=())", [("a", ([(1, 2.5)], {"k": ()}))]),
        (" a ( 1 ,\n 2 ) ", [("a", ([1, 2], {}))]),
    ],
)
def test_grammar(text: str, calls: object) -> None:
    assert [(call.name, (list(call.values), call.named)) for call in parse_calls(text)] == calls


def test_whole_numbers_and_others_differ() -> None:
    ((values),) = (call.values for call in parse_calls("a(1, 1.0, nan)"))
    assert [type(value) for value in values] == [int, float, float]
    assert math.isnan(values[2])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a(1, ?)", "cannot read '?' at character 6 of 'a(1, ?)'."),
        ("a. b", "cannot read '.' at character 2 of 'a. b'."),
        ("a  %", "cannot read '%' at character 4 of 'a  %'."),
        ("a(1", "expected ',' or ')' at the end of 'a(1'."),
        ("a(", "expected a value at the end of 'a('."),
        ("a(1 2)", "expected ',' or ')', got '2' at character 5 of 'a(1 2)'."),
        ("a(k=1, 2)", "expected key=value after the first key=value, got '2' at character 8 of 'a(k=1, 2)'."),
        ("3(1)", "expected a name, got '3' at character 1 of '3(1)'."),
        ("a b)", "expected a name, got ')' at character 4 of 'a b)'."),
        ("a(((1)))", "expected a value, got '(' at character 4 of 'a(((1)))'."),
        ("a(k=)", "expected a value, got ')' at character 5 of 'a(k=)'."),
        ("a(k=1, k=2)", "argument 'k' of 'a' is given twice in 'a(k=1, k=2)'."),
    ],
)
def test_errors_tell_the_place(text: str, message: str) -> None:
    with pytest.raises(NotationError) as caught:
        parse_calls(text)
    assert str(caught.value) == message


SIGNATURE = "thing(count, size=1.5, flag=false, word=plain, limit=none, many=(1))"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("think(1)", "unknown thing 'think'. Did you mean 'thing'? Known: thing."),
        ("zzz(1)", "unknown thing 'zzz'. Known: thing."),
        ("thing", f"thing 'thing': argument 'count' is missing: {SIGNATURE}."),
        ("thing(1, count=2)", f"thing 'thing': argument 'count' is given twice: {SIGNATURE}."),
        ("thing(1, colour=2)", f"thing 'thing': unknown argument 'colour': {SIGNATURE}."),
        (
            "thing(1, 2, true, a, 3, (), 4)",
            f"thing 'thing': expected at most 6 arguments, got 7: {SIGNATURE}.",
        ),
        ("thing(1.5)", "thing 'thing': count: expected a whole number, got 1.5."),
        ("thing(true)", "thing 'thing': count: expected a whole number, got true."),
        ("thing(1, word)", "thing 'thing': size: expected a number, got word."),
        ("thing(1, true)", "thing 'thing': size: expected a number, got true."),
        ("thing(1, flag=1)", "thing 'thing': flag: expected true or false, got 1."),
        ("thing(1, word=1)", "thing 'thing': word: expected a word, got 1."),
        ("thing(1, limit=a)", "thing 'thing': limit: expected a whole number or none, got a."),
        ("thing(1, many=1)", "thing 'thing': many: expected numbers in parentheses, got 1."),
        ("thing(1) thing(2)", "expected one thing, got 2 in 'thing(1) thing(2)'."),
        ("", "expected one thing, got 0 in ''."),
    ],
)
def test_errors_tell_what_was_expected(text: str, message: str) -> None:
    with pytest.raises(NotationError) as caught:
        parse_one("thing", KNOWN, text)
    assert str(caught.value) == message


def test_whole_numbers_pass_as_numbers() -> None:
    thing = build("thing", KNOWN, Call("thing", (1, 2)))
    assert thing == Thing(1, 2.0)
    assert isinstance(thing.size, float)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sgd(nan)", "sgd: lr: expected a finite number above 0, got nan in {text}."),
        ("sgd(inf)", "sgd: lr: expected a finite number above 0, got inf in {text}."),
        ("sgd(0)", "sgd: lr: expected a finite number above 0, got 0.0 in {text}."),
        (
            "sgd(0.1, momentum=1)",
            "sgd: momentum: expected a finite number of at least 0 and less than 1, got 1.0 in {text}.",
        ),
        (
            "sgd(0.1, momentum=nan)",
            "sgd: momentum: expected a finite number of at least 0 and less than 1, got nan in {text}.",
        ),
        ("sgd(0.1, nesterov=true)", "sgd: momentum: expected a number above 0 with nesterov, got 0.0 in {text}."),
        ("sgd(0.1, weight_decay=-1)", "sgd: weight_decay: expected a finite number of at least 0, got -1.0 in {text}."),
    ],
)
def test_optimizers_check_their_range(text: str, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        load_optimizer(text)
    assert str(caught.value) == message.replace("{text}", f"'{text}'")


@pytest.mark.parametrize("optimizer", [SGD(0.1), SGD(1e-5, 0.9), SGD(0.1, 0.5, True, 1e-4)])
def test_optimizers_read_back(optimizer: SGD) -> None:
    assert load_optimizer(str(optimizer)) == load_optimizer(optimizer) == optimizer


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("sgd", "sgd(0.5)"),
        ("sgd()", "sgd(0.5)"),
        ("sgd(0.1, momentum=0.9)", "sgd(0.5, momentum=0.9)"),
        ("sgd(lr=0.1, momentum=0.9)", "sgd(0.5, momentum=0.9)"),
        ("sgd(momentum=0.9)", "sgd(0.5, momentum=0.9)"),
        ("adam", "adam(lr=0.5)"),
        ("adam(0.001, 0.8)", "adam(lr=0.5, beta1=0.8)"),
    ],
)
def test_a_rate_stands_in_for_the_optimizer_s(given: str, expected: str) -> None:
    assert str(load_optimizer(given, 0.5)) == expected


def test_losses_read_back() -> None:
    for loss in (CrossEntropy(), MSE(), MSE("mean")):
        assert load_loss(str(loss)) == load_loss(loss) == loss
    assert set(LOSSES) == {"cross_entropy", "mse", "hinge", "squared_hinge"}
    with pytest.raises(RecipeError, match="reduction: expected half_sum or mean, got 'sum'"):
        load_loss("mse(sum)")


def test_all_errors_are_seedbed_s() -> None:
    assert issubclass(NotationError, SeedbedError)
