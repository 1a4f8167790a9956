"""Ctrl-C while a run trains in this process."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

from seedbed.training.loop import RunState


class TrainingInterrupted(KeyboardInterrupt):
    """Ctrl-C ended the training between two steps.

    Attributes
    ----------
    state : RunState
        The run as it stood, at a step boundary.
    run : Run or None
        The same, for users of ``sb.train``.
    """

    def __init__(self, state: RunState, message: str) -> None:
        super().__init__(message)
        self.state = state
        self.run: Any = None


class Interruption:
    """While entered, Ctrl-C is noticed between two steps, where a checkpoint is exact; a second one ends at once.

    Outside the main thread, where no signal arrives, it does nothing.
    """

    asked = False

    def __enter__(self) -> Self:
        self._is_main = threading.current_thread() is threading.main_thread()
        if self._is_main:
            self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_main:
            signal.signal(signal.SIGINT, self._before)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
