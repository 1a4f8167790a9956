"""Parts of a user's own: known by name, checked, executed, and never imported because a text says so."""

import os
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import seedbed as sb
from seedbed.cli.app import app
from seedbed.data.preparation.augmentation import AUGMENTATIONS
from seedbed.engine.losses import LOSSES
from seedbed.engine.optimizers import OPTIMIZERS
from seedbed.errors import EngineError, NetworkError, NotationError, RecipeError, SeedbedError
from seedbed.network import LAYERS, Network
from seedbed.network.own import COMPOSITIONS
from seedbed.own_modules import VARIABLE

KNOWN: list[dict[str, Any]] = [LAYERS, LOSSES, OPTIMIZERS, AUGMENTATIONS, COMPOSITIONS]
ENGINES = pytest.mark.parametrize("engine", ["reference", "torch"])


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    kept = [dict(known) for known in KNOWN]
    modules, path, variable = set(sys.modules), list(sys.path), os.environ.get(VARIABLE)
    yield
    for known, before in zip(KNOWN, kept, strict=True):
        known.clear()
        known.update(before)
    for name in set(sys.modules) - modules:
        if name.startswith("own_parts"):
            del sys.modules[name]
    sys.path[:] = path
    os.environ.pop(VARIABLE, None)
    if variable is not None:
        os.environ[VARIABLE] = variable


def needs(engine: str) -> None:
    if engine == "torch":
        pytest.importorskip("torch")


def make_relu() -> Any:
    @sb.own_layer()
    class MyReLU(sb.OwnLayer):
        def forward(self, x: Any, parameters: Any) -> Any:
            return np.maximum(x, 0), x > 0

        def backward(self, gradient: Any, kept: Any, parameters: Any) -> Any:
            return gradient * kept, {}

    return MyReLU


def make_scaling() -> Any:
    @sb.own_layer(shape=(4,))
    class Scaling(sb.OwnLayer):
        """One trained factor for each feature."""

        first: float = 1.0

        def parameter_shapes(self, shape: Any) -> Any:
            return {"weight": shape}

        def first_values(self, shape: Any) -> Any:
            return {"weight": np.full(shape, self.first)}

        def forward(self, x: Any, parameters: Any) -> Any:
            return x * parameters["weight"], x

        def backward(self, gradient: Any, kept: Any, parameters: Any) -> Any:
            return gradient * parameters["weight"], {"weight": (gradient * kept).sum(axis=0)}

    return Scaling


@ENGINES
def test_a_layer_trains_as_ours_does(engine: str) -> None:
    needs(engine)
    mine = make_relu()
    layers = [sb.Conv2d(3, 3), mine(), sb.Flatten(), sb.Linear(10)]
    plain = [sb.Conv2d(3, 3), sb.ReLU(), sb.Flatten(), sb.Linear(10)]
    runs = [sb.train(one, "digits", epochs=1, engine=engine, threads=1, progress=False) for one in (layers, plain)]
    np.testing.assert_allclose(*(run.history.step_losses for run in runs), rtol=1e-5)
    assert runs[0].recipe.fingerprint != runs[1].recipe.fingerprint


def test_both_engines_train_own_parameters_alike() -> None:
    needs("torch")
    made = make_scaling()
    layers = [sb.Flatten(), sb.Linear(6), made(0.5), sb.Tanh(), sb.Linear(10)]
    runs = [sb.train(layers, "digits", epochs=1, engine=one, progress=False) for one in ("reference", "torch")]
    np.testing.assert_allclose(*(run.history.step_losses for run in runs), rtol=1e-4)
    weight = runs[0].state.state["scaling1.weight"]
    assert weight.shape == (6,) and not np.allclose(weight, 0.5)
    np.testing.assert_allclose(runs[0].model.logits(images()), runs[0].model.to_torch()(tensor()).detach(), atol=1e-4)


def images() -> Any:
    return sb.load_data("digits").test_images[:20]


def tensor() -> Any:
    import torch

    return torch.from_numpy(images().copy())


def test_a_module_of_pytorch_is_a_layer() -> None:
    torch = pytest.importorskip("torch")

    @sb.own_layer()
    class Softsign(sb.OwnLayer):
        def module(self, shape: Any) -> Any:
            return torch.nn.Softsign()

    run = sb.train([sb.Flatten(), sb.Linear(8), Softsign(), sb.Linear(10)], "digits", epochs=1, progress=False)
    assert run.engine.startswith("torch")
    with pytest.raises(EngineError, match=r"lacks the layer '.*:Softsign'. Use engine 'torch' or 'reference'"):
        sb.train(run.recipe.network, "digits", epochs=1, engine="native", progress=False)
    with pytest.raises(EngineError, match="does not know layer"):
        sb.train(run.recipe.network, "digits", epochs=1, engine="reference", progress=False)
    with pytest.raises(
        EngineError, match=r"export to numpy: there is no way to write layer '.*Softsign.*' \('softsign1'\)"
    ):
        run.model.export("nowhere", "numpy")


