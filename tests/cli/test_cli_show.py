"""``seedbed show``."""

import re

import pytest
from typer.testing import CliRunner

from seedbed.cli.app import app
from seedbed.cli.show import multiply_adds
from seedbed.network import Network, load_network


def show(*arguments):
    return CliRunner().invoke(app, ["show", *arguments], env={"COLUMNS": "100"})


def rows(result):
    return {line.split()[0]: line.split() for line in result.stdout.splitlines() if line}


def test_lenet5_has_the_known_sizes():
    shown = rows(show("lenet5"))
    assert shown["conv1"] == ["conv1", "conv2d(6,", "5,", "padding=2)", "6×28×28", "156", "117,600"]
    assert shown["pool2"] == ["pool2", "avgpool2d(2)", "16×5×5"]
    assert shown["total"] == ["total", "10", "61,706", "416,520"]


def test_the_last_line_is_the_canonical_text():
    result = show("conv2d( 6,5 ),relu, flatten linear(10)")
    assert result.stdout.splitlines()[-1] == "input(1, 28, 28) conv2d(6, 5) relu flatten linear(10)"


def test_how_convolutions_are_computed_is_said():
    lines = show("svm-cnn").stdout.splitlines()
    assert "on engine native: conv1 direct, conv2 minimal 4×4, conv3 minimal 3×3" in lines
    assert "on engine native" not in show("softmax").stdout


@pytest.mark.parametrize("arguments", [["--data", "digits"], ["--input-shape", "1,8,8"], ["--input-shape", "1x8×8"]])
def test_the_shape_of_the_input(arguments):
    assert rows(show("softmax", *arguments))["total"][-2:] == ["650", "640"]


def test_multiply_adds_are_those_of_the_definition():
    network = Network.parse("conv2d(4, 3, stride=2, padding=1) flatten linear(5)", (3, 7, 9))
    adds = [multiply_adds(node) for node in network.nodes]
    assert adds == [4 * 4 * 5 * 3 * 3 * 3, 0, 4 * 4 * 5 * 5]
    assert sum(multiply_adds(node) for node in load_network("lenet5++").nodes) == 416_520
    by_table = load_network("conv2d(16, 5, table=lenet5)", (6, 14, 14))
    assert multiply_adds(by_table.nodes[0]) == 60 * 25 * 10 * 10, "Table I has 60 connections"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["conv2d(6, 5) linear(10)"], "linear 'linear1': expected a flat value, got 6×24×24 from 'conv1'"),
        (["conv2b(6, 5)"], "unknown layer 'conv2b'. Did you mean 'conv2d'?"),
        (["softmax", "--input-shape", "28,28"], "expected channels,height,width such as 1,28,28; got '28,28'"),
        (["softmax", "--input-shape", "0,8,8"], "all at least 1"),
        (["softmax", "--input-shape", "1,8,8", "--data", "digits"], "not both"),
        (["softmax", "--data", "mnits"], "Did you mean 'mnist'?"),
        (["input(1, 28, 28) flatten linear(10)", "--data", "digits"], "expects images of 1×28×28"),
        ([""], "a network needs at least one layer|begin with"),
    ],
)
def test_wrong_input_is_named(arguments, message):
    result = show(*arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert re.search(message if "|" in message else re.escape(message), result.stderr)
