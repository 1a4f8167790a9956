"""``seedbed train``: what it prints, keeps and refuses."""

import os
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import seedbed as sb
from seedbed.cli.app import app
from seedbed.runner.job import run_key
from seedbed.store import Workspace
from seedbed.study import Study
from seedbed.training.outcome import FINISHED

SMALL = "conv2d(4, 3) relu maxpool2d(2) flatten linear(10)"
DIVERGING = ("--loss", "mse", "--lr", "1e30")


@pytest.fixture
def train(tmp_path):
    """Runs ``seedbed train`` on the digits in a workspace of the test."""

    def train(*arguments, network=SMALL):
        defaults = ("--data", "digits", "--epochs", "2", "--workspace", str(tmp_path / "workspace"))
        return CliRunner().invoke(app, ["train", network, *defaults, *arguments])

    return train


def only_run(folder):
    (path,) = folder.glob("*.safetensors")
    return path


def test_it_tells_epochs_and_result(train, tmp_path):
    result = train()
    assert result.exit_code == 0
    lines = result.stderr.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["epoch 1/2", "epoch 2/2"]
    run = sb.train(SMALL, "digits", epochs=2)
    assert f"test error {run.test_error:.2f}%" in lines[-1]
    assert result.stdout.splitlines()[0] == f"test error {run.test_error:.2f}% after 2 epochs"
    assert f"run         {only_run(tmp_path / 'workspace' / 'runs')}" in result.stdout
    assert list((tmp_path / "workspace" / "staging").iterdir()) == []


def test_the_same_command_shows_the_result_again(train):
    first = train()
    second = train()
    assert second.exit_code == 0
    assert second.stderr == ""
    assert second.stdout == f"already trained; --again trains it from the start\n{first.stdout}"


def test_again_trains_from_the_start(train, tmp_path):
    before = train().stdout.splitlines()[0]
    path = only_run(tmp_path / "workspace" / "runs")
    created = path.stat().st_mtime_ns
    result = train("--again")
    assert "epoch 1/2" in result.stderr
    assert result.stdout.splitlines()[0] == before
    assert path.stat().st_mtime_ns > created


def test_every_setting_and_engine_has_a_run_of_its_own(train, tmp_path):
    for arguments in ([], ["--seed", "1"], ["--lr", "0.05"], ["--batch-size", "64"], ["--engine", "reference"]):
        assert "already" not in train(*arguments).stdout
    assert len(list((tmp_path / "workspace" / "runs").iterdir())) == 5


def test_lr_stands_in_for_the_optimizers(train):
    train("--lr", "0.05")
    assert "already trained" in train("--optimizer", "sgd(lr=0.05)").stdout
    train("--optimizer", "sgd(lr=0.1, momentum=0.5)", "--lr", "0.03")
    assert "already trained" in train("--optimizer", "sgd(lr=0.03, momentum=0.5)").stdout
    assert "already trained" in train("--optimizer", "sgd", "--lr", "0.05").stdout


@pytest.mark.parametrize("is_there", [False, True])
def test_save_writes_the_model(train, tmp_path, is_there):
    if is_there:
        train()
    path = tmp_path / "small.safetensors"
    result = train("--save", str(path))
    assert f'model = sb.Model.load("{path}")' in result.stdout
    images = sb.load_data("digits").test_images
    expected = sb.train(SMALL, "digits", epochs=2).model.logits(images)
    np.testing.assert_array_equal(sb.Model.load(path).logits(images), expected)


def test_the_ledger_states_the_run(train, tmp_path):
    train("--seed", "7")
    workspace = Workspace(tmp_path / "workspace")
    (key,) = workspace.ledger.all_keys()
    entry = workspace.ledger.find(key)
    assert (key.seed, key.engine, entry.outcome) == (7, "native", FINISHED)
    assert sb.Recipe(**entry.recipe) == sb.Recipe.make(SMALL, "digits", epochs=2)
    assert entry.versions["seedbed"] == sb.__version__
    assert workspace.damage(entry) is None


def test_a_diverged_run_is_named_kept_and_status_1(train, tmp_path):
    for _ in range(2):
        result = train(*DIVERGING, "--save", str(tmp_path / "no.safetensors"), network="softmax")
        assert result.exit_code == 1
        assert "diverged: loss is not finite at step 2. Try a smaller --lr." in result.stdout
        assert not (tmp_path / "no.safetensors").exists()
    assert "already trained" in result.stdout


def test_a_constant_answer_is_named(train):
    result = train("--loss", "mse", "--lr", "100", "--input", "scale", network="flatten linear(10) relu")
    assert result.exit_code == 0
    assert "constant answer: class '" in result.stdout
    assert "has learned nothing" in result.stdout