@pytest.mark.parametrize("place", ["the input", "weight"])
def test_a_wrong_derivative_is_found_where_it_is(place: str) -> None:
    with pytest.raises(NetworkError, match=rf"backward: derivative by {place} at \(.*\): expected .*, got"):

        @sb.own_layer(shape=(4,))
        class Wrong(sb.OwnLayer):
            def parameter_shapes(self, shape: Any) -> Any:
                return {"weight": shape}

            def forward(self, x: Any, parameters: Any) -> Any:
                return x * parameters["weight"], x

            def backward(self, gradient: Any, kept: Any, parameters: Any) -> Any:
                by_weight = (gradient * kept).sum(axis=0)
                if place == "weight":
                    by_weight[2] *= -1
                    return gradient * parameters["weight"], {"weight": by_weight}
                return gradient, {"weight": by_weight}

    assert not any("Wrong" in name for name in LAYERS)


def test_other_mistakes_are_named() -> None:
    with pytest.raises(NetworkError, match="expected forward and backward, or module"):

        @sb.own_layer()
        class Nothing(sb.OwnLayer):
            pass

    with pytest.raises(NetworkError, match=r"expected outputs of shape \(3, 2, 5, 4\), got \(3, 40\)"):

        @sb.own_layer()
        class Flat(sb.OwnLayer):
            def forward(self, x: Any, parameters: Any) -> Any:
                return x.reshape(3, -1), None

            def backward(self, gradient: Any, kept: Any, parameters: Any) -> Any:
                return gradient, {}

    with pytest.raises(NetworkError, match="expected a subclass of OwnLayer"):
        sb.own_layer()(sb.ReLU)


@ENGINES
def test_a_loss_trains_as_ours_does(engine: str) -> None:
    needs(engine)

    @sb.own_loss()
    class HalfSquare(sb.OwnLoss):
        def values(self, outputs: Any, labels: Any) -> Any:
            return ((outputs - np.eye(outputs.shape[1])[labels]) ** 2).sum(axis=1) / 2

        def slopes(self, outputs: Any, labels: Any) -> Any:
            return outputs - np.eye(outputs.shape[1])[labels]

    runs = [
        sb.train("softmax", "digits", epochs=1, engine=engine, loss=one, progress=False)
        for one in (HalfSquare(), "mse")
    ]
    np.testing.assert_allclose(*(run.history.step_losses for run in runs), rtol=1e-4)
    with pytest.raises(NetworkError, match="slopes: derivative by the outputs"):

        @sb.own_loss()
        class Wrong(sb.OwnLoss):
            def values(self, outputs: Any, labels: Any) -> Any:
                return (outputs**2).sum(axis=1)

            def slopes(self, outputs: Any, labels: Any) -> Any:
                return outputs


@ENGINES
def test_an_optimizer_moves_as_ours_does(engine: str) -> None:
    needs(engine)

    @sb.own_optimizer()
    class Heavy(sb.OwnOptimizer):
        momentum: float = 0.9

        @property
        def slots(self) -> tuple[str, ...]:
            return ("velocity",)

        def update(self, parameter: Any, gradient: Any, memory: Any, lr: float, count: int) -> Any:
            memory["velocity"] = self.momentum * memory["velocity"] + gradient
            return parameter - lr * memory["velocity"]

    both = Heavy(0.05), "sgd(0.05, momentum=0.9)"
    runs = [
        sb.train("softmax", "digits", epochs=2, engine=engine, optimizer=one, weight_decay="l2(0.01)", progress=False)
        for one in both
    ]
    np.testing.assert_allclose(*(run.history.step_losses for run in runs), rtol=1e-3)
    with pytest.raises(RecipeError, match="expected finite arrays of the parameter's shape"):

        @sb.own_optimizer()
        class Wrong(sb.OwnOptimizer):
            def update(self, parameter: Any, gradient: Any, memory: Any, lr: float, count: int) -> Any:
                return parameter.sum()


