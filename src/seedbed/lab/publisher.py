"""What a page watches: the latest of each thing, as often as the eye wants it and training allows."""

import time
from collections.abc import Callable, Sequence

import numpy as np

from seedbed.lab import snapshot
from seedbed.lab.plane import is_plane, plane
from seedbed.lab.snapshot import Viewed
from seedbed.lab.trainer import Trainer
from seedbed.lab.wire import Frame

_PERIODS_S = {
    "status": 0.1,
    "curves": 0.1,
    "layers": 0.2,
    "maps": 0.125,
    "filters": 0.125,
    "plane": 0.125,
    "confusion": 1.0,
    "verdict": 1.0,
    "scrubber": 1.0,
}
"""How often each thing that is watched is sent while it changes."""

_MAKERS = {"layers": snapshot.layers, "maps": snapshot.maps, "filters": snapshot.filters, "plane": plane}

SHARE = 0.03
"""Of the time, at most, for each thing shown while it trains."""


class Publisher:
    """Sends what is watched, when it has changed.

    Parameters
    ----------
    send : callable
        Gets every frame.

    Attributes
    ----------
    topics : sequence of str
        What is watched, beside the status.
    """

    def __init__(self, send: Callable[[Frame], None]) -> None:
        self._send = send
        self.topics: Sequence[str] = ()
        self._due = dict.fromkeys(_PERIODS_S, 0.0)
        self._seen: dict[str, object] = {}

    def forget(self) -> None:
        """Send everything again: something was changed."""
        self._seen.clear()
        self._due = dict.fromkeys(self._due, 0.0)

    @property
    def wait_s(self) -> float:
        """Until something is due; at most a tenth of a second."""
        due = min(self._due[topic] for topic in (*self.topics, "status") if topic in self._due)
        return max(0.0, min(0.1, due - time.monotonic()))

    def publish(self, trainer: Trainer, viewed: Viewed) -> None:
        """Send what is due."""
        now = time.monotonic()
        for topic in ("status", *self.topics):
            if topic in self._due and self._due[topic] <= now:
                begun = time.monotonic()
                self._show(topic, trainer, viewed)
                took = time.monotonic() - begun
                self._due[topic] = begun + max(_PERIODS_S[topic], took / SHARE if trainer.is_playing else 0.0)

    def _show(self, topic: str, trainer: Trainer, viewed: Viewed) -> None:
        """Send a thing if it has changed."""
        experiment = trainer.experiment
        mark = self._mark(topic, trainer, viewed)
        if self._seen.get(topic) == mark:
            return
        self._seen[topic] = mark
        if topic == "status":
            self._send(status(trainer))
        elif topic == "curves":
            self._send(snapshot.curves(experiment))
        elif topic == "verdict":
            self._send(snapshot.comparison(experiment))
        elif topic == "scrubber":
            self._send(snapshot.scrubber(experiment, viewed))
        elif topic == "confusion":
            self._send(snapshot.confusions(experiment, viewed))
        else:
            fitting = ("plane",) if is_plane(experiment.dataset.image_shape) else ("maps", "filters")
            if topic in ("layers", *fitting):
                with trainer.holding(viewed.run):
                    self._send(_MAKERS[topic](experiment, viewed))

    def _mark(self, topic: str, trainer: Trainer, viewed: Viewed) -> object:
        """What a thing depends on: it is sent again when that has changed."""
        runs, shown = trainer.experiment.runs, viewed.run
        steps = tuple(run.step for run in runs)
        tested = tuple(len(run.tested) for run in runs)
        if topic in ("confusion", "verdict"):
            return tested, tuple(run.outcome for run in runs), viewed.run.side, len(runs)
        if topic == "status":
            return steps, tested, trainer.is_playing, trainer.speed, time.monotonic() // 1
        if topic == "curves":
            return steps, tested
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
