"""``import seedbed as sb``: what it offers, and ``sb.train``."""

import ast
import io
import math
import re
import sys
import types
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import seedbed as sb
from seedbed.api import check_threads
from seedbed.machine import usable_cores
from seedbed.progress_line import ProgressLine, duration_text, progress_text
from seedbed.training import Kind, Outcome, Progress

SMALL = "conv2d(4, 3) relu maxpool2d(2) flatten linear(10)"


def small_run(**settings):
    return sb.train(**{"network": SMALL, "data": "digits", "epochs": 1, "engine": "reference"} | settings)


@pytest.fixture(scope="module")
def run():
    return small_run(epochs=2, seed=3)


EXPORTS = """
Adadelta Adagrad Adam AdamW AvgPool2d BatchNorm Classifier Conv2d CrossEntropy Dataset Dropout Ensemble Flatten GELU
Handling Hinge LeakyReLU Linear LocalResponseNorm MSE MaxPool2d Model Network OwnAugmentation OwnLayer OwnLoss
OwnOptimizer Pad RBF RMSprop ReLU Recipe Run SGD Scale ScaledTanh SeedbedError SiLU Sigmoid Softmax SquaredHinge
Standardize Study Subsample Sweep Tanh TrainingInterrupted __version__ compare_recipes composition import_data
load_data load_run own_augmentation own_layer own_loss own_optimizer train use_parts
"""


def test_exports():
    assert sorted(sb.__all__) == EXPORTS.split()
    assert dir(sb) == sorted(sb.__all__)
    assert re.fullmatch(r"\d+\.\d+\.\d+", sb.__version__)


@pytest.mark.parametrize("name", sb.__all__)
def test_every_export_is_there(name):
    assert getattr(sb, name) is not None


def test_exports_are_the_names_that_type_checkers_see():
    tree = ast.parse(Path(sb.__file__).read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {alias.name for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert seen == set(sb.__all__) - {"__version__"}


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        _ = sb.trian


def test_a_run_learns_and_tells(run):
    assert run.outcome == Outcome(Kind.FINISHED)
    assert run.outcome.text == ""
    assert run.seed == 3
    assert run.recipe.data == "digits"
    assert run.test_error == run.history.test_error[-1] < 60
    assert len(run.history.epochs) == 2
    assert run.images_per_second == pytest.approx(2 * 1437 / run.history.train_s)
    assert run.engine.startswith("reference")


def test_repr_tells_the_result(run):
    assert repr(run).startswith(f"<Run finished: test_error={run.test_error:.2f}%, epochs=2/2, seed=3, data='digits'")


def test_the_model_answers_as_the_history_says(run, tmp_path):
    digits = sb.load_data("digits")
    answers = run.model.predict(digits.test_images)
    assert 100 * np.mean(answers != digits.test_labels) == pytest.approx(run.test_error)
    run.model.save(tmp_path / "small.safetensors")
    loaded = sb.Model.load(tmp_path / "small.safetensors", engine="reference")
    np.testing.assert_array_equal(loaded.logits(digits.test_images), run.model.logits(digits.test_images))


def test_a_model_that_cannot_be_written_names_the_folder(run, tmp_path):
    for path in ("/no/such/folder/x.safetensors", tmp_path):
        with pytest.raises(sb.SeedbedError, match=f"model '{path}': cannot be written to folder '{Path(path).parent}'"):
            run.model.save(path)
    assert list(tmp_path.iterdir()) == []


def test_repr_of_a_model_is_short(run):
    assert repr(run.model) == f"<Model input(1, 8, 8) {SMALL}: 410 parameters, input 'standardize'>"


@pytest.mark.parametrize("name", ["arrays", "mnist"])
def test_a_run_on_data_of_ones_own_is_inspected_with_it(name):
    digits = sb.load_data("digits")
    data = sb.Dataset.from_arrays(digits.train_images, digits.train_labels, name=name)
    run = small_run(data=data, validation=100)
    inspection = run.inspect().inspection
    assert inspection.dataset.test_images is data.test_images
    assert inspection.confusion.sum() == len(data.test_labels)
    assert inspection.batch is not None


def test_objects_and_text_are_the_same(run):
    layers = [sb.Conv2d(4, 3), sb.ReLU(), sb.MaxPool2d(2), sb.Flatten(), sb.Linear(10)]
    same = {"optimizer": sb.SGD(lr=0.02), "loss": sb.CrossEntropy(), "input": sb.Standardize(), "epochs": 2, "seed": 3}
    for network in (layers, sb.Network(layers, (1, 8, 8))):
        again = small_run(network=network, data=sb.load_data("digits"), **same)
        np.testing.assert_array_equal(again.history.step_losses, run.history.step_losses)


@pytest.mark.parametrize("engine", ["reference", "native"])
def test_threads_do_not_change_a_bit(engine):
    losses = [small_run(engine=engine, threads=threads).history.step_losses for threads in (None, 1, 2)]
    np.testing.assert_array_equal(losses[0], losses[1])
    np.testing.assert_array_equal(losses[0], losses[2])


def test_a_diverged_run_is_returned():
    run = small_run(optimizer="sgd(lr=1e30)", loss="mse", epochs=3, engine="native")
    assert run.outcome.kind == "diverged" and run.has_diverged
    assert f"not finite at step {run.outcome.step}" in run.outcome.text
    assert run.outcome.text in repr(run)
    assert math.isnan(run.test_error)


def test_a_constant_answer_is_noted():
    run = small_run(network="flatten linear(10) relu", optimizer="sgd(lr=100)", loss="mse", input="scale")
    assert run.outcome.kind == "one_answer" and not run.has_diverged
    assert run.outcome.text == f"constant answer: class '{run.outcome.answer}'"
    assert run.outcome.text in repr(run)
    # More outputs than classes: one that means nothing may be the answer.
    images = np.random.default_rng(0).integers(0, 256, (8, 1, 4, 4), dtype=np.uint8)
    data = sb.Dataset.from_arrays(images[:7], np.arange(7) % 2, images[[7, 7]], [0, 1], classes=("a", "b"))
    run = sb.train("flatten linear(40)", data, optimizer="sgd(lr=1e-9)", epochs=1, progress=False)
    assert run.outcome == Outcome(Kind.ONE_ANSWER, answer=f"output {run.state.outputs[0].argmax()}")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 0}, "epochs: expected a whole number from 1 to 1,000,000, got 0"),
        ({"batch_size": 0}, "batch_size: expected"),
        ({"seed": -1}, "seed: expected a whole number from 0"),
        ({"seed": 2**64}, "seed: expected"),
        ({"seed": 1.5}, "seed: expected"),
        ({"threads": 0}, "threads: expected a whole number from 1 to "),
        ({"epochs": 2.0}, "epochs: expected a whole number from 1 to 1,000,000, got 2.0"),
        (
            {"network": None},
            "expected a name such as 'lenet5', a text such as 'flatten linear(10)', a Network or a list",
        ),
        ({"network": [sb.Flatten(), 3]}, "number 2 of the list is 3"),
        ({"network": sb.Linear(10)}, "a Network or a list of layers, got Linear(out_features=10"),
        ({"engine": "warp"}, "unknown engine 'warp'. Known: native"),
        ({"data": "digit"}, "Did you mean 'digits'?"),
        ({"data": 7}, "expected a name such as 'mnist' or a Dataset, got int"),
        ({"optimizer": "sgd(lr=nan)"}, "lr: expected a finite number above 0"),
        ({"network": "conv2d(4, 9) flatten linear(10)"}, "window of 9×9 is larger than the input 1×8×8"),
        ({"network": "flatten linear(5)"}, "has 5 outputs"),
        ({"network": sb.Network.parse("flatten linear(10)", (1, 28, 28))}, "expects images of 1×28×28"),
    ],
)
def test_wrong_arguments_are_named(settings, message):
    with pytest.raises(sb.SeedbedError, match=re.escape(message)):
        small_run(**settings)


