"""docs/estimator.md: its example runs, and what it says of the defaults is so."""

import re
import runpy
from pathlib import Path

import numpy as np
import pytest

import seedbed as sb

PAGE = (Path(__file__).parents[2] / "docs" / "estimator.md").read_text(encoding="utf-8")


def test_the_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "example.py").write_text(block, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    made = runpy.run_path("example.py")
    assert float(capsys.readouterr().out) > 0.85
    assert made["search"].best_score_ > 0.8
    images = made["images"][:50]
    loaded = sb.Model.load("model.safetensors")
    assert (loaded.logits(images) == made["classifier"].members_[0].model.logits(images)).all()


def test_the_networks_that_it_names_are_the_defaults() -> None:
    said = " ".join(PAGE.split())
    labels = np.arange(20) % 2
    for shape in ((20, 3), (20, 8, 8)):
        network = sb.Classifier(epochs=1).fit(np.ones(shape), labels).recipe_.network
        assert f"`{network.removesuffix('linear(2)')}linear(classes)`" in said
