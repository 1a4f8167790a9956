"""How far exported networks answer from ours on all 10,000 test images of MNIST: python benchmarks/exported.py

Each program's largest difference from ours over all images, and how many get another answer; over every fiftieth image
its difference from the exact probabilities (float64) as a share of the bound that follows from rounding.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from exported_answers import answers, expected

import seedbed as sb
from seedbed.export import FORMS

NETWORKS = ("lenet5+", "lenet5++", "lenet5-1998")
STEP, AT_ONCE = 50, 100


def main() -> None:
    images = sb.load_data("mnist").test_images
    for network in sys.argv[1:] or NETWORKS:
        model = sb.train(network, "mnist", epochs=1, progress=False).model
        found = {"seedbed": model.probabilities(images)}
        with tempfile.TemporaryDirectory() as folder:
            for form in FORMS:
                found[form] = answers(form, model.export(Path(folder) / f"{form}_net", form)[0], images)
        ours = found["seedbed"]
        for name, values in found.items():
            others = int((values.argmax(axis=1) != ours.argmax(axis=1)).sum())
            print(
                f"{network:12s} {name:8s} {np.abs(values - ours).max():.1e} from ours, {others} other answers",
                flush=True,
            )
        some = images[::STEP]
        parts = [expected(model, some[first : first + AT_ONCE]) for first in range(0, len(some), AT_ONCE)]
        value, error = (np.concatenate([getattr(part, name) for part in parts]) for name in ("value", "error"))
        print(f"{network:12s} bound    median {np.median(error):.1e}, largest {error.max():.1e}", flush=True)
        for name, values in found.items():
            print(
                f"{network:12s} {name:8s} {(np.abs(values[::STEP] - value) / error).max():.4f} of the bound", flush=True
            )


if __name__ == "__main__":
    main()
