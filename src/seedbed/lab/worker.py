"""The process of one experiment: controls come in on its standard input, frames go out on its standard output."""

import os
import signal
import struct
import sys
import threading
from typing import BinaryIO

from seedbed.data import Dataset, load_data
from seedbed.errors import SeedbedError
from seedbed.lab.pump import Pump
from seedbed.lab.wire import Frame, error_frame, read
from seedbed.machine import usable_cores

HEAD = struct.Struct("<IBB")
"""Before each frame: length of its content, whether it is bytes (1) and must arrive (2), length of its topic."""

MOST_THREADS = 8


def pack(frame: Frame) -> bytes:
    """A frame with its head and its topic."""
    content, topic = frame.encode(), frame.topic.encode()
    flags = (1 if frame.is_binary else 0) | (2 if frame.is_kept else 0)
    return HEAD.pack(len(content), flags, len(topic)) + topic + content


def main(first: str) -> None:
    """Work until the standard input ends; the data set ``first`` is loaded before anybody asks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a library prints must not end up among the frames.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _serve(sys.stdin.buffer, out, first)


def _serve(source: BinaryIO, out: BinaryIO, first: str) -> None:
    datasets: dict[str, Dataset] = {}
    # Several threads send: a frame must not end up inside another.
    one_at_a_time = threading.Lock()

    def load(name: str) -> Dataset:
        if name not in datasets:
            datasets.clear()
            datasets[name] = load_data(name, note=lambda text: None)
        return datasets[name]

    def send(*frames: Frame) -> None:
        content = b"".join(pack(frame) for frame in frames)
        try:
            with one_at_a_time:
                _write_all(out, content)
        except OSError:
            pump.tell(None)

    pump = Pump(load, send, min(usable_cores(), MOST_THREADS), first)

    def listen() -> None:
        for line in source:
            try:
                pump.tell(read(line.decode()))
            except (SeedbedError, UnicodeDecodeError) as error:
                send(error_frame(error if isinstance(error, SeedbedError) else SeedbedError(str(error))))
        pump.tell(None)

    try:
        load(first)
    except SeedbedError as error:
        send(error_frame(error, "data"))
    threading.Thread(target=listen, daemon=True).start()
    pump.run()


def _write_all(out: BinaryIO, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[out.write(view) :]