def test_threads_left_out_are_the_usable_cores_at_most_four():
    assert check_threads(None) == min(usable_cores(), 4)


@pytest.mark.parametrize(("cores", "most"), [(1, 64), (16, 64), (17, 68), (None, 64)])
def test_threads_have_a_bound_by_the_cores(monkeypatch, cores, most):
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    assert check_threads(most) == most
    with pytest.raises(
        sb.SeedbedError, match=f"threads: expected a whole number from 1 to {most}, got {most + 1}. This machine has "
    ):
        check_threads(most + 1)


def test_whole_numbers_may_be_numpy_s(run):
    again = small_run(epochs=np.int64(2), seed=np.uint8(3), batch_size=np.int16(32), threads=np.int32(1))
    assert again.recipe == run.recipe
    assert (type(again.seed), type(again.recipe.epochs)) == (int, int)
    np.testing.assert_array_equal(again.history.step_losses, run.history.step_losses)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("progress", "terminal", "shown"), [(None, True, True), (None, False, False), (False, True, False)]
)
def test_the_live_line_is_for_terminals(monkeypatch, progress, terminal, shown):
    stderr = Terminal() if terminal else io.StringIO()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", stderr)
    small_run(progress=progress)
    assert bool(stderr.getvalue()) == shown


def test_progress_may_be_a_function():
    seen = []
    small_run(progress=seen.append)
    assert seen[-1].step == seen[-1].steps == 45
    assert seen[-1].test_error is not None


def test_right_after_an_epoch_progress_tells_its_loss():
    seen = []
    history = small_run(epochs=3, progress=seen.append).history
    after_epochs = [now.loss for last, now in pairwise(seen) if now.step == last.step]
    assert after_epochs == pytest.approx(history.train_loss, abs=1e-6)


def test_an_interruption_closes_the_line_and_goes_on_upwards(monkeypatch):
    stderr = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", stderr)

    def interrupt(self, progress):
        raise KeyboardInterrupt

    monkeypatch.setattr(ProgressLine, "__call__", interrupt)
    with pytest.raises(KeyboardInterrupt):
        small_run(progress=True)
    assert stderr.getvalue().count("\x1b[?25l") == stderr.getvalue().count("\x1b[?25h"), "the cursor is shown again"


def test_progress_in_words():
    progress = Progress(1, 3, 10, 100, 0.08123, None, 52310.4, 75.2)
    assert progress_text(progress) == "loss 0.0812  52,310 images/s  1:15 left"
    assert duration_text(0.2) == "0:00"
    assert duration_text(3723) == "1:02:03"


def test_a_notebook_shows_progress_without_being_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[dict[str, str]] = []

    class Handle:
        def update(self, data: dict[str, str], raw: bool) -> None:
            shown.append(data)

    def display(data: dict[str, str], raw: bool, display_id: bool) -> Handle:
        return Handle()

    monkeypatch.setitem(sys.modules, "ipykernel", types.ModuleType("ipykernel"))
    ipython, displays = types.ModuleType("IPython"), types.ModuleType("IPython.display")
    ipython.get_ipython = lambda: object()  # type: ignore[attr-defined]
    displays.display = display  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", displays)
    sb.train("softmax", "digits", epochs=2)
    assert shown[-1]["text/plain"].startswith("softmax: adam(lr=0.003), cosine.\nepoch 2/2  loss")
    assert "<progress value=" in shown[-1]["text/html"]
    count = len(shown)
    sb.train("softmax", "digits", epochs=2, progress=False)
    assert len(shown) == count
