"""What is said of outputs."""

import numpy as np
import pytest

from seedbed.errors import DataError
from seedbed.insight import agreement, calibration_curve, confident_mistakes, confusion, probabilities
from seedbed.network import Network

LABELS = np.array([0, 0, 1, 1, 2, 2], dtype=np.uint8)
SHARES = np.array(
    [[0.8, 0.1, 0.1], [0.2, 0.5, 0.3], [0.1, 0.9, 0.0], [0.7, 0.2, 0.1], [0.0, 1.0, 0.0], [0.3, 0.3, 0.4]]
)


@pytest.mark.parametrize(
    ("end", "outputs", "expected"),
    [
        ("", [1000.0, 1000 + np.log(3)], [0.25, 0.75]),
        ("softmax", [0.4, 0.6], [0.4, 0.6]),
        ("sigmoid", [0.2, 0.6], [0.25, 0.75]),
        ("sigmoid", [0.0, 0.0], [0.5, 0.5]),
    ],
)
def test_probabilities_follow_the_last_layer(end: str, outputs: list[float], expected: list[float]) -> None:
    network = Network.parse(f"input(1, 2, 2) flatten linear(2) {end}")
    assert probabilities([outputs], network)[0] == pytest.approx(expected)


def test_confusion_has_labels_in_rows() -> None:
    assert confusion(SHARES, LABELS).tolist() == [[1, 1, 0], [1, 1, 0], [0, 1, 1]]


def test_the_surest_mistakes_come_first() -> None:
    mistakes = confident_mistakes(SHARES, LABELS, count=2)
    assert [(one.number, one.label, one.answer, one.probability) for one in mistakes] == [
        (4, 2, 1, 1.0),
        (3, 1, 0, 0.7),
    ]
    assert len(confident_mistakes(SHARES, LABELS)) == 3


def test_agreement_sorts_the_images() -> None:
    right = np.eye(3)[LABELS]
    found = agreement([SHARES, right[[0, 1, 2, 3, 0, 5]], right[[0, 2, 2, 3, 0, 5]]], LABELS)
    assert found.seeds == 3 and found.wrong.tolist() == [0, 2, 0, 1, 3, 0]
    assert (found.always.tolist(), found.sometimes.tolist(), found.never.tolist()) == ([4], [1, 3], [0, 2, 5])
    assert found.hardest(2).tolist() == [4, 1] and found.hardest(10).tolist() == [4, 1, 3]


def test_calibration_by_hand() -> None:
    """Two bins: 0.4 and 0.5 with one right, 0.7 to 1.0 with two right of four."""
    curve = calibration_curve(SHARES, LABELS, bins=2)
    assert curve.counts.tolist() == [2, 4]
    assert curve.confidence == pytest.approx([0.45, 0.85]) and curve.accuracy == pytest.approx([0.5, 0.5])
    assert curve.error == pytest.approx(2 / 6 * 0.05 + 4 / 6 * 0.35)


def test_few_images_leave_a_wide_interval() -> None:
    # Wilson's interval of 5 of 10 and of 0 of 10 (Brown, Cai and DasGupta 2001, its equation 4), by hand.
    shares = np.repeat([[0.6, 0.4], [0.9, 0.1]], 10, axis=0)
    labels = np.array([0] * 5 + [1] * 5 + [1] * 10, dtype=np.uint8)
    curve = calibration_curve(shares, labels, bins=10)
    assert curve.intervals()[5] == pytest.approx([0.2366, 0.7634], abs=5e-5)
    assert curve.intervals()[8] == pytest.approx([0, 0.2775], abs=5e-5)
    assert np.isnan(curve.intervals()[0]).all()
    # Of all together 5 of 20, by the same equation.
    assert curve.right_interval == pytest.approx((0.1119, 0.4687), abs=5e-5)
    # Four networks that answer the same images tell as little of the images as one.
    four = calibration_curve(np.tile(shares, (4, 1)), np.tile(labels, 4), bins=10)
    assert four.intervals(networks=4) == pytest.approx(curve.intervals(), nan_ok=True)
    assert (curve.stated, curve.right) == pytest.approx((0.75, 0.25))


def test_an_honest_network_is_calibrated() -> None:
    """Labels drawn from the probabilities themselves: only the luck of the draw is left."""
    random = np.random.default_rng(0)
    shares = random.dirichlet([0.5, 0.5, 0.5], 20_000)
    labels = (random.random((20_000, 1)) > shares.cumsum(axis=1)).sum(axis=1).clip(0, 2)
    curve = calibration_curve(shares, labels)
    assert np.isnan(curve.accuracy[:4]).all()
    # Mean of |gap| by bin is at most √(p(1-p)/n_b) summed: √(15·0.25/20000).
    assert curve.error < 2 * np.sqrt(15 * 0.25 / 20_000)


def test_other_images_are_refused() -> None:
    with pytest.raises(DataError, match="of the same images"):
        confusion(SHARES, LABELS[:5])
