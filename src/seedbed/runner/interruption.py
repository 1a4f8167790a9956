"""Ctrl-C while a run trains in this process."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

from seedbed.training.run_state import RunState


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

    Outside the main thread, where no signal arrives, it does nothing; nor where Ctrl-C is ignored.

    Attributes
    ----------
    asked : bool
        Whether it came.
    """

    asked = False

    def __enter__(self) -> Self:
        self._before = signal.getsignal(signal.SIGINT)
        # None: a handler that Python did not set, and cannot put back.
        is_heard = self._before not in (signal.SIG_IGN, None)
        self._is_set = is_heard and threading.current_thread() is threading.main_thread()
        if self._is_set:
            signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_set:
            signal.signal(signal.SIGINT, self._before)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
