"""Study files and numbers that would take all memory: refused in words, before anything is taken."""

import itertools
import os
import tracemalloc
from pathlib import Path

import pytest
from tiny_study import TINY

import seedbed as sb
from seedbed.errors import StudyError
from seedbed.study.comparing import compare_recipes, comparison
from seedbed.study.definition import load_definition, parse_definition
from seedbed.study.plan import make_plan
from seedbed.study.sweep import Sweep
from seedbed.study.toml_text import parse_toml

GRID = """
[[grids]]
grid = "g"
caption = "c"
name = "{a}-{b}-{c}-{d}"
title = "t"
network = "flatten linear(10)"
[grids.axes]
"""
HOSTILE = {
    "nested lists": ("a = " + "[" * 50_000, "nest too deep"),
    "nested tables": ("a = " + "{a = " * 50_000, "nest too deep"),
    "a long number": (f"a = {'9' * 5_000}", "thousands of digits"),
    "a dotted key": (".".join("a" * 50_000) + " = 1", "more than 32 parts (at line 1)"),
    "a dotted table": ("\n[" + " . ".join("a" * 50_000) + "]", "more than 32 parts (at line 2)"),
    "a quoted key": (".".join(['"a"'] * 25_000) + " = 1", "more than 32 parts"),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("door", ["study", "recipe"])
def test_hostile_toml_is_refused_in_little_memory(name: str, door: str, tmp_path: Path) -> None:
    text, told = HOSTILE[name]
    path = tmp_path / "hostile.toml"
    path.write_text(text, "utf-8")
    tracemalloc.start()
    try:
        with pytest.raises(StudyError) as caught:
            load_definition(path) if door == "study" else comparison(str(path), "softmax")
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert told in str(caught.value) and "hostile.toml" in str(caught.value)
    assert peak_bytes < 50_000_000


def test_long_words_and_texts_with_dots_are_read() -> None:
    text = f'word = "{"a" * 100_000}"\nsentences = "{"It is so. " * 1_000}"\nnumbers = [{"0.1, " * 1_000}]\na.b.c = 1'
    assert parse_toml(text, "text")["a"] == {"b": {"c": 1}}


@pytest.mark.parametrize("what", ["folder", "too long", "pipe"])
def test_only_short_regular_files_are_read(what: str, tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    else:
        path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(StudyError, match=r"at most 1,000,000 bytes|it is no file"):
        load_definition(path)


def test_a_grid_of_ten_million_variants_is_refused_with_the_number() -> None:
    axis = f"[{', '.join(map(str, range(57)))}]"
    text = TINY + GRID + "".join(f"{name} = {axis}\n" for name in "abcd")
    tracemalloc.start()
    try:
        with pytest.raises(StudyError, match="expected at most 10,000 variants, got 10,556,001"):
            parse_definition(text, "grid.toml")
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("place", ["full", "quick", "variant"])
def test_seeds_of_a_study_file_have_a_limit(place: str) -> None:
    old, new = {
        "full": ("seeds = 3", "seeds = 1000000000"),
        "quick": ("seeds = 2", "seeds = 1000000000"),
        "variant": ('title = "Low rate"', 'title = "Low rate"\nseeds = 1000000000'),
    }[place]
    with pytest.raises(StudyError, match=r"seeds: expected at most 100000, got 1000000000|at most 100,?000"):
        parse_definition(TINY.replace(old, new), "tiny.toml")


def test_all_runs_of_a_study_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seedbed.study.plan.RUN_LIMIT", 150_000)
    with pytest.raises(StudyError, match="expected at most 150,000, got 200000"):
        make_plan(parse_definition(TINY, "tiny.toml"), seeds=100_000)


def test_doors_of_seeds(tmp_path: Path) -> None:
    study = tmp_path / "tiny.toml"
    study.write_text(TINY, "utf-8")
    many, common = 10**9, {"workspace": tmp_path / "w"}
    doors = (
        lambda: sb.Study.load(study).run(seeds=many, **common),
        lambda: sb.Study.load(study).result(seeds=many, **common),
        lambda: compare_recipes("softmax", "mlp", data="digits", seeds=many, **common),
        lambda: compare_recipes("softmax", "mlp", data="digits", until_decided=True, most_seeds=many, **common),
        lambda: Sweep("softmax", "digits", grid={"lr": [0.1]}, seeds=many),
        lambda: Sweep("softmax", "digits", grid={"lr": [0.1]}, final_seeds=many),
    )
    for door in doors:
        with pytest.raises(StudyError, match="seeds: expected a whole number"):
            door()


def test_a_grid_of_a_sweep_has_a_limit() -> None:
    values = [number / 1_000 for number in range(1, 1_000)]
    grid = dict(zip(("lr", "momentum", "average"), itertools.repeat(values)))
    with pytest.raises(StudyError, match="sweep: runs: expected at most 1,000,000, got 2991008997"):
        Sweep("softmax", "digits", optimizer="sgd", grid=grid)
