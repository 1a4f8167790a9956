"""``seedbed train`` in a process of its own: stopped by Ctrl-C or killed, it goes on and ends as if undisturbed."""

import signal
import subprocess
import sys

import numpy as np
import pytest

from seedbed.training.checkpoint import load_run

NETWORK = "conv2d(16, 3, padding=1) batchnorm relu maxpool2d(2) flatten linear(10)"
EPOCHS = {"native": 60, "reference": 5}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def command(engine, workspace, epochs):
    program = [sys.executable, "-m", "seedbed.cli.app", "train", NETWORK, "--data", "digits", "--engine", engine]
    settings = ["--optimizer", "sgd(0.02, momentum=0.9)", "--batch-size", "10"]
    return [*program, *settings, "--epochs", str(epochs), "--workspace", str(workspace)]


def run_of(workspace, folder="runs"):
    (path,) = (workspace / folder).glob("*.safetensors")
    return load_run(path)[0]


def undisturbed(workspace, engine):
    """The run that nobody stops."""
    subprocess.run(command(engine, workspace, EPOCHS[engine]), check=True, capture_output=True)
    return run_of(workspace)


def stop_and_go_on(workspace, engine, number):
    """The run that gets a signal in its third epoch, and is then asked for again."""
    stopped = subprocess.Popen(command(engine, workspace, EPOCHS[engine]), stderr=subprocess.PIPE, text=True)
    for line in stopped.stderr:
        if line.startswith("epoch 2/"):
            stopped.send_signal(number)
            break
    rest = stopped.stderr.read()
    stopped.stderr.close()
    if number == signal.SIGINT:
        assert stopped.wait() == 130
        assert "the same command, without --again, goes on from there" in rest
        assert "Traceback" not in rest
        assert 1 < len(run_of(workspace, "staging").history.epochs) < EPOCHS[engine]
    else:
        assert stopped.wait() == -number
    assert list((workspace / "runs").iterdir()) == []
    resumed = subprocess.run(command(engine, workspace, EPOCHS[engine]), check=True, capture_output=True, text=True)
    assert resumed.stderr.startswith("going on after epoch ")
    return run_of(workspace)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_run_ends_with_the_same_bits(tmp_path_factory, number):
    first = undisturbed(tmp_path_factory.mktemp("undisturbed"), "native")
    again = stop_and_go_on(tmp_path_factory.mktemp("stopped"), "native", number)
    assert again.state.keys() == first.state.keys()
    for name, value in first.state.items():
        np.testing.assert_array_equal(again.state[name], value, err_msg=name)
    np.testing.assert_array_equal(again.outputs, first.outputs)
    np.testing.assert_array_equal(again.history.step_losses, first.history.step_losses)
    assert again.history.test_error == first.history.test_error


def test_the_reference_engine_goes_on_to_rounding(tmp_path_factory):
    first = undisturbed(tmp_path_factory.mktemp("undisturbed"), "reference")
    again = stop_and_go_on(tmp_path_factory.mktemp("stopped"), "reference", signal.SIGINT)
    # Its float64 numbers are stored as float32; training may make that much larger before it ends.
    np.testing.assert_allclose(again.history.step_losses, first.history.step_losses, rtol=1e-3, atol=1e-5)
