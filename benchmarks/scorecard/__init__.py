"""What holds when things go wrong, counted: kills, faults, damaged and hostile files, load."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

# The scorecard and the tests try the same commands and read the same corpus.
sys.path.insert(0, str(ROOT / "tests/support"))
