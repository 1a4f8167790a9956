"""What a recipe takes, refuses and remembers."""

import pytest

import seedbed as sb
from seedbed.data import load_data
from seedbed.errors import SeedbedError
from seedbed.training import Recipe

NETWORK = "conv2d(2, 3) batchnorm relu flatten linear(8) relu linear(10)"


def test_dictionaries_of_before_are_read() -> None:
    """Fields that were not there yet take their defaults."""
    made = Recipe.make(NETWORK, "digits")
    before = ["network", "data", "loss", "optimizer", "input", "init", "batch_size", "epochs"]
    old = {key: made.to_dict()[key] for key in before}
    assert Recipe(**old) == made
    assert Recipe(**made.to_dict()) == made


def test_texts_are_written_in_one_form() -> None:
    made = Recipe.make(
        NETWORK,
        "digits",
        schedule="warmup( 1.0 )",
        weight_decay="l2(amount=0.004,of=linear1)l2(0.1, weight)",
        average=0.5,
        clip_norm=2,
    )
    assert (made.schedule, made.weight_decay) == ("warmup(1) constant", "l2(0.004, of=linear1) l2(0.1)")
    assert made.clip_norm == 2.0 and Recipe.make(NETWORK, "digits", clip_norm=2.0).clip_norm == 2.0
    assert made.fingerprint != Recipe.make(NETWORK, "digits").fingerprint


def test_weight_decay_by_name_reaches_the_plan() -> None:
    """All weights but batch norm's; a later rule wins."""
    made = Recipe.make(
        NETWORK, "digits", weight_decay="l2(0.1) l2(0.2, of=bias) l2(0.3, of=linear2) l2(0, of=conv1.bias)"
    )
    assert made.plan(load_data("digits")).decay == {
        "conv1.weight": 0.1,
        "linear1.weight": 0.1,
        "linear2.weight": 0.3,
        "conv1.bias": 0,
        "linear1.bias": 0.2,
        "linear2.bias": 0.2,
    }


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"average": 1.0}, "average: expected a finite number above 0 and less than 1, got 1.0"),
        ({"average": 0}, "average: expected a finite number above 0"),
        ({"clip_norm": float("inf")}, "clip_norm: expected a finite number above 0"),
        ({"validation": -1}, "validation: expected a whole number of at least 0, got -1"),
        ({"validation": 10, "patience": 0}, "patience: expected a whole number from 1 to 1,000,000, got 0"),
        ({"schedule": "warmup(3) cosine"}, "must be shorter than the run, 3 epochs"),
        ({"weight_decay": "l2(0.1, of=linear9)"}, "no parameter 'linear9.weight'. Known: weight, bias, conv1.weight"),
        ({"weight_decay": "l2(-1)"}, "amount: expected a finite number of at least 0"),
        ({"weight_decay": "l1(1)"}, "unknown weight decay 'l1'"),
        ({"optimizer": "adam(beta1=1)"}, "adam: beta1: expected a finite number of at least 0 and less than 1"),
        ({"optimizer": "rmsprop(eps=-1)"}, "rmsprop: eps: expected a finite number of at least 0"),
        ({"loss": "hinge(C=0)"}, "hinge: C: expected a finite number above 0"),
        ({"loss": "squared_hinge(reduction=max)"}, "squared_hinge: reduction: expected mean or sum, got 'max'"),
        (
            {"loss": "cross_entropy(label_smoothing=1)"},
            "label_smoothing: expected a finite number of at least 0 and less than 1",
        ),
    ],
)
def test_wrong_settings_are_named(settings: dict[str, object], message: str) -> None:
    with pytest.raises(SeedbedError) as refused:
        Recipe.make(NETWORK, "digits", **settings)  # type: ignore[arg-type]
    assert message in str(refused.value)


def test_margins_need_plain_outputs() -> None:
    with pytest.raises(SeedbedError, match="leave out 'sigmoid' at the end"):
        sb.train("flatten linear(10) sigmoid", "digits", loss="hinge", engine="reference")


def test_the_loss_of_a_sum_is_told_per_image() -> None:
    """Both reductions with the rate that makes their steps equal; 1,437 images in batches of 479."""
    shared = {"data": "digits", "batch_size": 479, "epochs": 2, "engine": "reference"}
    mean = sb.train("flatten linear(10)", loss="hinge", optimizer="sgd(0.479)", **shared)
    total = sb.train("flatten linear(10)", loss="hinge(reduction=sum)", optimizer="sgd(0.001)", **shared)
    assert total.history.train_loss == pytest.approx(mean.history.train_loss, rel=1e-5)
    assert total.history.test_loss == pytest.approx(mean.history.test_loss, rel=1e-5)


def test_a_model_answers_with_the_averages() -> None:
    run = sb.train("flatten linear(10)", "digits", average=0.9, epochs=1, engine="reference")
    dataset = load_data("digits")
    error = 100 * float((run.model.predict(dataset.test_images) != dataset.test_labels).mean())
    assert error == pytest.approx(run.test_error)
    assert (run.model.state["linear1.weight"] == run.state.state["linear1.weight/average"]).all()
