"""A small experiment of the lab, and a pump that is driven without a page."""

import threading
import time

from seedbed.lab.pump import Pump

SMALL = {"data": "digits", "network": "flatten linear(12) tanh linear(10)", "batch_size": 64, "epochs": 2, "seeds": 2}
PATIENCE_S = 30.0


class Desk:
    """A pump in a thread of its own, and all frames that it sent."""

    def __init__(self, load):
        self.frames = []
        self._arrived = threading.Condition()
        self.pump = Pump(load, self._keep, 2)
        self.thread = threading.Thread(target=self.pump.run)
        self.thread.start()

    def close(self):
        """End the pump and its thread."""
        self.pump.tell(None)
        self.thread.join(PATIENCE_S)
        assert not self.thread.is_alive()

    def _keep(self, *frames):
        for frame in frames:
            frame.encode()
        with self._arrived:
            self.frames.extend(frames)
            self._arrived.notify_all()

    def tell(self, *controls):
        for control in controls:
            self.pump.tell(control)

    def wait(self, topic, fits=lambda values: True, since=0):
        """The first frame of a topic that fits, among those from ``since`` on."""
        end = time.monotonic() + PATIENCE_S
        with self._arrived:
            while True:
                assert self.thread.is_alive(), "the pump died"
                for frame in self.frames[since:]:
                    if frame.topic == topic and fits(frame.values):
                        return frame
                assert self._arrived.wait(end - time.monotonic()), f"no such {topic}"

    def ask(self, control, topic, fits=lambda values: True):
        """Tell, and wait for what comes of it."""
        since = len(self.frames)
        self.tell(control)
        return self.wait(topic, fits, since)
