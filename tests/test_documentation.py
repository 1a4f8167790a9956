"""README and docs: every command line is one that the program takes, and what is shown runs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import typer
from documented import PAGES, ROOT, commands, name_of, python_blocks
from PIL import Image

from seedbed.cli.app import app
from seedbed.data import load_data

COMMANDS = [(name_of(path), words) for path in PAGES for words in commands(path)]
PYTHON = [path for path in PAGES if python_blocks(path)]
PLACEHOLDERS = re.compile(r"\[|\.\.\.|…|^[A-Z_]+$|HOST:PORT")

NOT_RUN = {
    "--on": "needs a cluster",
    "--engine torch": "the native engine is tried here",
    "lab": "serves until it is stopped",
    "cifar": "hours",
    "report lenet5-improved --format": "needs the full study",
    "inspect lenet5-improved/": "needs the full study",
    "study run lenet5-improved": "hours, or the quick size, which make run does",
    "report lenet5-improved": "needs the study",
    "import-weights": "needs numbers that PyTorch has trained",
    "--parts": "needs a file of one's own",
    "data import emnist": "a file of one's own",
    "study run lenet5-inside": "minutes",
    "--tune": "minutes",
}
"""What begins a command, or stands in it, that the test below leaves out, and why."""


def test_there_are_commands() -> None:
    assert len(COMMANDS) > 50 and len(PYTHON) > 5


@pytest.mark.parametrize(
    ("page", "words"), COMMANDS, ids=[f"{page}: {' '.join(words)}"[:90] for page, words in COMMANDS]
)
def test_the_program_takes_every_command(page: str, words: list[str]) -> None:
    """Its options and the number of its arguments; nothing is done."""
    # A word in capitals stands for one that a reader chooses.
    words = [word for word in words if word.isupper() or not PLACEHOLDERS.search(word)]
    command = typer.main.get_command(app)
    context = command.make_context("seedbed", list(words))
    while hasattr(command, "resolve_command") and (rest := [*context._protected_args, *context.args]):
        name, command, rest = command.resolve_command(context, rest)
        context = command.make_context(name, list(rest), parent=context)


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_python_is_python(path: Path) -> None:
    for number, block in enumerate(python_blocks(path)):
        compile(block, f"{path.name}, block {number + 1}", "exec")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a reader has at hand: pictures of two classes, of digits, a table without labels."""
    random = np.random.default_rng(0)
    for name in ("photos", "my-pictures"):
        for kind, level in (("cat", 60), ("dog", 190)):
            (tmp_path / name / kind).mkdir(parents=True)
            for number in range(40):
                pixels = random.normal(level, 40, (40, 48, 3)).clip(0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(tmp_path / name / kind / f"{number}.png")
    subprocess.run(["tar", "cJf", "photos.tar.xz", "photos"], cwd=tmp_path, check=True)
    Image.open(tmp_path / "photos/cat/0.png").save(tmp_path / "new-picture.jpg")
    digits = load_data("mnist")
    (tmp_path / "drawings").mkdir()
    for number in range(5):
        Image.fromarray(digits.test_images[number, 0]).save(tmp_path / "drawings" / f"{number}.png")
    for name in ("seven.png", "boot.png"):
        Image.fromarray(digits.test_images[0, 0]).save(tmp_path / name)
    pixels = digits.test_images[:20].reshape(20, 784)
    header = ",".join(f"pixel{number}" for number in range(784))
    np.savetxt(tmp_path / "test.csv", pixels, "%d", ",", header=header, comments="")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    return tmp_path


def surroundings(folder: Path) -> dict[str, str]:
    """With places of its own for what is kept."""
    return os.environ | {"SEEDBED_WORKSPACE": str(folder / "w"), "SEEDBED_CACHE": str(folder / "cache")}


@pytest.mark.documented
@pytest.mark.parametrize("page", sorted({page for page, _ in COMMANDS}))
def test_commands_do_what_they_are_shown_to_do(page: str, folder: Path) -> None:
    """Those of a page one after the other; ids and names of reports stand for the first there are."""
    for words in [words for of, words in COMMANDS if of == page]:
        line = " ".join(words)
        if any(part in line for part in NOT_RUN) or any(PLACEHOLDERS.search(word) for word in words):
            continue
        words = [stand_in(word, folder) for word in words]
        command = [sys.executable, "-c", "from seedbed.cli.app import main; main()", *words]
        done = subprocess.run(
            command, cwd=folder, env=surroundings(folder), stdin=(folder / "seven.png").open("rb"), capture_output=True
        )
        assert done.returncode == 0, f"{line}: {done.stderr.decode()[-2000:]}"


def stand_in(word: str, folder: Path) -> str:
    """What a reader puts in the place of an id."""
    runs = sorted(path.stem for path in (folder / "w" / "runs").glob("*.safetensors"))
    for placeholder, found in zip(("0f3a9c61d2b4-0", "7be2c9110d35-0"), runs, strict=False):
        if word == placeholder:
            return found
    for kind in ("compare", "sweep"):
        if word == f"{kind}-0123456789":
            return next(path.stem for path in sorted((folder / "w" / "reports").glob(f"{kind}-*.html")))
    return word


BEFORE = {
    "docs/data.md": "",
    "docs/predict.md": "import seedbed as sb\nother = sb.train('lenet5+', epochs=1, seed=1).model\n"
    "sb.train('lenet5+', epochs=1).model.save('lenet.safetensors')\nimages = sb.load_data('mnist').test_images[:5]\n",
}
"""What a reader has done before the blocks of a page."""


@pytest.mark.documented
@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_python_does_what_it_is_shown_to_do(path: Path, folder: Path) -> None:
    """The blocks of a page one after the other."""
    text = BEFORE.get(name_of(path), "") + "\n".join(python_blocks(path))
    (folder / "blocks.py").write_text(text, "utf-8")
    done = subprocess.run([sys.executable, "blocks.py"], cwd=folder, env=surroundings(folder), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
