"""What the whole test set loses when units are switched off."""

import numpy as np

from seedbed.engine import ENGINES, load_engine
from seedbed.lab.experiment import Experiment
from seedbed.lab.snapshot import Viewed
from seedbed.lab.wire import Frame


def lesion_frame(experiment: Experiment, viewed: Viewed) -> Frame:
    """Test error with and without the units, in percent, of all images and of each class.

    The run is looked at as it is, or as it was; the one that trains is not changed.
    """
    loop, dataset = viewed.run.loop, experiment.dataset
    labels, classes = dataset.test_labels, len(dataset.classes)
    session = load_engine(ENGINES[0]).start(loop.plan, experiment.view(viewed.run, viewed.at))
    found = {}
    for name, off in (("before", frozenset()), ("after", viewed.off)):
        session.load_state(experiment.view(viewed.run, viewed.at, off=off))
        answers = np.concatenate([session.outputs(part) for part in loop.prepared(dataset.test_images)]).argmax(axis=1)
        wrong = answers != labels
        by_class = [
            float(100 * wrong[labels == label].mean()) if (labels == label).any() else None for label in range(classes)
        ]
        found[name] = {"error": float(100 * wrong.mean()), "by_class": by_class}
    values = {"side": viewed.run.side, "off": [list(unit) for unit in sorted(viewed.off)], **found}
    return Frame("lesion", values, is_kept=True)
