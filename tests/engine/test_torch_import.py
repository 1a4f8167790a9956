"""Ctrl-C while PyTorch is imported: heard, and PyTorch is whole afterwards."""

import signal
import subprocess
import sys
import threading

import pytest

from seedbed.engine.torch.uninterrupted import uninterrupted

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

PROGRAM = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
class Presser:
    pressed = False
    def find_spec(self, name, path, target=None):
        # In the middle of it: its compiled part is loaded, its Python part is not.
        if name == "torch.nn" and not self.pressed:
            Presser.pressed = True
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Presser())
import seedbed as sb
from seedbed.engine import load_engine
try:
    load_engine("torch")
    print("not heard")
except KeyboardInterrupt:
    print("heard", signal.getsignal(signal.SIGINT) is signal.default_int_handler)
run = sb.train("flatten linear(10)", "digits", epochs=1, engine="torch")
print(run.outcome.kind, Presser.pressed)
"""


def test_ctrl_c_while_it_is_imported_leaves_it_whole() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert done.stdout.splitlines() == ["heard True", "finished True"], done.stderr


def test_ctrl_c_comes_right_after_the_block() -> None:
    reached = False
    with pytest.raises(KeyboardInterrupt), uninterrupted():
        signal.raise_signal(signal.SIGINT)
        reached = True
    assert reached and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with uninterrupted():
        pass


def test_it_does_nothing_in_another_thread() -> None:
    handlers = []

    def work() -> None:
        with uninterrupted():
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert handlers == [signal.getsignal(signal.SIGINT)]
