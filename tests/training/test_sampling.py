"""The order of training images: plain, once for all, and with as many of each class as of any other."""

from dataclasses import replace
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seedbed as sb
from seedbed.data import load_data
from seedbed.engine import ENGINES, load_engine
from seedbed.philox import Stream, permutation
from seedbed.training import Recipe
from seedbed.training.loop import TrainingLoop
from seedbed.training.order import Order

PLAIN = Recipe.make("softmax", "digits")
BALANCED = Recipe.make("softmax", "digits", sampling="balanced")


@given(st.lists(st.integers(0, 6), min_size=1, max_size=200), st.integers(0, 2**64 - 1), st.integers(0, 3))
@settings(max_examples=200, deadline=None)
def test_every_class_comes_as_often_as_any_other(labels: list[int], seed: int, epoch: int) -> None:
    own = np.array(labels, dtype=np.uint8)
    images, times = Order(BALANCED, own, seed).of(epoch)
    assert times is not None and len(images) == len(times) == len(own)
    classes, counts = np.unique(own, return_counts=True)
    for label, count in zip(classes, counts, strict=True):
        share = len(own) / len(classes)
        drawn = int(np.count_nonzero(own[images] == label))
        assert floor(share - 1e-6) <= drawn <= ceil(share + 1e-6)
        of_each = np.bincount(images, minlength=len(own))[own == label]
        assert floor(share / count - 1e-6) <= of_each.min() and of_each.max() <= ceil(share / count + 1e-6)
    # Each time an image is there it has a number of its own, from 0 on.
    assert len({*zip(images.tolist(), times.tolist(), strict=True)}) == len(images)
    assert all(times[images == image].max() == (images == image).sum() - 1 for image in np.unique(images))


def test_plain_orders_are_permutations_and_epochs_differ() -> None:
    labels = load_data("digits").train_labels
    images, times = Order(PLAIN, labels, 3).of(2)
    assert times is None
    assert np.array_equal(images, permutation(len(labels), 3, Stream.ORDER, 2))
    order = Order(BALANCED, labels, 3)
    first, again = order.of(0)[0].copy(), Order(BALANCED, labels, 3).of(0)[0]
    assert np.array_equal(first, again)
    assert not np.array_equal(first, order.of(1)[0])
    once = Order(replace(BALANCED, order="once"), labels, 3)
    assert np.array_equal(once.of(7)[0], first)


def test_epochs_are_no_sorted_classes() -> None:
    labels = load_data("digits").train_labels
    images, _ = Order(BALANCED, labels, 0).of(0)
    drawn = labels[images]
    assert np.bincount(drawn[: len(drawn) // 2]).min() > 40


@pytest.mark.parametrize("engine", ENGINES)
def test_rare_classes_are_found(engine: str) -> None:
    digits = load_data("digits")
    kept = np.concatenate([np.flatnonzero(digits.train_labels == k)[: 8 if k < 2 else None] for k in range(10)])
    data = replace(digits, train_images=digits.train_images[kept], train_labels=digits.train_labels[kept], sha256="")
    is_rare = data.test_labels < 2
    missed = {}
    for sampling in ("all", "balanced"):
        run = sb.train("flatten linear(10)", data, epochs=3, sampling=sampling, engine=engine, progress=False)
        answers = run.model.predict(data.test_images)
        missed[sampling] = float(np.mean(answers[is_rare] != data.test_labels[is_rare]))
    assert missed["balanced"] < missed["all"] - 0.1, missed


@pytest.mark.parametrize("augment", ["", "shift(1)"])
def test_what_comes_twice_is_masked_and_augmented_anew(augment: str) -> None:
    data = load_data("digits")
    kept = np.concatenate([np.flatnonzero(data.train_labels == 0)[:3], np.flatnonzero(data.train_labels == 1)])
    few = replace(data, train_images=data.train_images[kept], train_labels=data.train_labels[kept], sha256="")
    recipe = Recipe.make(
        "flatten dropout(0.5) linear(10)", "digits", sampling="balanced", augment=augment, batch_size=len(kept)
    )
    chunks = []
    loop = TrainingLoop(recipe, few, 0, load_engine("native"))
    train = loop._session.train
    loop._session.train = lambda chunk: chunks.append(chunk) or train(chunk)  # type: ignore[method-assign]
    loop.advance()
    samples = chunks[0].numbers
    assert len(np.unique(samples)) == len(samples) == len(kept)
    numbers = samples % len(kept)
    again = np.flatnonzero(numbers == 0)
    assert len(again) > 10
    if augment:
        assert len(np.unique(chunks[0].images[again].reshape(len(again), -1), axis=0)) > 3


def test_a_resumed_run_ends_with_the_same_bits() -> None:
    data = load_data("digits")
    recipe = Recipe.make(
        "flatten linear(16) relu dropout(0.2) linear(10)",
        "digits",
        sampling="balanced",
        class_weights="0=3",
        augment="shift(1)",
        epochs=2,
    )
    whole = TrainingLoop(recipe, data, 1, load_engine("native")).finish()
    begun = TrainingLoop(recipe, data, 1, load_engine("native"))
    for _ in range(3):
        begun.advance(7)
    ended = TrainingLoop(recipe, data, 1, load_engine("native"), resume=begun.snapshot()).finish()
    assert all(np.array_equal(whole.state[key], ended.state[key]) for key in whole.state)
