"""docs/studies.md has every key of a study; `seedbed study new` writes one that runs; unknown keys name the known."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from typer.testing import CliRunner

from seedbed.cli.app import app
from seedbed.errors import StudyError
from seedbed.study import Study
from seedbed.study.chains import ChainDefinition, ChainStepDefinition
from seedbed.study.definition import (
    ClaimDefinition,
    Definition,
    PublishedFigures,
    QuickSize,
    RecipeSettings,
    VariantDefinition,
    parse_definition,
)
from seedbed.study.grids import GridDefinition
from seedbed.study.template import write_new_study
from seedbed.study.texts import StudyTexts

PAGE = (Path(__file__).parents[2] / "docs" / "studies.md").read_text("utf-8")
TABLES: dict[str, tuple[type[BaseModel], ...]] = {
    "The study": (Definition,),
    "Sizes: full, quick": (QuickSize,),
    "Variants": (VariantDefinition,),
    "Published figures": (PublishedFigures,),
    "Claims": (ClaimDefinition,),
    "Chains": (ChainDefinition, ChainStepDefinition),
    "Grids": (GridDefinition,),
    "Texts in Korean: ko": (StudyTexts,),
}


@pytest.mark.parametrize("section", TABLES)
def test_the_page_has_every_key_and_no_other(section: str) -> None:
    part = PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    keys = re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)
    settings = RecipeSettings.model_fields if section == "Variants" else ()
    known = [key for model in TABLES[section] for key in model.model_fields if key not in settings]
    assert sorted(keys) == sorted(known)


def test_a_new_study_runs_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = CliRunner().invoke(app, ["study", "new", "mine"])
    assert made.exit_code == 0, made.output
    assert "seedbed study run mine.toml --quick" in made.stdout
    study = Study.load("mine.toml")
    assert study.definition.name == "mine"
    result = study.run(quick=True, seeds=1, epochs=1, workspace=tmp_path, jobs=1)
    assert len(result.variants) == 2 and not result.failures
    # What is commented out works too.
    text = (tmp_path / "mine.toml").read_text("utf-8")
    grid = "\n".join(line.removeprefix("# ") for line in text.split("of the axes.\n#\n")[1].splitlines())
    whole = text.replace("# source", "source").replace("# remarks", "remarks").replace("# published", "published")
    definition = parse_definition(f"{whole}\n{grid.replace('#', '')}", "mine.toml")
    assert len(definition.variants) == 6
    with pytest.raises(StudyError, match="is there already; nothing was written"):
        write_new_study(tmp_path / "mine.toml")
    with pytest.raises(StudyError, match="without spaces"):
        write_new_study(tmp_path / "two words")
    with pytest.raises(StudyError, match="cannot be written"):
        write_new_study(tmp_path / "mine.toml" / "other")


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("question =", "questoin =", "questoin: unknown key. Did you mean 'question'? Known: name, title, question,"),
        ("seeds = 10", "sedes = 10", "full.sedes: unknown key. Did you mean 'seeds'? Known: seeds, epochs."),
        ('worse = "average"', 'worst = "average"', "claims[1].worst: unknown key. Did you mean 'worse'? Known: text,"),
        ('data = "digits"', 'dta = "digits"', "defaults.dta: unknown key. Did you mean 'data'? Known: network, data,"),
        ('title = "maximum pooling"', 'titel = "m"', "variants[2].titel: unknown key. Did you mean 'title'? Known: "),
    ],
)
def test_an_unknown_key_is_told_which_are_known(before: str, after: str, message: str, tmp_path: Path) -> None:
    text = write_new_study(tmp_path / "mine").read_text("utf-8")
    with pytest.raises(StudyError) as caught:
        parse_definition(text.replace(before, after, 1), "mine.toml")
    assert f"study file 'mine.toml': {message}" in str(caught.value)
