"""One network that all tests here ask."""

import pytest

import seedbed as sb
from seedbed.data import locate


@pytest.fixture(scope="session")
def lenet(tmp_path_factory):
    """LeNet-5+, trained for 2 epochs on MNIST, as its file gives it back."""
    if not locate("mnist"):
        pytest.skip("MNIST is not on this machine, and a test needs no network")
    path = tmp_path_factory.mktemp("lenet") / "lenet.safetensors"
    run = sb.train("lenet5+", "mnist", epochs=2, optimizer="adam(0.001)", seed=0, progress=False)
    run.model.save(path)
    return path
