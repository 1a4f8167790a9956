from pathlib import Path

import pytest

import seedbed as sb
from seedbed.report import write_study_report
from seedbed.store import Workspace
from seedbed.study import reading
from seedbed.training import checkpoint

STUDY = """
name = "two"
title = "Two"
question = "Which?"
[defaults]
data = "digits"
optimizer = "sgd(lr=0.5)"
[full]
seeds = 3
epochs = 1
[quick]
seeds = 2
epochs = 1
[[variants]]
name = "tanh"
title = "tanh"
network = "flatten linear(16) tanh linear(10)"
[[grids]]
grid = "rates"
caption = "Rates"
name = "rate-{lr}"
title = "rate {lr}"
network = "flatten linear(10)"
optimizer = "sgd(lr={lr})"
[grids.axes]
lr = [0.1, 0.01]
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[sb.Study, Workspace]:
    folder = tmp_path_factory.mktemp("reading")
    (folder / "two.toml").write_text(STUDY, encoding="utf-8")
    study = sb.Study.load(folder / "two.toml")
    study.run(workspace=folder / "workspace", jobs=1)
    return study, Workspace(folder / "workspace")


def test_a_report_reads_each_run_file_once(
    study: tuple[sb.Study, Workspace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def counting(path: Path) -> object:
        read.append(path.name)
        return checkpoint.load_run(path)

    monkeypatch.setattr(reading, "load_run", counting)
    result = study[0].result(workspace=study[1].path)
    text = write_study_report(result, tmp_path / "report", workspace=study[1]).read_text(encoding="utf-8")
    assert "Mistakes of tanh" in text
    assert len(read) == len(set(read)) == 9


def test_outputs_and_parameters_are_kept_of_what_is_looked_into_alone(study: tuple[sb.Study, Workspace]) -> None:
    alone, *grid = study[0].result(workspace=study[1].path).variants
    assert [run.outputs is not None for run in alone.runs] == [True] * 3
    assert [run.state is not None for run in alone.runs] == [True, False, False]
    assert all(run.outputs is None and run.state is None for variant in grid for run in variant.runs)


def test_the_recorded_run_is_the_one_to_look_into(study: tuple[sb.Study, Workspace]) -> None:
    (recorded,) = study[1].recordings.iterdir()
    moved = recorded.with_name(recorded.name.replace("-0-", "-2-"))
    recorded.rename(moved)
    try:
        (alone, *_) = study[0].result(workspace=study[1].path).variants
        assert [run.state is not None for run in alone.runs] == [False, False, True]
    finally:
        moved.rename(recorded)
