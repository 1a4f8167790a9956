"""Reports in Korean: no English sentence is left, and the numbers stay the same."""

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from report_samples import make_claims, make_study, make_troubled_study

import seedbed as sb
from seedbed.errors import LanguageError
from seedbed.language import speaking
from seedbed.report import write_study_report, write_sweep_report
from seedbed.statistics import Decision, McNemarTest, SeedCorrelation, TwoLevelInterval, compare
from seedbed.store import Workspace
from seedbed.study.claim import ClaimResult
from seedbed.study.looks import Looks
from seedbed.study.method_wording import method_text
from seedbed.study.texts import StudyTexts
from seedbed.training import Kind, Outcome

ENGLISH = re.compile(r"[A-Za-z]{2,}(?:[ ,]+[A-Za-z]{2,}){2,}")
UNDECIDED, SUPPORTED, CONTRADICTED = make_claims()
STUDY = """
name = "two"
title = "Two networks beside each other"
question = "Which of the two networks errs less?"
source = "A report that does not exist."
remarks = ["This is a remark of a few words."]
[defaults]
data = "digits"
optimizer = "sgd(lr=0.5)"
[full]
seeds = 2
epochs = 2
[quick]
seeds = 2
epochs = 2
without = ["rates"]
[[variants]]
name = "tanh"
title = "The network with tanh"
network = "flatten linear(16) tanh linear(10) sigmoid"
published = { error = 5, single_run = true, remark = "read off a figure" }
[[variants]]
name = "relu"
title = "ReLU"
network = "conv2d(2, 3) relu flatten linear(10)"
[[grids]]
grid = "rates"
caption = "Learning rate and activation function"
name = "{act}-{lr}"
title = "{act} at the rate {lr}"
network = "flatten linear(8) {act} linear(10)"
optimizer = "sgd(lr={lr})"
[grids.axes]
act = ["tanh", { label = "rectified linear unit", act = "relu" }]
lr = [0.1, 100]
[[claims]]
text = "The small network errs less than the large one."
better = "tanh-0.1"
worse = "tanh"
[[claims]]
text = "ReLU errs less than the other network."
better = "relu"
worse = "tanh"
published_difference = 0.3
[ko]
title = "나란히 놓은 두 신경망"
question = "어느 신경망의 오차율이 더 낮습니까?"
source = "존재하지 않는 보고서."
remarks = ["몇 마디 유의 사항입니다."]
claims = ["작은 신경망의 오차율이 더 낮습니다.", "ReLU의 오차율이 더 낮습니다."]
variants = { tanh = "tanh를 쓴 신경망" }
published = { tanh = "그림에서 읽음" }
[ko.grids.rates]
caption = "학습률과 활성화 함수"
title = "{act}, 학습률 {lr}"
axes = { act = "활성화 함수", lr = "학습률" }
labels = { "rectified linear unit" = "정류 선형 유닛" }
"""
TEXTS = StudyTexts.model_validate(
    {
        "title": "세 신경망",
        "question": "오차율이 낮아집니까?",
        "source": "어떤 보고서",
        "remarks": ["하나", "둘", "셋", "넷"],
        "claims": ["첫째 주장", "둘째 주장", "셋째 주장"],
        "published": {name: "에폭을 밝히지 않음" for name in ("lenet5", "lenet5+", "lenet5++")},
    }
)


