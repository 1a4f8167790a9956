"""Threads that advance the runs of an experiment, evenly and at the speed that is asked for."""

import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import Literal

from seedbed.lab.experiment import Experiment, LabRun
from seedbed.training.events import Ended, EpochEnded

Speed = float | Literal["auto"] | None

_TURN_S = 0.012
"""What one call advances a run by, so that whoever wants to look into it waits no longer."""

_FIRST_STEPS_PER_S, _DOUBLING_S, _FULL_STEPS_PER_S = 15.0, 2.5, 4000.0
_IDLE_S = 0.02
_POLITENESS = 2
"""What is added to the niceness of threads that train: whoever answers a person, or draws the page, comes first."""

_WINDOW_S = 1.0


class _Turn:
    """One run's turns: who has it now, and how far it may go."""

    def __init__(self, run: LabRun) -> None:
        self.run = run
        self.lock = threading.Lock()
        self.is_wanted = False
        self.steps = 1
        self.due_at = 0.0
        self.left: int | None = None
        """Steps until it pauses; None for no end."""


class Trainer:
    """Advances the runs of one experiment while it plays.

    Runs are taken in the order of their steps, so that they stay side by side. The native engine works without the
    interpreter's lock, so each thread keeps a core busy.

    Parameters
    ----------
    experiment : Experiment
    threads : int
    """

    def __init__(self, experiment: Experiment, threads: int) -> None:
        self.experiment = experiment
        self.speed: Speed = None
        self.is_playing = False
        self._played_s = 0.0
        self._played_at = 0.0
        self._turns: list[_Turn] = []
        self._choice = threading.Condition()
        self._is_over = False
        self._recent: deque[tuple[float, int]] = deque()
        self.error: BaseException | None = None
        self.follow()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def follow(self) -> None:
        """Take up runs that came, forget those that went."""
        with self._choice:
            known = {id(turn.run): turn for turn in self._turns}
            self._turns = [known.get(id(run)) or _Turn(run) for run in self.experiment.runs]
            if any(turn.left is not None for turn in known.values()):
                # Single steps or an epoch are being taken: new runs wait for the next word.
                for turn in self._turns:
                    turn.left = 0 if id(turn.run) not in known else turn.left
            self._choice.notify_all()

    def play(self, steps: int | None = None, *, whole_epoch: bool = False) -> None:
        """Go on; for so many steps of each run, or to the end of its epoch, or until somebody pauses."""
        with self._choice:
            for turn in self._turns:
                run = turn.run
                turn.left = run.steps_per_epoch - run.step % run.steps_per_epoch if whole_epoch else steps
                turn.due_at = 0.0
            self.is_playing, self._played_at = True, time.monotonic()
            self._choice.notify_all()

    def pause(self) -> None:
        """Stand still; a turn in progress ends first."""
        with self._choice:
            if self.is_playing:
                self._played_s += time.monotonic() - self._played_at
            self.is_playing = False

    def close(self) -> None:
        """End all threads."""
        with self._choice:
            self._is_over = True
            self._choice.notify_all()
        for thread in self._threads:
            thread.join()

    @contextlib.contextmanager
    def holding(self, run: LabRun, patience_s: float = -1.0) -> Iterator[bool]:
        """Have a run for oneself, between two of its turns; False if its turn lasts longer than the patience."""
        turn = next((turn for turn in self._turns if turn.run is run), None)
        if turn is None:
            yield True
            return
        turn.is_wanted = True
        is_held = turn.lock.acquire(timeout=patience_s)
        turn.is_wanted = False
        try:
            yield is_held
        finally:
            if is_held:
                turn.lock.release()
            with self._choice:
                self._choice.notify()

    def free_run(self, wanted: LabRun) -> LabRun:
        """A run, if nobody advances it just now, else another one of its side that is free."""
        own = sorted(
            (turn for turn in self._turns if turn.run.side == wanted.side), key=lambda turn: turn.run is not wanted
        )
        return next((turn for turn in own if not turn.lock.locked()), own[0]).run

    @property
    def steps_per_s(self) -> float | None:
        """The speed of each run that is asked for now; None for as fast as it goes."""
        if self.speed != "auto":
            return self.speed
        played = self._played_s + (time.monotonic() - self._played_at if self.is_playing else 0.0)
        speed: float = _FIRST_STEPS_PER_S * 2.0 ** (played / _DOUBLING_S)
        return speed if speed < _FULL_STEPS_PER_S else None

    @property
    def images_per_second(self) -> float:
        """All runs together, over the last second."""
        now = time.monotonic()
        with self._choice:
            while self._recent and now - self._recent[0][0] > _WINDOW_S:
                self._recent.popleft()
            return sum(images for _, images in self._recent) / _WINDOW_S

    @property
    def is_done(self) -> bool:
        """Whether all runs have ended."""
        return all(turn.run.outcome is not None for turn in self._turns)

    def _work(self) -> None:
        _be_polite()
        while (turn := self._take()) is not None:
            try:
                self._advance(turn)
            except BaseException as error:
                self.error, self.is_playing = error, False
            finally:
                turn.lock.release()
                with self._choice:
                    self._choice.notify()

    def _take(self) -> _Turn | None:
        """The run that is next, held; None at the end."""
        with self._choice:
            while not self._is_over:
                now, wait_s = time.monotonic(), _IDLE_S
                if self.is_playing:
                    for turn in sorted(self._turns, key=lambda turn: turn.run.step):
                        if turn.run.outcome is not None or turn.left == 0 or turn.is_wanted:
                            continue
                        if turn.due_at > now:
                            wait_s = min(wait_s, turn.due_at - now)
                        elif turn.lock.acquire(blocking=False):
                            return turn
                    if all(turn.run.outcome is not None or turn.left == 0 for turn in self._turns):
                        self._played_s += now - self._played_at
                        self.is_playing = False
                self._choice.wait(wait_s)
        return None

    def _advance(self, turn: _Turn) -> None:
        speed = self.steps_per_s
        steps = turn.steps if speed is None else max(1, min(turn.steps, round(speed * _TURN_S)))
        if turn.left is not None:
            steps = min(steps, turn.left)
        before, begun = turn.run.step, time.monotonic()
        event = self.experiment.advance(turn.run, max(1, steps))
        now = time.monotonic()
        done = turn.run.step - before
        if turn.left is not None:
            # The end of an epoch is a turn of its own, which belongs to its last step.
            is_end = turn.run.step % turn.run.steps_per_epoch == 0 and not isinstance(event, EpochEnded | Ended)
            turn.left = max(1 if is_end and done else 0, turn.left - done) if done else 0
        if done and speed is not None:
            turn.due_at = max(turn.due_at, now - 0.1) + done / speed
        if done:
            turn.steps = max(1, min(2 * turn.steps, int(done * _TURN_S / max(now - begun, 1e-6))))
            with self._choice:
                self._recent.append((now, done * turn.run.loop.recipe.batch_size))


def _be_polite() -> None:
    """Let others go first, where threads have a niceness of their own."""
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):
            thread = threading.get_native_id()
            os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + _POLITENESS)
