"""What a page must know of an experiment before it shows anything: its data, its networks, its settings."""

from typing import Any

import numpy as np

from seedbed.data import CATALOGUE
from seedbed.engine import multiply_adds
from seedbed.engine.losses import LOSSES
from seedbed.engine.optimizers import OPTIMIZERS
from seedbed.lab.experiment import Experiment
from seedbed.lab.plane import feature_names, is_plane
from seedbed.lab.wire import VERSION, Frame
from seedbed.network import LAYERS, ZOO, Network
from seedbed.network.initializers import INITIALIZERS
from seedbed.training.schedules import SCHEDULES

_MOST_POINTS = 600


def description(experiment: Experiment) -> Frame:
    """The frame that begins an experiment."""
    dataset, configuration = experiment.dataset, experiment.configuration
    return Frame(
        "experiment",
        {
            "version": VERSION,
            "fragment": configuration.to_fragment(),
            "settings": dict(configuration.settings),
            "other": None if configuration.other is None else dict(configuration.other),
            "seeds": list(configuration.run_seeds),
            "differences": experiment.differences(),
            "sides": {
                side: {
                    "recipe": experiment.recipe(side).to_dict(),
                    "lr": experiment.of_side(side)[0].loop.plan.optimizer.lr,
                    "layers": _layers(experiment.of_side(side)[0].loop.plan.network),
                    "parameters": experiment.of_side(side)[0].loop.plan.network.parameter_count,
                    "multiply_adds": multiply_adds(experiment.of_side(side)[0].loop.plan.network),
                    "steps_per_epoch": experiment.of_side(side)[0].steps_per_epoch,
                }
                for side in experiment.sides
            },
            "data": {
                "name": dataset.name,
                "classes": list(dataset.classes),
                "shape": list(dataset.image_shape),
                "train": len(dataset.train_labels),
                "test": len(dataset.test_labels),
                "is_plane": is_plane(dataset.image_shape),
                **_points(experiment),
            },
            "known": {
                "data": sorted(CATALOGUE),
                "networks": dict(ZOO),
                "layers": list(LAYERS),
                "optimizers": list(OPTIMIZERS),
                "losses": list(LOSSES),
                "schedules": list(SCHEDULES),
                "initializers": list(INITIALIZERS),
            },
        },
        is_kept=True,
    )


def _layers(network: Network) -> list[dict[str, Any]]:
    return [
        {
            "name": node.name,
            "text": str(node.layer),
            "kind": node.layer.notation,
            "shape": list(node.output_shape),
            "parameters": sum(int(np.prod(shape)) for shape in node.parameter_shapes.values()),
        }
        for node in network.nodes
    ]


def _points(experiment: Experiment) -> dict[str, Any]:
    """The points of a toy set in the plane: x, y, class; training points first."""
    dataset = experiment.dataset
    if not is_plane(dataset.image_shape):
        return {}
    features = feature_names(dataset.name)
    if not {"x1", "x2"} <= set(features):
        return {"features": list(features)}
    columns = [features.index("x1"), features.index("x2")]
    parts = {}
    for part, images, labels in (
        ("train", dataset.train_images, dataset.train_labels),
        ("test", dataset.test_images, dataset.test_labels),
    ):
        places = images[:_MOST_POINTS, columns, 0, 0]
        parts[part] = [[float(x), float(y), int(c)] for (x, y), c in zip(places, labels[:_MOST_POINTS], strict=True)]
    return {"features": list(features), "points": parts}
