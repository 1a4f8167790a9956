"""Tests between the ends of epochs: all test images, a part at a time, by a run as it was when the first was asked."""

import time

import numpy as np
from numpy.typing import NDArray

from seedbed.engine import ENGINES, load_engine
from seedbed.engine.base import Session
from seedbed.lab.experiment import LabRun
from seedbed.lab.trainer import Trainer

_PART_S = 0.02
"""Of one part: whoever draws waits no longer."""

_SHARE, _FIRST_SHARE = 0.02, 0.1
"""Of a core's time, at most, while it trains as fast as it goes; the larger one in the first epoch, where most happens
and no other test has been."""

_FEWEST_IMAGES = 64


class Examination:
    """Answers the test images of one run after the other, those that were tested longest ago first.

    A part takes two hundredths of a second, and waits until it costs no more than its share of the time. Each part's
    answers are shown as soon as they are there, so that the confusion matrix follows; error and loss once all images
    have been answered by the same parameters.
    """

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._at = 0.0
        self._image_s = 1e-5
        self._run: LabRun | None = None
        self._epoch = 0.0
        self._outputs: list[NDArray[np.float32]] = []

    @property
    def wait_s(self) -> float:
        """Until the next part."""
        return max(0.0, self._at - time.monotonic())

    def go_on(self, trainer: Trainer) -> None:
        """Answer a part of the test images, if it is time to."""
        if time.monotonic() < self._at:
            return
        begun = time.thread_time()
        is_going = any(run is self._run for run in trainer.experiment.runs)
        if not is_going and not self._begin(trainer):
            self._at = time.monotonic() + _PART_S
            return
        self._answer()
        took = time.thread_time() - begun
        is_fast = trainer.is_playing and trainer.steps_per_s is None
        share = _SHARE if any(run.loop.run.history.epochs for run in trainer.experiment.runs) else _FIRST_SHARE
        self._at = time.monotonic() + (took / share if is_fast else 2 * took)

    def _begin(self, trainer: Trainer) -> bool:
        """Take up the run that was tested longest ago."""
        waiting = [run for run in trainer.experiment.runs if _is_untested(run)]
        if not waiting:
            return False
        run = min(waiting, key=_last_epoch)
        with trainer.holding(run, _PART_S) as is_held:
            if not is_held:
                return False
            state, self._epoch = trainer.experiment.view(run), run.epoch
        if run.side not in self._sessions:
            self._sessions[run.side] = load_engine(ENGINES[0]).start(run.loop.plan, state)
        else:
            self._sessions[run.side].load_state(state)
        self._run, self._outputs = run, []
        return True

    def _answer(self) -> None:
        run = self._run
        assert run is not None
        images, labels = run.loop.dataset.test_images, run.loop.dataset.test_labels
        first = sum(map(len, self._outputs))
        count = min(len(labels) - first, max(_FEWEST_IMAGES, int(_PART_S / self._image_s)))
        begun = time.thread_time()
        parts = run.loop.prepared(images[first : first + count])
        outputs = np.concatenate([self._sessions[run.side].outputs(part) for part in parts])
        self._image_s = max(1e-8, (time.thread_time() - begun) / count)
        self._outputs.append(outputs)
        if _last_epoch(run) >= self._epoch:
            # The end of an epoch came first: its test is of all images and newer.
            self._run = None
        elif first + count == len(labels):
            whole = np.concatenate(self._outputs)
            found = run.loop.judged(whole, labels)
            run.answers = whole.argmax(axis=1)
            run.tested.append((self._epoch, found.error, found.loss))
            self._run = None
        elif run.answers is not None:
            run.answers = np.concatenate([run.answers[:first], outputs.argmax(axis=1), run.answers[first + count :]])


def _last_epoch(run: LabRun) -> float:
    return run.tested[-1][0] if run.tested else -1.0


def _is_untested(run: LabRun) -> bool:
    return run.outcome is None and _last_epoch(run) < run.epoch and len(run.loop.dataset.test_labels) > 0
