"""Texts in other languages: every template of the code has its translation, and Korean particles fit."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from seedbed.errors import LanguageError
from seedbed.language import LANGUAGES, phrase, speaking, spoken, translations

SOURCE = Path(__file__).parents[1] / "src" / "seedbed"
IN_TEMPLATE = re.compile(r"""phrase\(\s*(?:"([^"]*)"|([^"\s][^,)]*))""")


def calls() -> Iterator[tuple[str, str | None]]:
    """Place and template of every ``phrase(…)`` in the package; None if it is no literal."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "phrase":
                (template,) = node.args
                literal = isinstance(template, ast.Constant) and isinstance(template.value, str)
                yield f"{path.name}:{node.lineno}", template.value if literal else None
    for path in sorted((SOURCE / "report" / "templates").iterdir()):
        for found in IN_TEMPLATE.finditer(path.read_text("utf-8")):
            yield path.name, found[1]


CALLS = list(calls())


def places(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def test_every_template_is_a_literal() -> None:
    assert [place for place, template in CALLS if template is None] == []
    assert any(place.endswith(".html") for place, _ in CALLS)


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_template_is_translated_and_no_translation_is_left_over(language: str) -> None:
    known = translations(language)
    used = {template for _, template in CALLS if template is not None}
    assert [f"{place}: {template}" for place, template in CALLS if template not in known] == []
    assert [template for template in known if template not in used] == []


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_translations_have_the_places_of_their_templates(language: str) -> None:
    wrong = {english: text for english, text in translations(language).items() if places(english) != places(text)}
    assert wrong == {}


def test_korean_is_written_in_korean() -> None:
    # Names, units and symbols alone are the same in both.
    foreign = [text for text in translations("ko").values() if re.search(r"[A-Za-z]+ [A-Za-z]+ [A-Za-z]+", text)]
    assert foreign == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Hangul: no final consonant, a consonant, ㄹ.
        ("손실", "손실은 손실이 손실을 손실과 손실로"),
        ("오차", "오차는 오차가 오차를 오차와 오차로"),
        ("신경망", "신경망은 신경망이 신경망을 신경망과 신경망으로"),
        # Digits: 영 일 이 삼 사 오 육 칠 팔 구.
        ("0", "0은 0이 0을 0과 0으로"),
        ("7", "7은 7이 7을 7과 7로"),
        ("0.25", "0.25는 0.25가 0.25를 0.25와 0.25로"),
        ("1,000", "1,000은 1,000이 1,000을 1,000과 1,000으로"),
        ("5%", "5%는 5%가 5%를 5%와 5%로"),
        # Letters by name, words by sound.
        ("MLP", "MLP는 MLP가 MLP를 MLP와 MLP로"),
        ("CNN", "CNN은 CNN이 CNN을 CNN과 CNN으로"),
        ("L2-SVM", "L2-SVM은 L2-SVM이 L2-SVM을 L2-SVM과 L2-SVM으로"),
        ("ReLU", "ReLU는 ReLU가 ReLU를 ReLU와 ReLU로"),
        ("Adam", "Adam은 Adam이 Adam을 Adam과 Adam으로"),
        ("LeNet", "LeNet은 LeNet이 LeNet을 LeNet과 LeNet으로"),
        ("softmax", "softmax는 softmax가 softmax를 softmax와 softmax로"),
        ("scale", "scale은 scale이 scale을 scale과 scale로"),
        ("LeNet-5++", "LeNet-5++는 LeNet-5++가 LeNet-5++를 LeNet-5++와 LeNet-5++로"),
        # What stands in brackets at the end is not read, unless it is all there is; quotes and stops neither.
        ("LeNet-5 (1998)", "LeNet-5 (1998)는 LeNet-5 (1998)가 LeNet-5 (1998)를 LeNet-5 (1998)와 LeNet-5 (1998)로"),
        ("(3)", "(3)은 (3)이 (3)을 (3)과 (3)으로"),
        ("'손실'", "'손실'은 '손실'이 '손실'을 '손실'과 '손실'로"),
        ("", "는 가 를 와 로"),
    ],
)
def test_particles(text: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(translations("ko"), "{x}", "{x:은} {x:이} {x:을} {x:와} {x:로}")
    with speaking("ko"):
        assert phrase("{x}", x=text) == expected


def test_a_language_is_spoken_inside_its_block_only() -> None:
    with speaking("ko"), pytest.raises(ZeroDivisionError):
        with speaking("en"):
            assert phrase("Every run.") == "Every run."
        assert phrase("Every run.") == "모든 실행."
        raise ZeroDivisionError
    assert (spoken(), phrase("{count:,} runs", count=1200)) == ("en", "1,200 runs")


def test_what_a_language_lacks_is_named() -> None:
    with speaking("ko"), pytest.raises(LanguageError, match=r"'No such text\.' in languages/ko\.toml"):
        phrase("No such text.")
    with pytest.raises(LanguageError, match="language 'fr': expected one of en, ko"), speaking("fr"):
        pass
