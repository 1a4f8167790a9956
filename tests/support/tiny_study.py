"""A study on the digits that takes a moment, and one that takes long enough to be killed in."""

from dataclasses import fields

from seedbed.study.study_result import StudyResult

TINY = """
name = "tiny"
title = "Two learning rates"
question = "Is a larger learning rate better for a linear classifier?"
source = "nobody"

[defaults]
data = "digits"
network = "flatten linear(10)"
batch_size = 32

[full]
seeds = 3
epochs = 3

[quick]
seeds = 2
epochs = 1

[[variants]]
name = "low"
title = "Low rate"
optimizer = "sgd(lr=0.005)"
published = { error = 20.0, std = 1.5, runs = 4, remark = "made up" }

[[variants]]
name = "high"
title = "High rate"
optimizer = "sgd(lr=0.2)"

[[claims]]
text = "A higher rate lowers the error."
better = "high"
worse = "low"
published_difference = 5.0
"""

SLOW = TINY.replace(
    "flatten linear(10)", "conv2d(32, 5, padding=2) relu conv2d(32, 5) relu flatten linear(10)"
).replace("seeds = 2\nepochs = 1", "seeds = 1\nepochs = 60")
"""Some seconds for each of its two quick runs, so that there is time to interrupt them."""


def written_out(result: StudyResult) -> dict[str, str]:
    """All that a result holds, as text: arrays and NaN have no equality of their own."""
    return {field.name: repr(getattr(result, field.name)) for field in fields(result) if field.repr}
