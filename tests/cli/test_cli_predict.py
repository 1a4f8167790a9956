"""``seedbed predict``: pictures, folders, standard input and tables."""

import csv
import json

import numpy as np
import pytest
from drawn_digits import png
from two_networks import invoke
from typer.testing import CliRunner

import seedbed as sb
from seedbed.cli.app import app


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A workspace with two seeds of a network, and its model."""
    folder = tmp_path_factory.mktemp("predict")
    runs = [sb.train("mlp", "digits", epochs=3, seed=s, progress=False, workspace=folder / "w") for s in (0, 1)]
    runs[0].model.save(folder / "mlp.safetensors")
    (folder / "pictures").mkdir()
    for number, image in enumerate(sb.load_data("digits").test_images[:5]):
        (folder / "pictures" / f"{number}.png").write_bytes(png(image[0]))
    return folder, runs


def answers(run, count=5):
    digits = sb.load_data("digits")
    return [digits.classes[one] for one in run.model.predict(digits.test_images[:count])]


def test_a_folder_as_json(place):
    folder, runs = place
    result = invoke("predict", folder / "mlp.safetensors", folder / "pictures", "--json", "--top", 2)
    assert result.exit_code == 0, result.stderr
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["answer"] for line in lines] == answers(runs[0])
    assert [line["path"] for line in lines] == [str(folder / "pictures" / f"{number}.png") for number in range(5)]
    assert all(line["shape"] == "predict/1" and line["done"] == [] and len(line["top"]) == 2 for line in lines)


def test_a_run_by_its_id_and_its_other_seeds(place, monkeypatch):
    folder, runs = place
    picture = folder / "pictures" / "0.png"
    result = invoke("predict", runs[1].id, picture, "--workspace", folder / "w", "--seeds", "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["votes"] == [answers(run, 1)[0] for run in runs]
    table = invoke("predict", runs[1].id, picture, "--also", folder / "mlp.safetensors", "--workspace", folder / "w")
    assert table.stdout.split()[:4] == ["picture", "answer", "probability", "agree"]


def test_standard_input(place):
    folder, runs = place
    content = (folder / "pictures" / "1.png").read_bytes()
    result = CliRunner().invoke(app, ["predict", str(folder / "mlp.safetensors"), "-", "--json"], input=content)
    assert json.loads(result.stdout)["answer"] == answers(runs[0])[1], result.stderr


def test_what_cannot_be_read_in_a_folder_is_named(place, tmp_path):
    folder, _ = place
    (tmp_path / "good.png").write_bytes((folder / "pictures" / "0.png").read_bytes())
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    result = invoke("predict", folder / "mlp.safetensors", tmp_path, "--csv", tmp_path / "out.csv")
    assert result.exit_code == 1 and "bad.png: cannot be read as a picture" in result.stderr
    rows = list(csv.DictReader((tmp_path / "out.csv").read_text().splitlines()))
    assert [row["path"] for row in rows] == [str(tmp_path / "good.png")]
    assert invoke("predict", folder / "mlp.safetensors", tmp_path / "bad.png").exit_code == 2


def test_a_table_without_labels_becomes_a_submission(place, tmp_path):
    folder, runs = place
    images = sb.load_data("digits").test_images[:20]
    lines = [",".join(f"pixel{place}" for place in range(64))]
    lines += [",".join(map(str, image.ravel())) for image in images]
    (tmp_path / "test.csv").write_text("\n".join(lines) + "\n")
    out = tmp_path / "submission.csv"
    result = invoke("predict", folder / "mlp.safetensors", tmp_path / "test.csv", "--csv", out)
    assert result.exit_code == 0, result.stderr
    rows = list(csv.reader(out.read_text().splitlines()))
    assert rows == [["ImageId", "Label"], *([str(n), a] for n, a in enumerate(answers(runs[0], 20), 1))]
    named = invoke("predict", folder / "mlp.safetensors", tmp_path / "test.csv", "--csv", out, "--columns", "id,digit")
    assert named.exit_code == 0 and out.read_text().startswith("id,digit\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("MODEL", "nothing.png"), "nothing.png: cannot be read (No such file"),
        (("MODEL", "a.csv", "b.csv"), "expected one table alone"),
        (("ffff", "a.png"), "has no run whose id begins so. 'seedbed runs' lists all"),
        (("no.safetensors", "a.png"), "no such file"),
        (("MODEL", "a.png", "--as-is", "--center"), "as_is: expected alone"),
        (("MODEL", "a.png", "--seeds"), "--seeds is for runs"),
    ],
)
def test_what_is_wrong_is_explained(place, tmp_path, arguments, message):
    folder, _ = place
    words = [str(folder / "mlp.safetensors") if word == "MODEL" else word for word in arguments]
    result = invoke("predict", *words, "--workspace", tmp_path / "none")
    assert (result.exit_code, message in result.stderr) == (2, True), result.stderr
    assert not (tmp_path / "none").exists()


def test_no_cell_is_a_formula(tmp_path):
    from seedbed.predict import answers_csv
    from seedbed.training.prediction import Prediction

    one = Prediction("=cmd|x", ("@a", "-3"), np.array([0.75, 0.25]))
    assert answers_csv([one]).splitlines()[1].startswith("'=cmd|x,'@a,0.750000,")
    other = Prediction("＝cmd|x\x1b[2J", ("\t=a", "-3"), np.array([0.75, 0.25]))
    assert answers_csv([other]).splitlines()[1].startswith("'＝cmd|x[2J,'\t=a,0.750000,")


def test_the_columns_of_an_imported_table_are_found_by_their_names(tmp_path, monkeypatch):
    monkeypatch.setenv("SEEDBED_CACHE", str(tmp_path / "cache"))
    values = np.random.default_rng(0).normal(size=(60, 3))
    kinds = ["low", "high"]
    lines = ["a,b,c,kind", *(f"{a:.3f},{b:.3f},{c:.3f},{kinds[int(b > 0)]}" for a, b, c in values)]
    (tmp_path / "points.csv").write_text("\n".join(lines) + "\n")
    sb.import_data(tmp_path / "points.csv", name="points")
    run = sb.train("flatten linear(2)", "points", epochs=40, optimizer="adam(0.1)", progress=False)
    run.model.save(tmp_path / "m.safetensors")
    lines = ["c,a,b", *(f"{c:.3f},{a:.3f},{b:.3f}" for a, b, c in values)]
    (tmp_path / "new.csv").write_text("\n".join(lines) + "\n")
    result = invoke("predict", tmp_path / "m.safetensors", tmp_path / "new.csv", "--csv", "-")
    assert result.exit_code == 0, result.stderr
    answers = [line.split(",")[1] for line in result.stdout.splitlines()[1:]]
    assert np.mean([answer == kinds[int(b > 0)] for answer, (_, b, _) in zip(answers, values, strict=True)]) > 0.9
    refused = invoke("predict", tmp_path / "m.safetensors", "x.png")
    assert refused.exit_code == 2
