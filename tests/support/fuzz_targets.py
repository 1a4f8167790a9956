"""All readers of what others wrote."""

from pathlib import Path

from fuzz_files import data_targets, run_targets
from fuzz_target import Target
from fuzz_texts import text_targets

DATA = (
    "IDX file",
    "CIFAR archive",
    "CSV file",
    "NumPy .npz file",
    "zip archive",
    "tar archive",
    "tar.gz archive",
    "picture",
)
OWN = ("imported data set", "model file", "run file", "checkpoint", "recording", "ledger")
TEXTS = (
    "study file",
    "network text",
    "settings as text",
    "message of a worker",
    "message of the page",
)
NAMES = (*DATA, *OWN, *TEXTS)


def target(name: str, folder: Path) -> Target:
    """The one of a name; its files come and go in a folder."""
    made = text_targets() if name in TEXTS else run_targets(folder) if name in OWN[1:] else data_targets(folder)
    return next(one for one in made if one.name == name)
