"""What a person can type: the address and back, and an error at the field that is wrong."""

import contextlib
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seedbed.errors import RecipeError, SeedbedError
from seedbed.lab.configuration import MOST_SEEDS, Configuration

TEXTS = ("data", "network", "loss", "optimizer", "input", "init", "augment", "schedule", "weight_decay")
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
RATES = st.floats(1e-9, 1e9)
HOSTILE = ["<img src=x onerror=alert(1)>", "\"; import os; '", "a&b=c#d%e+f g", "../../etc/passwd", "한국어", "%00\n\t"]


@st.composite
def configurations(draw):
    def side():
        texts = st.dictionaries(st.sampled_from(TEXTS), ANY_TEXT, max_size=5)
        numbers = st.fixed_dictionaries(
            {},
            optional={"lr": RATES, "batch_size": st.integers(1, 512), "average": RATES, "patience": st.integers(1, 9)},
        )
        return draw(texts) | draw(numbers)

    other = {name: value for name, value in side().items() if name != "data"} if draw(st.booleans()) else None
    return Configuration(side(), draw(st.integers(1, MOST_SEEDS)), draw(st.integers(0, 2**50)), other)


@given(configurations())
@example(Configuration({"network": "a&b=c#d%e+f g"}, other={}))
@example(Configuration({}, other={"network": "%2B+ &b.network=x"}))
def test_an_address_holds_the_whole_configuration(configuration):
    fragment = configuration.to_fragment()
    assert Configuration.from_fragment(f"#{fragment}") == configuration
    assert not set(fragment) & set(" <>\"'\n#")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_a_text(text):
    configuration = Configuration.from_values({"data": text, "network": text, "b.network": text})
    assert Configuration.from_fragment(configuration.to_fragment()) == configuration
    with pytest.raises(SeedbedError):
        configuration.recipes()


@given(st.dictionaries(ANY_TEXT, st.none() | st.integers() | st.floats(allow_nan=True) | ANY_TEXT, max_size=4))
@example({"seeds": None})
@example({"seeds": "none"})
@example({"first_seed": ""})
@example({"lr": 10**400})
@example({"epochs": 2.5})
@example({"batch_size": math.inf})
@example({"epochs": "9" * 5000})
def test_whatever_is_typed_is_a_configuration_or_a_seedbed_error(values):
    with contextlib.suppress(SeedbedError):
        Configuration.from_values(values).recipes()


@given(st.text(max_size=80))
@example("b.data=mnist")
@example("seeds=%FF%FE&lr=%")
def test_whatever_stands_in_an_address_is_a_configuration_or_a_seedbed_error(text):
    with contextlib.suppress(SeedbedError):
        Configuration.from_fragment(text).recipes()


@pytest.mark.parametrize(
    ("fragment", "words"),
    [
        ("netwrok=mlp", "'netwrok': no such setting"),
        ("b.data=digits", "'b.data': no such setting"),
        ("b.seeds=4", "'b.seeds': no such setting"),
        ("b.b.lr=4", "'b.b.lr': no such setting"),
        ("seeds=0", f"seeds: expected a whole number from 1 to {MOST_SEEDS}, got 0"),
        ("seeds=31", "got 31"),
        ("seeds=none", "got none"),
        ("first_seed=-1", "first_seed"),
        ("epochs=2.5", "epochs: expected a whole number, got '2.5'"),
        ("epochs=many", "epochs: expected a whole number, got 'many'"),
        ("lr=fast", "lr: expected a number, got 'fast'"),
        ("b.lr=fast", "b.lr: expected a number, got 'fast'"),
    ],
)
def test_wrong_addresses_are_told(fragment, words):
    with pytest.raises(RecipeError) as caught:
        Configuration.from_fragment(fragment)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"netwrok": "mlp"}, "netwrok"),
        ({"seeds": 99}, "seeds"),
        ({"epochs": "many"}, "epochs"),
        ({"network": "conv2d(6"}, "network"),
        ({"network": "flatten linear(0)"}, "network.linear1.out_features"),
        ({"lr": -1}, "lr"),
        ({"lr": "nan"}, "lr"),
        ({"optimizer": "sdg(0.1)"}, "optimizer"),
        ({"batch_size": 0}, "batch_size"),
        ({"augment": "shift(", "lr": 0.1}, "augment"),
        ({"schedule": "warmup(9) cosine", "epochs": 2}, "schedule.warmup.epochs"),
        ({"b.network": "conv2d(6"}, "b.network"),
        ({"b.lr": "nan"}, "b.lr"),
        ({"b.lr": "fast"}, "b.lr"),
        ({"init": "zeros!", "b.lr": 0.1}, "init"),
    ],
)
def test_an_error_names_its_field(values, field):
    with pytest.raises(SeedbedError) as caught:
        Configuration.from_values(values).recipes()
    assert caught.value.field == field


def test_b_is_a_copy_of_a_with_something_changed():
    configuration = Configuration.from_fragment(
        "data=digits&network=mlp&lr=0.02&batch_size=16&b.lr=0.1&seeds=2&first_seed=5"
    )
    a, b = configuration.recipes()
    assert (a.optimizer, b.optimizer) == ("adam(lr=0.02)", "adam(lr=0.1)")
    assert a.batch_size == b.batch_size == 16
    assert list(configuration.run_seeds) == [5, 6]
    alike = Configuration.from_fragment("data=digits&network=mlp&b=")
    assert alike.recipes()[0] == alike.recipes()[1]
    assert Configuration.from_fragment(alike.to_fragment()) == alike


def test_the_learning_rate_goes_into_any_optimizer():
    (recipe,) = Configuration.from_fragment("data=digits&network=mlp&optimizer=adam(0.001)&lr=0.5").recipes()
    assert recipe.optimizer == "adam(lr=0.5)"
