"""Model files made to hurt: each is refused in words, at once, and nothing in it is carried out."""

import time
import warnings
from pathlib import Path

import pytest
from hostile_models import hostile_models

import seedbed as sb
from seedbed.errors import StoreError

MOST_S = 5.0


def test_each_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    good = tmp_path / "good.safetensors"
    sb.train("flatten linear(4) tanh linear(10)", "digits", epochs=1).model.save(good)
    path, count = tmp_path / "model.safetensors", 0
    for name, content in hostile_models(good.read_bytes()):
        path.write_bytes(content)
        begun = time.process_time()
        with warnings.catch_warnings(), pytest.raises(StoreError, match=r"model '.*model\.safetensors'"):
            sb.Model.load(path)
            pytest.fail(name)
        assert time.process_time() - begun < MOST_S, name
        count += 1
    assert count >= 60
    assert not (tmp_path / "opened-by-a-pickle").exists()