def test_an_augmentation_depends_on_image_epoch_and_seed_alone() -> None:
    @sb.own_augmentation()
    class Erase(sb.OwnAugmentation):
        size: int = 2

        def change(self, image: Any, random: Any) -> Any:
            top, left = random.integers(0, image.shape[1] - self.size, 2)
            image[:, top : top + self.size, left : left + self.size] = 0
            return image

    from seedbed.data.preparation import Preparation

    digits = sb.load_data("digits")
    made = Preparation("standardize", Erase(3), digits, seed=4)
    whole = made.train(np.arange(30), epoch=2)
    np.testing.assert_array_equal(made.train(np.array([7, 21]), epoch=2), whole[[7, 21]])
    assert not np.array_equal(made.train(np.arange(30), epoch=3), whole)
    assert ((whole == 0).reshape(30, -1).sum(axis=1) >= 9).all()
    run = sb.train("softmax", "digits", epochs=1, augment=[Erase(2)], progress=False)
    assert run.engine.startswith("native") and "Erase(code=x" in run.recipe.augment
    with pytest.raises(RecipeError, match=r"change: expected an image of \(1, 8, 8\), got \(1, 7, 8\)"):

        @sb.own_augmentation()
        class Cut(sb.OwnAugmentation):
            def change(self, image: Any, random: Any) -> Any:
                return image[:, 1:]


PARTS = """
import numpy as np
import seedbed as sb

@sb.composition
def block(channels, size=3):
    return f"conv2d({channels}, {size}) batchnorm relu"

@sb.own_layer()
class Square(sb.OwnLayer):
    power: int = 2

    def forward(self, x, parameters):
        return x**self.power, x

    def backward(self, gradient, kept, parameters):
        return gradient * self.power * kept ** (self.power - 1), {}
"""


def write_parts(folder: Path, more: str = "") -> Path:
    path = folder / "own_parts_here.py"
    path.write_text(textwrap.dedent(PARTS) + more, encoding="utf-8")
    return path


def test_a_composition_runs_natively(tmp_path: Path) -> None:
    sb.use_parts(write_parts(tmp_path))
    run = sb.train("own_parts_here:block(4) own_parts_here:block(3, size=2) flatten linear(10)", "digits", epochs=1)
    plain = "conv2d(4, 3) batchnorm relu conv2d(3, 2) batchnorm relu flatten linear(10)"
    assert run.recipe.network == plain and run.engine.startswith("native")
    assert run.recipe.fingerprint == sb.Recipe.make(plain, "digits", epochs=1).fingerprint
    with pytest.raises(NetworkError, match=r"composition 'own_parts_here:block': block\(\) missing"):
        Network.parse("own_parts_here:block flatten linear(10)", (1, 8, 8))


def test_a_text_makes_nothing_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_parts(tmp_path, "raise SystemExit('it ran')\n")
    monkeypatch.syspath_prepend(tmp_path)
    for text in ("own_parts_here:Square flatten linear(10)", "own_parts_here:block(3) flatten linear(10)"):
        with pytest.raises(
            NotationError, match=r"'own_parts_here', which is not in use. Say sb.use_parts\('own_parts_here"
        ):
            sb.train(text, "digits", epochs=1)
    for name, text in (("loss", "own_parts_here:L"), ("optimizer", "os:O(0.1)"), ("augment", "own_parts_here:A")):
        with pytest.raises(NotationError, match="which is not in use"):
            sb.train("softmax", "digits", epochs=1, **{name: text})
    assert "own_parts_here" not in sys.modules and path.exists()
    with pytest.raises(NotationError, match="no such file"):
        sb.use_parts(tmp_path / "nothing.py")
    with pytest.raises(NotationError, match="there is no module 'own_parts_nowhere'"):
        sb.use_parts("own_parts_nowhere")


def test_other_code_is_another_part(tmp_path: Path) -> None:
    sb.use_parts(write_parts(tmp_path))
    text = str(Network.parse("own_parts_here:Square(3) flatten linear(10)", (1, 8, 8)))
    assert Network.parse(text) == Network.parse(text)
    code = text.partition("code=")[2].partition(")")[0]
    with pytest.raises(SeedbedError, match=rf"its code has changed: it was x0, it is {code}. Put the old file back"):
        Network.parse(text.replace(code, "x0"))


def test_studies_name_parts_and_workers_know_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_parts(tmp_path)
    study = tmp_path / "mine.toml"
    study.write_text(
        """
name = "mine"
title = "Squares"
question = "Does squaring help?"
source = "nobody"
[defaults]
data = "digits"
[full]
seeds = 2
epochs = 1
[quick]
seeds = 2
epochs = 1
[[variants]]
name = "square"
title = "Square"
network = "flatten linear(8) own_parts_here:Square linear(10)"
[[variants]]
name = "relu"
title = "ReLU"
network = "flatten linear(8) relu linear(10)"
[[claims]]
text = "Squares err less."
better = "square"
worse = "relu"
""",
        encoding="utf-8",
    )
    words = ["study", "run", str(study), "--engine", "reference", "--jobs", "1"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2 and "which is not in use" in done.stderr
    done = CliRunner().invoke(app, ["--parts", "own_parts_here.py", *words])
    assert done.exit_code == 0, done.output
    (page,) = (tmp_path / "seedbed-workspace" / "reports").glob("*.html")
    told = page.read_text(encoding="utf-8")
    assert "own_parts_here:Square" in told and "parts of the user" in told