def left_english(text: str) -> list[str]:
    """English phrases in what a reader sees or hears of a page, without code and without names of machines."""
    text = re.sub(r"<style>.*?</style>|<(code|pre|dd)\b.*?</\1>|```.*?```|\]\([^)]*\)", " | ", text, flags=re.DOTALL)
    labels = re.findall(r'aria-label="([^"]*)"', text)
    return ENGLISH.findall(unescape(" | ".join([re.sub(r"<[^>]*>", " | ", text), *labels])))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Reports of one study: what their files hold, by language and suffix."""
    folder = tmp_path_factory.mktemp("korean")
    (folder / "two.toml").write_text(STUDY, encoding="utf-8")
    workspace = Workspace(folder / "workspace")
    result = sb.Study.load(folder / "two.toml").run(workspace=workspace.path, jobs=1)
    found = {}
    for lang in ("en", "ko"):
        write_study_report(result, folder / lang / "two", ("html", "md"), workspace, lang)
        for path in (folder / lang).rglob("two*.*"):
            found[f"{lang}{path.name.removeprefix('two')}"] = path.read_text(encoding="utf-8")
        found[f"{lang}.svg"] = "\n".join(
            path.read_text(encoding="utf-8") for path in sorted((folder / lang).rglob("*.svg"))
        )
    return found


@pytest.mark.parametrize("suffix", [".html", ".md", ".svg"])
def test_no_english_is_left_in_a_study(written: dict[str, str], suffix: str) -> None:
    assert left_english(written[f"en{suffix}"]) != []
    assert left_english(written[f"ko{suffix}"]) == []


def test_texts_of_the_study_are_its_own(written: dict[str, str]) -> None:
    html = written["ko.html"]
    assert '<html lang="ko">' in html and '<html lang="en">' in written["en.html"]
    wanted = ("나란히 놓은 두 신경망", "몇 마디 유의 사항", "작은 신경망의 오차율이", "그림에서 읽음", "신경망의 내부")
    assert [text for text in (*wanted, "정류 선형 유닛, 학습률 100", "세로: 활성화 함수.") if text not in html] == []
    assert "--lang ko</code>" in html and "--lang" not in written["en.html"]
    assert "<b>그림 1.</b>" in html and "**그림 1.**" in written["ko.md"]


def test_the_numbers_have_no_language(written: dict[str, str]) -> None:
    assert written["ko.json"] == written["en.json"]
    for name in (".csv", "-claims.csv", "-inside.csv"):
        assert written[f"ko{name}"] == written[f"en{name}"]


def test_runs_that_went_wrong_in_korean(tmp_path: Path) -> None:
    result = replace(make_troubled_study(), texts={"ko": TEXTS})
    text = write_study_report(result, tmp_path / "troubled", lang="ko").read_text(encoding="utf-8")
    assert left_english(text) == []
    assert "시드 26 실패: 프로세스가 강제로 종료됨(SIGKILL, 메모리가 부족했을 수 있음), 3번 되풀이되어 포기함." in text
    assert "시드 24 (발산)" in text
    with pytest.raises(LanguageError, match="'fr'"):
        write_study_report(result, tmp_path / "none", lang="fr")


def test_one_epoch_few_epochs_and_no_runs_in_korean(tmp_path: Path) -> None:
    quick = replace(make_study(1, 1, "quick"), texts={"ko": TEXTS})
    empty = replace(quick, variants=tuple(replace(variant, runs=()) for variant in quick.variants), claims=())
    texts = {"ko": TEXTS.model_copy(update={"claims": []})}
    short = replace(quick, variants=tuple(replace(variant, full_epochs=2) for variant in quick.variants))
    for result in (quick, short, replace(empty, texts=texts)):
        text = write_study_report(result, tmp_path / "small", lang="ko").read_text(encoding="utf-8")
        assert left_english(text) == []


def variations() -> dict[str, ClaimResult]:
    """Claims that need every kind of sentence."""
    few = replace(UNDECIDED.better, errors=(1.0,))
    same = replace(UNDECIDED.worse, errors=(1.0, 1.0))
    constant = replace(UNDECIDED.better, published_constant=("6", "7"))
    troubled = replace(UNDECIDED.better, collapsed=("6", "6"), diverged=1)
    other = replace(UNDECIDED.worse, collapsed=("6",), diverged=2)
    nan = float("nan")
    decision = Decision("undecided", 7, 0.1, (-0.1, 0.3), 0.2, 0.0029, 0)
    learned = compare([1.0, 1.1, 1.05], [0.8, 0.9, 0.81])
    return {
        "few": replace(UNDECIDED, better=few),
        "no spread": replace(UNDECIDED, better=same, worse=same, p_value=nan),
        "no spread, looks": replace(UNDECIDED, p_value=nan, method="sequential", decision=decision),
        "equal": replace(UNDECIDED, difference=0.0, further=None),
        "hardly": replace(UNDECIDED, difference=-0.01, further=None, claims=1),
        "one more": replace(UNDECIDED, further=1),
        "looks": replace(UNDECIDED, method="sequential", decision=decision),
        "decided": replace(SUPPORTED, method="sequential", decision=decision),
        "by seed": replace(SUPPORTED, method="paired", correlation=SeedCorrelation(0.9, 0.001, 5)),
        "images": replace(SUPPORTED, images=TwoLevelInterval(0.22, (0.02, 0.42), 0.1, 0.05, 0.08)),
        "images turn it": replace(SUPPORTED, images=TwoLevelInterval(0.22, (-0.02, 0.42), 0.1, 0.05, 0.08)),
        "published more": replace(CONTRADICTED, published_difference=-0.3),
        "published none": replace(SUPPORTED, published_difference=0.0, published=learned),
        "constant": replace(UNDECIDED, better=constant),
        "troubles": replace(UNDECIDED, better=troubled, worse=other, learned=learned),
        "two networks": replace(
            UNDECIDED, networks=McNemarTest(20, 10, 0.1, (-0.1, 0.3), 0.2, 0.18), better=few, worse=few
        ),
    }


@pytest.mark.parametrize("name", variations())
def test_every_verdict_in_korean(name: str) -> None:
    claim = variations()[name]
    with speaking("ko"):
        sentence = claim.sentence
    assert ENGLISH.findall(sentence) == [] and "니다" in sentence
    assert ENGLISH.findall(claim.sentence) != []


def test_methods_and_outcomes_in_korean() -> None:
    with speaking("ko"):
        for most, claims in ((None, make_claims()), (None, make_claims()[:1]), (20, make_claims()), (20, [SUPPORTED])):
            texts = method_text(claims, most, Looks())
            assert [text for text in texts if ENGLISH.search(text)] == []
        assert Outcome(Kind.DIVERGED, step=812).text == "발산: 812번째 스텝에서 손실이 유한하지 않음"
        outcomes = (Outcome(Kind.ONE_ANSWER, answer="6"), Outcome(Kind.STOPPED, step=7), Outcome(Kind.FINISHED))
        assert [outcome.text for outcome in outcomes if ENGLISH.search(outcome.text)] == []


def test_a_sweep_in_korean(tmp_path: Path) -> None:
    search = sb.Sweep("softmax", "digits", grid={"lr": "0.5,0.01"}, epochs=1, seeds=2, final_seeds=2)
    result = search.run(workspace=tmp_path, jobs=1)
    for shown in (result, replace(result, search="random", ties=(), test_errors=(), test_seeds=(), diverged=2)):
        path = write_sweep_report(shown, tmp_path / "sweep", ("html", "md"), "ko")
        assert left_english(path.read_text(encoding="utf-8")) == []
        assert left_english(path.with_suffix(".md").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda text: text.replace('"ReLU의 오차율이 더 낮습니다."', ""),
            r"ko\.claims: expected 2, one for each .*, got 1",
        ),
        (
            lambda text: text.replace('remarks = ["몇 마디', 'remarks = ["더", "몇 마디'),
            r"ko\.remarks: expected 1, .* got 2",
        ),
        (
            lambda text: text.replace("variants = { tanh", "variants = { tan"),
            r"ko\.variants: expected one of tanh, .* 'tan'",
        ),
        (lambda text: text.replace("published = { tanh =", "published = { x ="), r"ko\.published: expected .* 'x'"),
        (
            lambda text: text.replace("[ko.grids.rates]", "[ko.grids.rate]"),
            r"ko\.grids: expected one of rates, got 'rate'",
        ),
        (lambda text: text.replace('"{act}, 학습률', '"{pool}, 학습률'), r"ko\.grids\.rates\.title: .* got 'pool'"),
        (lambda text: text.replace('"rectified linear unit" =', "x ="), r"ko\.grids\.rates\.labels: .* got 'x'"),
        (lambda text: text.replace("axes = { act =", "axes = { pool ="), r"ko\.grids\.rates\.axes: .* got 'pool'"),
        (lambda text: text.replace('question = "어느', 'word = "어느'), r"ko\.word: unknown key"),
    ],
)
def test_wrong_texts_are_refused(tmp_path: Path, change: Callable[[str], str], message: str) -> None:
    (tmp_path / "wrong.toml").write_text(change(STUDY), encoding="utf-8")
    with pytest.raises(sb.SeedbedError, match=message):
        sb.Study.load(tmp_path / "wrong.toml")


def test_an_inspection_in_korean(tmp_path: Path) -> None:
    network = "conv2d(3, 3, padding=1) tanh maxpool2d(2) flatten linear(10) sigmoid"
    run = sb.train(network, "digits", epochs=2, optimizer="sgd(lr=0.5)", record=tmp_path / "record", progress=False)
    report = run.inspect(range_test=True, lang="ko")
    html = report.html()
    assert '<html lang="ko">' in html
    assert left_english(html) == []
    path = report.write(tmp_path / "inside", ("md",))
    assert left_english(path.read_text(encoding="utf-8")) == []
    assert "틀린 답마다 한 행씩은 inside.csv에" in path.read_text(encoding="utf-8")
