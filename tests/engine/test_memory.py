"""What does not fit is refused before any memory is taken."""

import re
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from cases import make_plan, pictures, some_state

import seedbed as sb
from seedbed import machine
from seedbed.data.preparation import fit_input
from seedbed.engine import load_engine, memory
from seedbed.engine.memory import check_memory, require_memory
from seedbed.engine.native import _native
from seedbed.errors import EngineError, RecipeError
from seedbed.machine import available_bytes
from seedbed.network import initial_state, load_network
from seedbed.training.loop import TrainingLoop

SMALL = "input(1, 8, 8) flatten linear(10)"


@pytest.mark.parametrize("engine", ["native", "reference"])
@pytest.mark.parametrize(
    ("network", "batch_size", "message"),
    [
        (
            "flatten linear(1000000000) linear(10)",
            32,
            r"memory: the network needs at least 2,(048|304)\.0 GB, .* can be had\. Choose a smaller network\.",
        ),
    ],
)
def test_what_fits_nowhere_is_refused_in_words(engine: str, network: str, batch_size: int, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        sb.train(network, "digits", batch_size=batch_size, engine=engine)


@pytest.mark.parametrize(
    ("network", "batch_size", "message"),
    [
        ("conv2d(64, 5, padding=2) flatten linear(10)", 10**9, "batch_size: expected at most 16,777,216"),
        ("conv2d(640, 5, padding=2) flatten linear(10)", 2**24, r"16,777,216 images needs .* smaller batch_size\."),
        ("flatten linear(2000000) relu linear(10)", 2000, "features in 'linear1', got 2,000,000. Make it smaller"),
        ("maxpool2d(2, stride=5000) flatten linear(10)", 32, "at most 4,095 as the stride of 'pool1', got 5,000"),
        ("flatten linear(1000000) linear(300)", 1, "at most 268,435,440 parameters, got"),
    ],
)
def test_what_the_native_engine_cannot_hold_is_named(
    network: str, batch_size: int, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda: 10**12)
    plan = make_plan(f"input(1, 8, 8) {network}", batch_size)
    with pytest.raises(EngineError, match=message):
        load_engine("native").start(plan, {})


@pytest.mark.parametrize("engine", ["native", "reference"])
def test_large_batches_are_counted(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All 1,437 images of a batch: more than 5 MB of results of the convolution, in float32."""
    monkeypatch.setattr(memory, "available_bytes", lambda: 5_000_000)
    with pytest.raises(EngineError, match=r"batches of [\d,]+ images needs at least .* Choose a smaller batch_size\."):
        sb.train("conv2d(16, 3, padding=1) flatten linear(10)", "digits", batch_size=20_000, engine=engine)


def test_a_probe_that_does_not_fit_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = make_plan("input(1, 8, 8) conv2d(16, 3, padding=1) flatten linear(10)", 4)
    session = load_engine("native").start(plan, some_state(plan.network))
    images, labels = pictures(2000, plan.network)
    monkeypatch.setattr(memory, "available_bytes", lambda: 5_000_000)
    with pytest.raises(EngineError, match=r"batches of 2,000 images needs at least .* Probe fewer images\."):
        session.probe(images, labels)
    assert session.probe(images[:4], labels[:4]).loss > 0


def test_a_batch_may_be_larger_than_the_training_set() -> None:
    run = sb.train("softmax", "digits", batch_size=2000, epochs=2)
    assert len(run.history.step_losses) == 2


def test_a_network_that_just_fits_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = make_plan(SMALL, 32)
    state = some_state(plan.network)
    monkeypatch.setattr(memory, "available_bytes", lambda: 100_000)
    assert load_engine("native").start(plan, state) is not None
    monkeypatch.setattr(memory, "available_bytes", lambda: None)
    check_memory(make_plan("input(1, 8, 8) flatten linear(1000000000) linear(10)", 32))


def test_the_most_images_are_those_that_the_native_engine_counts_up_to() -> None:
    assert memory.MOST_IMAGES == _native.MOST_IMAGES


MEASURE = """
import os
from pathlib import Path
from cases import make_plan
from seedbed.engine.native import _native, limits
from seedbed.engine.native.lower import lower

def resident_bytes():
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")

counted = []
limits.require_memory = lambda plan, network, batch, is_probe: counted.append(network + batch)
plan = make_plan("input(1, 28, 28) conv2d(8, 5) tanh flatten linear(500) relu linear(10)", 2000, "adam(0.1)")
program = lower(plan).program
limits.check_program(plan, program, 2)
before = resident_bytes()
executor = _native.Executor(program, _native.instruction_sets()[0], 2)
print(counted[0], resident_bytes() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="this system does not tell what a process has")
def test_the_native_engine_takes_what_was_counted() -> None:
    """In a process of its own, which has no freed memory to take again."""
    cases = Path(__file__).parents[1] / "support"
    found = subprocess.run([sys.executable, "-c", MEASURE], cwd=cases, capture_output=True, text=True, check=True)
    counted, taken = map(int, found.stdout.split())
    assert counted > 10**8
    assert abs(taken - counted) < 32 * 10**6


def test_first_values_take_what_is_counted() -> None:
    network = load_network("flatten linear(300000, bias=false)", (1, 1, 1))
    initial_state(network, "lecun_uniform", 0)
    tracemalloc.start()
    initial_state(network, "lecun_uniform", 0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert pytest.approx(peak, rel=0.05) == memory._DRAWING_BYTES * 300_000


def test_memory_is_what_is_free_or_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info, limit, missing = tmp_path / "meminfo", tmp_path / "memory.max", tmp_path / "missing"
    monkeypatch.setattr(machine, "_MEMORY_INFO", info)
    monkeypatch.setattr(machine, "_GROUP_LIMITS", (missing, limit))
    info.write_text("MemTotal: 900 kB\nMemAvailable:  700 kB\nSwapFree: 100 kB\n", "ascii")
    limit.write_text("max\n", "ascii")
    assert available_bytes() == 800 * 1024
    limit.write_text("5000\n", "ascii")
    assert available_bytes() == 5000
    info.unlink()
    assert available_bytes() == 5000
    limit.unlink()
    assert (available_bytes() or 0) > 10**8, "all there is, where nobody tells what is free"


def test_both_sizes_count_and_the_larger_is_to_blame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda: 10**10 / 3)
    plan = make_plan(SMALL, 32)
    require_memory(plan, 10**9, 2 * 10**9)
    message = (
        "the network with batches of 32 images needs at least 3.1 GB, 3.0 GB can be had. Choose a smaller batch_size."
    )
    with pytest.raises(EngineError, match=re.escape(message)):
        require_memory(plan, 10**9, 21 * 10**8)


def test_a_tenth_of_the_memory_stays_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda: 24 * 10**9)
    plan = make_plan(SMALL, 60_000)
    require_memory(plan, 0, 215 * 10**8)
    with pytest.raises(EngineError, match=r"images needs at least 23\.9 GB, 21\.6 GB can be had"):
        require_memory(plan, 0, 239 * 10**8)


@pytest.mark.parametrize("engine", ["native", "torch"])
def test_no_room_is_made_for_images_that_no_batch_has(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda: 20 * 10**6)
    runs = [sb.train("softmax", "digits", batch_size=size, epochs=2, engine=engine) for size in (1437, 2**24)]
    assert runs[0].history.step_losses.tobytes() == runs[1].history.step_losses.tobytes()


@pytest.mark.parametrize("engine", ["native", "torch"])
def test_prepared_images_are_counted(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda: 24 * 10**9)
    recipe = sb.Recipe.make("maxpool2d(1000) flatten linear(10)", "digits", input="scale pad(4000)", batch_size=64)
    dataset = sb.load_data("digits")
    tracemalloc.start()
    try:
        with pytest.raises(EngineError, match=r"batches of 64 images needs at least (3[2-9]|[4-9]\d)\.\d GB"):
            TrainingLoop(recipe, dataset, 0, load_engine(engine))
        assert tracemalloc.get_traced_memory()[1] < 50 * 10**6
    finally:
        tracemalloc.stop()


def test_principal_components_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seedbed.data.preparation.input_steps.available_bytes", lambda: 10**5)
    with pytest.raises(RecipeError, match=r"pca: not enough memory: components of 4,096 values need 0\.4 GB"):
        fit_input("pad(28) pca(3)", sb.load_data("digits"))
