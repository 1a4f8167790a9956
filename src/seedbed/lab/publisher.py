"""What a page watches: the latest of each thing, as often as the eye wants it and training allows."""

import time
from collections.abc import Callable, Sequence
from math import inf

import numpy as np

from seedbed.lab import snapshot
from seedbed.lab.plane import is_plane, plane
from seedbed.lab.snapshot import Viewed
from seedbed.lab.trainer import Trainer
from seedbed.lab.wire import Frame
from seedbed.network import State

BEAT_S = 0.115
"""Between two beats. All that is due in one is sent together, so that a page draws it at once: a frame costs a browser
about as much however little of it changes."""

_PERIODS_S = {
    "status": 0.0,
    "curves": 0.0,
    "maps": 0.0,
    "filters": 0.0,
    "plane": 0.0,
    "layers": 0.2,
    "confusion": 1.0,
    "verdict": 1.0,
    "scrubber": 1.0,
}
"""How often each thing that is watched is sent while it changes; 0 for each beat."""

_MAKERS = {"layers": snapshot.layers, "maps": snapshot.maps, "filters": snapshot.filters, "plane": plane}

SHARE = 0.03
"""Of a core's time, at most, for each thing shown while it trains."""

_PATIENCE_S = 0.03
"""Waited for a run's parameters. A turn is shorter; the test at the end of an epoch is not, and a beat is left out."""


class Publisher:
    """Sends what is watched, when it has changed.

    Parameters
    ----------
    send : callable
        Gets the frames of a beat.

    Attributes
    ----------
    topics : sequence of str
        What is watched, beside the status.
    """

    def __init__(self, send: Callable[..., None]) -> None:
        self._send = send
        self.topics: Sequence[str] = ()
        self._beat_at = 0.0
        self._due = dict.fromkeys(_PERIODS_S, 0.0)
        self._seen: dict[str, object] = {}

    def forget(self) -> None:
        """Send everything again: something was changed."""
        self._seen.clear()
        self._due = dict.fromkeys(self._due, 0.0)

    @property
    def wait_s(self) -> float:
        """Until the next beat."""
        return max(0.0, self._beat_at - time.monotonic())

    def publish(self, trainer: Trainer, viewed: Viewed) -> None:
        """Send what is due, if it is time for a beat."""
        now = time.monotonic()
        if now < self._beat_at:
            return
        self._beat_at = max(self._beat_at + BEAT_S, now + BEAT_S / 2)
        due = [
            topic
            for topic in self._fitting(trainer)
            if self._due.get(topic, inf) <= now + BEAT_S / 2 and self._seen.get(topic) != _mark(topic, trainer, viewed)
        ]
        state = _state(trainer, viewed) if any(topic in _MAKERS for topic in due) else None
        frames = []
        for topic in due:
            begun = time.thread_time()
            if topic in _MAKERS:
                if state is None:
                    continue
                frames.append(_MAKERS[topic](trainer.experiment, viewed, state))
            else:
                frames.append(_frame(topic, trainer, viewed))
            self._seen[topic] = _mark(topic, trainer, viewed)
            # Of this thread: waiting for a core that trains is no cost.
            took = time.thread_time() - begun
            self._due[topic] = now + max(_PERIODS_S[topic], took / SHARE if trainer.is_playing else 0.0)
        if frames:
            self._send(*frames)

    def _fitting(self, trainer: Trainer) -> list[str]:
        """What is watched and can be had of these data."""
        others = ("maps",) if is_plane(trainer.experiment.dataset.image_shape) else ("plane",)
        return ["status", *(topic for topic in self.topics if topic not in others)]


def _state(trainer: Trainer, viewed: Viewed) -> State | None:
    """What is looked into; None where it is not to be had at once."""
    with trainer.holding(viewed.run, _PATIENCE_S) as is_held:
        return trainer.experiment.view(viewed.run, viewed.at, off=viewed.off) if is_held else None


def _frame(topic: str, trainer: Trainer, viewed: Viewed) -> Frame:
    experiment = trainer.experiment
    if topic == "curves":
        return snapshot.curves(experiment)
    if topic == "verdict":
        return snapshot.comparison(experiment)
    if topic == "scrubber":
        return snapshot.scrubber(experiment, viewed)
    if topic == "confusion":
        return snapshot.confusions(experiment, viewed)
    return status(trainer)


def _mark(topic: str, trainer: Trainer, viewed: Viewed) -> object:
    """What a thing depends on: it is sent again when that has changed."""
    runs, shown = trainer.experiment.runs, viewed.run
    steps = tuple(run.step for run in runs)
    tested = tuple(len(run.tested) for run in runs)
    if topic in ("confusion", "verdict"):
        answers = tuple(id(run.answers) for run in runs)
        return tested, answers, tuple(run.outcome for run in runs), viewed.run.side, len(runs)
    if topic == "status":
        return steps, tested, trainer.is_playing, trainer.speed, time.monotonic() // 1
    if topic == "curves":
        return steps, tested, sum(len(run.loop.run.history.interventions) for run in runs)
    if topic == "scrubber":
        return shown.side, shown.place, len(shown.kept or ()), shown.step
    drawing = None if viewed.drawing is None else viewed.drawing.tobytes()
    state = viewed.at if viewed.at is not None else (shown.step, len(shown.loop.run.history.interventions))
    return id(shown), state, viewed.off, (viewed.image, drawing) if topic == "maps" else None


def status(trainer: Trainer) -> Frame:
    """Where everything stands."""
    experiment = trainer.experiment
    sides = {}
    for side in experiment.sides:
        own = experiment.of_side(side)
        errors = [run.tested[-1][1] for run in own if run.tested]
        losses = [run.losses.points[-1][1] for run in own if run.losses.points]
        sides[side] = {
            "epoch": float(np.mean([run.epoch for run in own])),
            "error": float(np.mean(errors)) if errors else None,
            "std": float(np.std(errors, ddof=1)) if len(errors) > 1 else None,
            "loss": float(np.mean(losses)) if losses else None,
            "lr": own[0].loop.learning_rate,
            "runs": [
                {
                    "seed": run.loop.seed,
                    "epoch": run.epoch,
                    "step": run.step,
                    "outcome": None if run.outcome is None else str(run.outcome.kind),
                    "text": "" if run.outcome is None else run.outcome.text,
                    "touched": run.has_interventions,
                }
                for run in own
            ],
        }
    return Frame(
        "status",
        {
            "playing": trainer.is_playing,
            "done": trainer.is_done,
            "speed": trainer.speed,
            "steps_per_s": trainer.steps_per_s,
            "images_per_second": trainer.images_per_second if trainer.is_playing else 0.0,
            "epochs": experiment.recipes[0].epochs,
            "sides": sides,
        },
    )
