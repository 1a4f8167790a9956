"""The curves of a run, inline and as files."""

from pathlib import Path

import pytest

import seedbed as sb
from seedbed.errors import StoreError
from seedbed.training import History


@pytest.fixture(scope="module")
def run() -> sb.Run:
    return sb.train("softmax", "digits", epochs=3, validation=100, progress=False)


def test_a_notebook_shows_errors_and_loss(run: sb.Run) -> None:
    for plot in (run.plot(), run.history.plot()):
        page = plot._repr_html_()
        for label in ("test error", "training error", "validation error", "training loss", "Epoch", "Step"):
            assert label in page, label
        assert page.startswith("<div") and "<svg" in page


def test_it_is_written_in_three_formats(run: sb.Run, tmp_path: Path) -> None:
    begins = {".svg": b"<?xml", ".png": b"\x89PNG", ".pdf": b"%PDF"}
    for suffix, begin in begins.items():
        assert run.plot().write(tmp_path / f"run{suffix}").read_bytes().startswith(begin)
    with pytest.raises(StoreError, match=r"\.svg, \.png, \.pdf"):
        run.plot().write(tmp_path / "run.bmp")


def test_one_epoch_has_a_loss_and_no_step_has_nothing() -> None:
    page = sb.train("softmax", "digits", epochs=1, progress=False).plot()._repr_html_()
    assert "training loss" in page and "test error" not in page
    with pytest.raises(StoreError, match="no step yet"):
        History().plot()