def test_a_damaged_run_is_set_aside_and_trained_again(train, tmp_path):
    first = train()
    path = only_run(tmp_path / "workspace" / "runs")
    path.write_bytes(path.read_bytes()[:-1])
    result = train()
    assert result.exit_code == 0
    assert "is damaged" in result.stderr
    assert result.stdout.splitlines()[0] == first.stdout.splitlines()[0]
    assert path.with_name(f"{path.name}.damaged").exists()


def test_a_damaged_checkpoint_is_passed_over(train, tmp_path):
    train()
    workspace = Workspace(tmp_path / "workspace")
    (key,) = workspace.ledger.all_keys()
    workspace.ledger.remove(key)
    workspace.run_file(key).unlink()
    workspace.staging_file(key).write_bytes(b"no run")
    result = train()
    assert result.exit_code == 0
    assert "it is set aside and the run begins anew." in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--batch-size", "0"], "batch_size: expected a whole number from 1 to 16,777,216, got 0."),
        (["--epochs", "-1"], "epochs: expected"),
        (["--seed", "-1"], "seed: expected a whole number from 0"),
        (["--threads", "0"], "threads: expected a whole number from 1 to"),
        (["--threads", "40000"], "threads: expected a whole number from 1 to"),
        (["--batch-size", "99999999999999999999"], "batch_size: expected a whole number from 1 to 16,777,216"),
        (["--lr", "nan"], "sgd: lr: expected a finite number above 0, got nan in 'sgd(nan)'."),
        (["--optimizer", "adamm"], "unknown optimizer 'adamm'. Did you mean 'adam'?"),
        (["--loss", "huber"], "unknown loss 'huber'."),
        (["--input", "standardise"], "Did you mean 'standardize'?"),
        (["--init", "zeros"], "unknown init 'zeros'."),
        (["--engine", "cuda"], "unknown engine 'cuda'."),
        (["--data", "digit"], "unknown data set 'digit'. Did you mean 'digits'?"),
        (["--save", "/no/such/folder/model.safetensors"], "expected a file name in a folder that exists"),
        (["--workspace", "/dev/null/workspace"], "workspace '/dev/null/workspace'"),
    ],
)
def test_wrong_input_is_named(train, tmp_path, arguments, message):
    result = train(*arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "workspace" / "runs").exists() or not any((tmp_path / "workspace" / "runs").iterdir())


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ("conv3d(6, 5)", "unknown layer 'conv3d'. Did you mean 'conv2d'?"),
        ("conv2d(4, 9) flatten linear(10)", "conv2d 'conv1': the window of 9×9 is larger than the input 1×8×8"),
        ("flatten linear(5)", "the network has 5 outputs"),
        ("flatten linear(1000000000) linear(10)", "not enough memory: the network needs at least 2,048.0 GB"),
        ("flatten linear(10) softmax", None),
    ],
)
def test_a_network_that_does_not_fit_is_named(train, network, message):
    result = train(network=network)
    assert result.exit_code == (0 if message is None else 2)
    assert message is None or result.stderr.startswith(f"error: {message}")


def test_a_run_that_another_trains_is_named_and_others_are_free(train, tmp_path):
    key = run_key(sb.Recipe.make(SMALL, "digits", epochs=2), 0, "native")
    with Workspace(tmp_path / "workspace").hold(key):
        result = train()
        assert train("--seed", "1").exit_code == 0
    assert result.exit_code == 2
    assert f"run '{key.identity}' is in use by process {os.getpid()} on " in result.stderr


def test_a_recipe_file_and_a_variant_of_a_study_are_trained(train, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('network = "softmax"\ndata = "digits"\nlr = 0.01\nbatch_size = 64\n', "utf-8")
    pooling = Path(__file__).parents[2] / "examples" / "pooling.toml"
    variant = Study.load(pooling).definition.variants[0]
    for name, network, own in (
        (str(path), "softmax", {"lr": 0.01}),
        (f"{pooling}/{variant.name}", variant.network, {"optimizer": "sgd(lr=0.05, momentum=0.9)"}),
    ):
        result = train("--batch-size", "128", network=name)
        assert result.exit_code == 0, result.output
        run = sb.train(network, "digits", epochs=2, batch_size=128, progress=False, **own)
        assert result.stdout.startswith(f"test error {run.test_error:.2f}%")


def test_the_time_of_a_short_epoch_is_not_zero(train):
    assert all(not line.endswith(" 0.0 s") for line in train().stderr.splitlines())
