"""A study of two small networks, and the program as a person calls it."""

from typer.testing import CliRunner

from seedbed.cli.app import app

STUDY = """
name = "two"
title = "Two"
question = "Which?"
[defaults]
data = "digits"
[full]
seeds = 2
epochs = 2
[quick]
seeds = 1
epochs = 1
[[variants]]
name = "one"
title = "One layer"
network = "flatten linear(10)"
[[variants]]
name = "two"
title = "Two layers"
network = "flatten linear(8) relu linear(10)"
"""


def invoke(*arguments):
    return CliRunner().invoke(app, [str(word) for word in arguments])
