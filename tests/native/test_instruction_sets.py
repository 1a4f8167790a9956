"""The instruction set is the best one, or the one that is asked for, or an error: never silently another."""

import subprocess
import sys

import pytest

from seedbed.engine import load_engine
from seedbed.engine.native import _native
from seedbed.errors import EngineError


def test_the_fastest_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEEDBED_ISA", raising=False)
    assert load_engine("native").description == f"native ({_native.instruction_sets()[0]})"


@pytest.mark.parametrize("name", _native.instruction_sets())
def test_a_forced_one_is_active(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDBED_ISA", name)
    assert load_engine("native").description == f"native ({name})"


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
