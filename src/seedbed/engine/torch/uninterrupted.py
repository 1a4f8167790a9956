"""Ctrl-C waits while a library is imported that cannot be imported a second time."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Let Ctrl-C come after the block, not in it."""
    before = signal.getsignal(signal.SIGINT)
    # Other threads hear no signals; a handler that Python did not set cannot be put back.
    if before is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    came = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal came
        came = True

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came:
            signal.raise_signal(signal.SIGINT)
