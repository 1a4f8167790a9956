"""Every reader of what others wrote: spoiled inputs, and those that once did harm, end in an error of Seedbed or well.

An input of the corpus is a file ``corpus/READER/anything``; ``make scorecard`` keeps what it finds in build/scorecard.
"""

import random
import resource
import sys
import time
from pathlib import Path

import pytest
from fuzz_targets import NAMES, target

CORPUS = Path(__file__).parent / "corpus"
INPUTS = 60
MOST_S, MOST_BYTES = 5.0, 512 << 20

pytestmark = pytest.mark.filterwarnings("ignore")


def peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak << 10


@pytest.mark.parametrize("name", NAMES)
def test_spoiled_inputs_are_told(name: str, tmp_path: Path) -> None:
    reader = target(name, tmp_path)
    for number in range(INPUTS):
        content = reader.spoil(random.Random(f"{name} test {number}"))
        assert reader.problem(content) == "", number


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*/*")), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_once_did_harm_is_told(path: Path, tmp_path: Path) -> None:
    reader = target(path.parent.name.replace("_", " "), tmp_path)
    before_bytes, begun_s = peak_bytes(), time.process_time()
    assert reader.problem(path.read_bytes()) == ""
    assert time.process_time() - begun_s < MOST_S
    assert peak_bytes() - before_bytes < MOST_BYTES
