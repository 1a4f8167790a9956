import tomllib
from pathlib import Path

import pytest
from tiny_study import TINY

from seedbed.errors import StudyError
from seedbed.study import Study
from seedbed.study.definition import load_definition, parse_definition, shipped_studies
from seedbed.study.plan import make_plan


def test_shipped_studies_are_whole_and_named_like_their_files() -> None:
    assert "lenet5-improved" in shipped_studies()
    assert [load_definition(name).name for name in shipped_studies()] == shipped_studies()


def test_lenet5_improved_is_what_the_source_did() -> None:
    definition = Study.load("lenet5-improved").definition
    plan = make_plan(definition)
    recipes = [arm.recipe for arm in plan.arms][:3]
    assert [recipe.loss for recipe in recipes] == ["mse", "cross_entropy", "cross_entropy"]
    for recipe in recipes:
        assert (recipe.data, recipe.init, recipe.batch_size, recipe.epochs) == ("mnist", "lecun_uniform", 32, 30)
        assert recipe.optimizer == "sgd(0.02)"
    figures = [variant.published for variant in definition.variants]
    # As meant, then as published.
    assert [(f.error, f.std, f.runs) for f in figures if f] == 2 * [(1.06, 0.04, 5), (0.96, 0.06, 5), (0.78, 0.06, 5)]
    claims = [(claim.better, claim.worse, claim.published_difference) for claim in definition.claims][:3]
    assert claims == [("lenet5+", "lenet5", 0.1), ("lenet5++", "lenet5", 0.28), ("lenet5++", "lenet5+", 0.18)]
    assert [len(arm.seeds) for arm in plan.arms][:3] == [20, 20, 20]


def test_settings_of_a_variant_win_over_the_defaults() -> None:
    definition = parse_definition(TINY, "tiny.toml")
    low, high = (definition.recipe(variant, 3) for variant in definition.variants)
    assert (low.optimizer, high.optimizer) == ("sgd(0.005)", "sgd(0.2)")
    assert low.network == high.network == "flatten linear(10)"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seeds = 3", "seeds = 0", "full.seeds: expected at least 1, got 0"),
        ("seeds = 3", 'seeds = "3"', "full.seeds: expected a whole number, got '3'"),
        ("seeds = 3", "seeds = true", "full.seeds: expected a whole number, got True"),
        ("seeds = 3", "sedes = 3", "full.sedes: unknown key"),
        ("seeds = 3", "", "full.seeds: this key is missing"),
        ("[quick]", "[quack]", "quick: this key is missing"),
        ("batch_size = 32", "batch_size = 2.5", "defaults.batch_size: expected a whole number, got 2.5"),
        ("batch_size = 32", "batchsize = 32", "defaults.batchsize: unknown key"),
        ("error = 20.0", "error = 200.0", r"variants\[1\].published.error: expected at most 100, got 200"),
        ("error = 20.0", "error = nan", r"variants\[1\].published.error: expected a finite number, got nan"),
        ('name = "low"', 'name = "a/b"', r"variants\[1\].name: expected a name of letters.*got 'a/b'"),
        ('name = "low"', 'name = "high"', "the name 'high' occurs 2 times"),
        ('title = "Low rate"', 'title = ""', r"variants\[1\].title: expected some text, got ''"),
        ('better = "high"', 'better = "higher"', r"claims\[1\].better: expected one of low, high; got 'higher'"),
        ('better = "high"', 'better = "low"', r"claims\[1\]: 'better' and 'worse' are both 'low'"),
        ("sgd(lr=0.2)", "sgd(lr=-1)", r"variants\[2\] 'high': sgd: lr: expected a finite number above 0, got -1"),
        ("sgd(lr=0.2)", "sgd(lr=", r"variants\[2\] 'high': expected .* at the end of 'sgd\(lr='"),
        ("flatten linear(10)", "flatten lnear(10)", r"variants\[1\] 'low': unknown layer 'lnear'. Did you mean"),
        ('network = "flatten linear(10)"', "", r"variants\[1\] 'low': 'network' is missing"),
        ("source = ", "source = 3 #", "source: expected text in quotes, got 3"),
        ("seeds = 3", "seeds = = 3", r"is no TOML: .*line 13, column \d+"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_key(old: str, new: str, message: str) -> None:
    assert old in TINY
    with pytest.raises(StudyError, match=f"study file 'my.toml'.*{message}"):
        parse_definition(TINY.replace(old, new, 1), "my.toml")


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(StudyError, match=r"(?s)full\.seeds.*quick\.epochs"):
        parse_definition(TINY.replace("seeds = 3", "seeds = 0").replace("epochs = 1", "epochs = 0"), "my.toml")


def test_without_variants_there_is_no_study() -> None:
    text = TINY[: TINY.index("[[variants]]")]
    with pytest.raises(StudyError, match="variants: this key is missing"):
        parse_definition(text, "my.toml")
    assert "variants" not in tomllib.loads(text)
    with pytest.raises(StudyError, match="variants: expected at least one table"):
        parse_definition("variants = []\n" + text, "my.toml")


def test_unknown_names_and_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"unknown study 'lenet6'\. Known: .*lenet5-improved.*path, ending in \.toml"):
        Study.load("lenet6")
    with pytest.raises(StudyError, match=r"nothing.toml' cannot be read: No such file"):
        Study.load(tmp_path / "nothing.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(StudyError, match=r"bytes.toml' cannot be read: .*utf-8"):
        Study.load(tmp_path / "bytes.toml")
