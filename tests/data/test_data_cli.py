"""``seedbed data``: what the commands print and their exit status."""

import gzip

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from seedbed.cli.data import app
from seedbed.data import CATALOGUE, catalogue
from seedbed.data.sets.idx_set import FILE_NAMES
from seedbed.errors import DataError


@pytest.fixture
def run(monkeypatch, tiny, fake_source):
    """Runs a command with a catalogue of the digits and the tiny set."""
    failing = fake_source("bad mirror", {}, DataError("HTTP 404 Not Found"))
    entries = catalogue.Catalogue(CATALOGUE["digits"], tiny.entry(failing, fake_source("the web", tiny.plain)))
    monkeypatch.setattr(catalogue, "CATALOGUE", entries)
    monkeypatch.setattr("seedbed.cli.data.CATALOGUE", entries)

    def run(*arguments):
        return CliRunner().invoke(app, arguments, catch_exceptions=True)

    return run


def test_list_fetch_and_verify(run, cache):
    listed = run("list")
    assert listed.exit_code == 0
    assert "1,437 + 360" in listed.stdout
    assert "built in" in listed.stdout
    assert "not here yet" in listed.stdout

    assert "not here yet; 'seedbed data fetch tiny' gets it" in run("verify", "tiny").stdout

    fetched = run("fetch", "tiny")
    assert fetched.exit_code == 0
    assert f"tiny lies in {cache / 'tiny'}; it came from the web." in fetched.stdout
    assert "bad mirror failed: HTTP 404 Not Found; trying the web" in fetched.stderr

    assert "not here yet" not in run("list").stdout
    verified = run("verify")
    assert verified.exit_code == 0
    assert verified.stdout.count("ok ") == 5


def test_damage_gives_status_1_and_fetch_mends_it(run, cache, tiny):
    run("fetch", "tiny")
    path = cache / "tiny" / FILE_NAMES[1]
    path.write_bytes(tiny.plain[FILE_NAMES[1]][:-1])
    verified = run("verify")
    assert verified.exit_code == 1
    assert f"DAMAGED tiny: {path}: expected 14 bytes, got 13 bytes: the file is truncated." in verified.stdout
    assert "'seedbed data fetch tiny' replaces" in verified.stdout
    assert run("fetch", "tiny").exit_code == 0
    assert run("verify", "tiny").exit_code == 0


def test_damage_in_the_users_folder(run, tiny, monkeypatch, tmp_path):
    own = tiny.write(tmp_path / "own", gzip.compress)
    (own / f"{FILE_NAMES[0]}.gz").write_bytes(b"<html>")
    monkeypatch.setenv("SEEDBED_DATA", str(own))
    verified = run("verify", "tiny")
    assert verified.exit_code == 1
    assert "an HTML page" in verified.stdout


def test_the_digits_need_no_fetching(run):
    fetched = run("fetch", "digits")
    assert fetched.exit_code == 0
    assert "digits is built in; it came from scikit-learn" in fetched.stdout


@pytest.mark.parametrize("command", ["fetch", "verify"])
def test_an_unknown_name_is_left_to_the_main_program(run, command):
    result = run(command, "tinny")
    assert isinstance(result.exception, DataError)
    assert "Did you mean 'tiny'?" in str(result.exception)


def test_import_makes_a_data_set_that_is_listed_and_verified(run, cache, tmp_path):
    path = tmp_path / "own.npz"
    np.savez(path, x=np.arange(160, dtype=np.uint8).reshape(10, 4, 4), y=np.arange(10) % 2)
    imported = run("import", str(path), "--name", "mine", "--test", "4", "--seed", "7")
    assert imported.exit_code == 0
    assert "mine: 6 training, 4 test images of 1×4×4, 2 classes: 0, 1." in imported.stdout
    assert "seedbed train NETWORK --data mine" in imported.stdout
    assert "mine" in run("list").stdout
    file = cache / "mine" / "imported.safetensors"
    assert f"ok      mine: {file}" in run("verify").stdout
    file.write_bytes(b"junk")
    listed, verified = run("list"), run("verify")
    assert (listed.exit_code, verified.exit_code) == (1, 1)
    assert f"DAMAGED mine: {file}" in listed.stdout
    assert any(line.startswith("mine ") and "damaged, see below" in line for line in listed.stdout.splitlines())
    assert "digits" in listed.stdout
    assert "Import it again with --replace" in verified.stdout


def test_what_an_import_skips_is_said(run, tmp_path):
    for name in ("a", "b"):
        for number in range(3):
            (tmp_path / "pets" / name).mkdir(parents=True, exist_ok=True)
            Image.new("L", (5, 4), number).save(tmp_path / "pets" / name / f"{number}.png")
    (tmp_path / "pets" / "a" / "bad.png").write_bytes(b"bad")
    imported = run("import", str(tmp_path / "pets"), "--size", "2", "--gray")
    assert imported.exit_code == 0
    assert "skipped a/bad.png: no picture" in imported.stderr
    assert "1 skipped" in imported.stdout
    assert "" not in imported.stderr.splitlines()
    assert "1×2×2" in imported.stdout


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ("nan", "got nan"),
        ("inf", "got inf"),
        ("1.0", "1.0 would leave no training images"),
        ("-2", "got -2"),
        ("1.5", "got 1.5"),
    ],
)
def test_impossible_test_parts_are_refused(run, tmp_path, test, words):
    np.savez(tmp_path / "own.npz", x=np.arange(160, dtype=np.uint8).reshape(10, 4, 4), y=np.arange(10) % 2)
    result = run("import", str(tmp_path / "own.npz"), "--test", test)
    assert isinstance(result.exception, DataError)
    assert words in str(result.exception)


def test_a_test_part_is_one_image_or_a_number_at_all(run, tmp_path):
    np.savez(tmp_path / "own.npz", x=np.arange(160, dtype=np.uint8).reshape(10, 4, 4), y=np.arange(10) % 2)
    assert "9 training, 1 test" in run("import", str(tmp_path / "own.npz"), "--test", "1").stdout
    wrong = run("import", str(tmp_path / "own.npz"), "--test", "half")
    assert wrong.exit_code == 2
    assert "got 'half'" in " ".join(wrong.stderr.split())


def test_long_paths_are_listed_whole(run, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("SEEDBED_CACHE", str(tmp_path / ("long-name-" * 8)))
    np.savez(tmp_path / "own.npz", x=np.arange(160, dtype=np.uint8).reshape(10, 4, 4), y=np.arange(10) % 2)
    run("import", str(tmp_path / "own.npz"))
    assert str(tmp_path / ("long-name-" * 8) / "own") in run("list").stdout
