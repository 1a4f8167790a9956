"""A study whose titles, classes, claims and sources would be carried out, were they more than text: in every output."""

from pathlib import Path

import pytest
from hostile_outputs import output_problems

pytestmark = pytest.mark.long


def test_names_stay_text_in_every_output(tmp_path: Path) -> None:
    assert [problem for problem in output_problems(tmp_path) if problem] == []
