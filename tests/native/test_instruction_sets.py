"""The instruction set is the best one, or the one that is asked for, or an error: never silently another."""

import os
import platform
import subprocess
import sys

import pytest

from seedbed.engine import load_engine
from seedbed.engine.native import _native
from seedbed.errors import EngineError


def test_the_fastest_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEEDBED_ISA", raising=False)
    assert load_engine("native").description == f"native ({_native.instruction_sets()[0]})"


def test_an_unknown_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDBED_ISA", "mmx")
    with pytest.raises(EngineError, match=r"unknown instruction set 'mmx'.*This machine can run: .*portable"):
        load_engine("native")


def test_the_named_one_really_runs() -> None:
    """Each kernel table holds different code: the peak kernel's result depends on its number of accumulators."""
    code = (
        "import numpy as np\n"
        "from seedbed.engine.native import _native\n"
        "results = {}\n"
        "for name in _native.instruction_sets():\n"
        "    op = _native.Op('peak'); op.weight, op.size = 0, 1\n"
        "    sizes = _native.Sizes(); sizes.lanes = sizes.shared = 16\n"
        "    program = _native.Program(); program.sizes = sizes\n"
        "    program.batch_size = program.classes = program.image_size = 1\n"
        "    program.training = [_native.Stage(False, False, [op])]\n"
        "    executor = _native.Executor(program, name, 1)\n"
        "    executor.shared[:] = 0.5\n"
        "    executor.train(np.zeros((1, 1), np.uint8), np.zeros(1, np.uint8), np.zeros(1, np.int64), np.zeros(1))\n"
        "    results[name] = float(executor.shared[0])\n"
        "print(results)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    results = eval(done.stdout)

    # One round of 24 multiply-adds a ← a·½ + ½ over n accumulators that start at 0 … n - 1.
    def expected(accumulators: int) -> float:
        total = 0.0
        for start in range(accumulators):
            value = float(start)
            for _ in range(24 // accumulators):
                value = value * 0.5 + 0.5
            total += value
        return total

    assert results == {name: expected(24 if name == "avx512" else 6) for name in results}


FUSED_OR_NOT = """
import numpy as np
from seedbed.engine import load_engine
from seedbed.engine.base import Plan
from seedbed.engine.losses import CrossEntropy
from seedbed.engine.optimizers import SGD
from seedbed.network import Network, initial_state

network = Network.parse("input(1, 1, 1) flatten linear(2)")
# 3·(1 + 2**-23) - 3 is 3·2**-23 in one rounding; a product rounded by itself is 3 + 2**-21.
scale, shift = np.full(1, 1 + 2**-23, np.float32), np.full(1, -3, np.float32)
plan = Plan(network, CrossEntropy(), SGD(lr=0.1), 1, scale, shift)
state = initial_state(network, "constant(1, of=weight)", 0)
engine = load_engine("native")
pixel = np.full((1, 1, 1, 1), 3, np.uint8)
print(engine.description, float(engine.start(plan, state).outputs(pixel)[0, 0]) * 2**23)
"""


@pytest.mark.parametrize("name", _native.instruction_sets())
def test_a_process_runs_the_set_that_it_names(name: str) -> None:
    """Only sets with FMA round a product and a sum once; that shows in a pixel that is scaled and shifted."""
    done = subprocess.run(
        [sys.executable, "-c", FUSED_OR_NOT],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"SEEDBED_ISA": name},
    )
    is_fused = name != "portable" or platform.machine() not in ("x86_64", "AMD64")
    assert done.stdout.split() == ["native", f"({name})", "3.0" if is_fused else "4.0"]


@pytest.mark.parametrize("name", ["avx512", "avx2"])
def test_one_that_this_machine_lacks_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDBED_ISA", name)
    if name in _native.instruction_sets():
        assert load_engine("native").description == f"native ({name})"
        return
    with pytest.raises(EngineError, match=rf"instruction set '{name}'.*This machine can run: .*portable"):
        load_engine("native")
