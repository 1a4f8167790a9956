"""The file that a study of one's own begins with."""

import re
from pathlib import Path

from seedbed.errors import StudyError
from seedbed.files import given_path, write_file

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*")

_TEXT = """\
# A study: variants that are trained over many random seeds, and claims that get a verdict.
#
#     seedbed study run {path} --quick    # a first look
#     seedbed study run {path}            # in full; the same command goes on after Ctrl-C
#     seedbed report {path} --lang ko     # the report again, in another form
#
# All keys: docs/studies.md. All layers, losses, optimizers and settings: docs/recipes.md.

name = "{name}"                      # of its files; letters, digits and _.+-
title = "Average or maximum?"
question = "Does a small network on scikit-learn's digits err less with maximum pooling?"
# source = "Who said so, and where."
# remarks = ["What a reader of the report should know."]

# What all variants share. A variant may say otherwise.
[defaults]
data = "digits"                      # or mnist, fashion-mnist, a name of 'seedbed data import'
loss = "cross_entropy"
optimizer = "sgd(0.05, momentum=0.9)"
batch_size = 32
# schedule = "cosine"
# augment = "shift(1)"
# validation = 200                   # training images held out to choose by

# How often each variant is trained, and how long. Ten seeds tell differences of about the scatter of one run.
[full]
seeds = 10
epochs = 20

# A first look: --quick. It shows whether everything runs; too short for verdicts.
[quick]
seeds = 3
epochs = 5

[[variants]]
name = "average"
title = "average pooling"
network = "conv2d(16, 3, padding=1) relu avgpool2d(2) flatten linear(32) relu linear(10)"

[[variants]]
name = "maximum"
title = "maximum pooling"
network = "conv2d(16, 3, padding=1) relu maxpool2d(2) flatten linear(32) relu linear(10)"
# published = {{ error = 0.96, std = 0.06, runs = 5 }}   # figures of a source, to compare with

# What the study checks: 'better' errs less than 'worse'. All claims of a study are corrected together.
[[claims]]
text = "Maximum pooling lowers the error."
better = "maximum"
worse = "average"

# Many variants at once: one for each combination of the values of the axes.
#
# [[grids]]
# grid = "rates"
# caption = "Learning rate and activation"
# name = "{{act}}-{{lr}}"
# title = "{{act}}, learning rate {{lr}}"
# network = "flatten linear(32) {{act}} linear(10)"
# lr = "{{lr}}"
#
# [grids.axes]
# act = ["tanh", "relu"]
# lr = [0.1, 0.01]
"""


def write_new_study(name_or_path: str | Path) -> Path:
    """Write a commented study that runs as it is.

    Parameters
    ----------
    name_or_path : str or Path
        ``pooling`` writes ``pooling.toml`` here; a path ending in ``.toml`` names the file itself.

    Returns
    -------
    Path

    Raises
    ------
    StudyError
        The name is none for a study, the file is there, or it cannot be written.
    """
    path = given_path("name", name_or_path, StudyError)
    path = path if path.suffix == ".toml" else path.with_name(f"{path.name}.toml")
    name = path.name.removesuffix(".toml")
    if not _NAME.fullmatch(name):
        raise StudyError(field="name", expected="a name of letters, digits and _.+- without spaces", got=repr(name))
    if path.exists():
        raise StudyError(f"study file '{path}' is there already; nothing was written. Take another name.")
    try:
        write_file(path, _TEXT.format(name=name, path=path).encode())
    except OSError as error:
        raise StudyError(f"study file '{path}' cannot be written: {error.strerror}.") from None
    return path
