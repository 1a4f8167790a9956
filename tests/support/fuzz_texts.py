"""Readers of texts: networks, settings, studies, messages."""

import json
from base64 import b64encode
from importlib.resources import files

from fuzz_target import Target, spoiled_json, spoiled_text
from tiny_study import TINY

from seedbed.engine.losses import load_loss
from seedbed.engine.optimizers import load_optimizer
from seedbed.lab import wire
from seedbed.lab.configuration import Configuration
from seedbed.network import load_network
from seedbed.network.zoo import ZOO
from seedbed.runner import messages
from seedbed.runner.failures import ErrorRaised
from seedbed.study.definition import parse_definition
from seedbed.training import EpochEnded, EpochRecord, Kind, Outcome, Progress, Recipe

_NETWORKS = (
    "conv2d(8, 3, padding=1) batchnorm relu dropout(0.2) maxpool2d(2) flatten linear(10)",
    "input(1, 8, 8) pad(2) conv2d(4, 5, stride=2, bias=false) leaky_relu(0.1) avgpool2d(2) flatten linear(10) softmax",
    "subsample(2) scaled_tanh local_response_norm(3) gelu silu flatten linear(84) rbf sigmoid(gradient=tanh)",
)
_SETTINGS = (
    *("sgd(0.1)", "sgd(lr=0.02, momentum=0.9, nesterov=true)", "adam(0.001, beta1=0.9, eps=1e-8)", "adamw(0.01)"),
    *("rmsprop(0.01, momentum=0.5)", "adagrad(0.1)", "adadelta(1.0)", "cross_entropy(label_smoothing=0.1)", "hinge"),
    *(
        "mse(target=0.8)",
        "squared_hinge(0.5)",
        "cosine",
        "step(10, 0.1)",
        "warmup(3) linear",
        "normal(0.1) constant(0)",
    ),
    *("random_crop(4) flip", "affine(10, 0.1, 0.1) elastic(8, 2)", "standardize pca(10)", "pad(2) crop(28) scale"),
    "digits subset(0.1) label_noise(0.2)",
)
_RUN = "0f3a9c61d2b4-3-native"
_ANSWERS = (
    messages.Task(_RUN, Recipe.make("softmax", "digits").to_dict(), 3, "native", "abc", 10.0, True, 2),
    messages.Started(_RUN, 3),
    messages.Noted(_RUN, "something"),
    messages.Advanced(_RUN, Progress(1, 3, 5, 30, 0.5, None, 1e6, 2.0)),
    messages.EpochDone(
        _RUN, EpochEnded(EpochRecord(1, 0.5, 10.0, 0.4, 9.0, 0.1, 0.1), Progress(1, 3, 5, 30, 0.5, None, 1e6, 2.0))
    ),
    messages.Failed(_RUN, ErrorRaised("why"), False),
    messages.Finished(_RUN, Outcome(Kind.FINISHED), "0" * 64, 3.5, "native", 1.0, 1e5, "built in"),
)


def _configured(content: bytes) -> object:
    """As the process of an experiment takes a line of the page."""
    control = wire.read(content.decode("utf-8", "replace"))
    if isinstance(control, wire.Configure):
        return Configuration.from_values({"data": "digits"} | dict(control.values)).recipes()
    return control


def _set(content: bytes) -> object:
    """As each of the settings that are texts."""
    text = content.decode("utf-8", "replace")
    errors = []
    for read in (
        lambda: load_optimizer(text),
        lambda: load_loss(text),
        lambda: Recipe.make("softmax", "digits", schedule=text),
        lambda: Recipe.make("softmax", "digits", init=text),
        lambda: Recipe.make("softmax", "digits", augment=text),
        lambda: Recipe.make("softmax", "digits", input=text),
        lambda: Recipe.make("softmax", text),
    ):
        problem = Target("", lambda chance: b"", lambda content, read=read: read()).problem(b"")
        errors += [problem] if problem else []
    if errors:
        raise AssertionError("; ".join(errors))
    return None


def _controls() -> list[object]:
    values = {
        "data": "digits",
        "network": "softmax",
        "lr": 0.1,
        "batch_size": 32,
        "epochs": 3,
        "seeds": 2,
        "b.lr": "0.2",
    }
    return [
        {"kind": "configure", "values": values | {"optimizer": "adam(0.1)", "augment": "flip", "b": ""}},
        *({"kind": kind} for kind in ("play", "pause", "step", "epoch", "reset", "find_rate", "rate_map", "forms")),
        {"kind": "draw", "pixels": b64encode(bytes(64)).decode(), "size": 8, "center": True, "id": 3},
        {"kind": "points", "points": [[0.5, -1.5, 1], [3, 2, 0]]},
        {"kind": "lesion", "layer": "conv1", "unit": 3, "off": True},
        {"kind": "gallery", "truth": 3, "answer": 5, "group": "always"},
        {"kind": "teach", "label": 3},
        {"kind": "report", "language": "ko"},
        {"kind": "speed", "steps_per_s": 3.5},
        {"kind": "lr", "side": "a", "value": 0.1},
        {"kind": "seeds", "count": 5},
        {"kind": "watch", "topics": ["status", "maps"], "side": "b", "seed": 2, "at": 3},
        {"kind": "pin", "image": 7},
    ]


def text_targets() -> list[Target]:
    """All of them."""
    shipped = [
        one.read_text("utf-8") for one in (files("seedbed.study") / "studies").iterdir() if one.name.endswith(".toml")
    ]
    studies = [TINY, *(text for text in shipped if len(text) < 12_000)]
    said = [json.loads(messages.encode(answer)) for answer in _ANSWERS]
    return [
        Target(
            "study file",
            spoiled_text(*studies),
            lambda text: parse_definition(text.decode("utf-8", "replace"), "x.toml"),
        ),
        Target(
            "network text",
            spoiled_text(*_NETWORKS, words=tuple(ZOO)),
            lambda text: load_network(text.decode("utf-8", "replace"), (1, 8, 8)),
        ),
        Target("settings as text", spoiled_text(*_SETTINGS), _set),
        Target(
            "message of a worker", spoiled_json(*said), lambda line: messages.decode(line.decode("utf-8", "replace"))
        ),
        Target("message of the page", spoiled_json(*_controls()), _configured),
    ]
