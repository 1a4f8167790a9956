"""The options that say what is trained: the same for every command that trains."""

import inspect
from typing import Annotated, Any

import typer

from seedbed.data.preparation import AUGMENTATIONS, INPUTS
from seedbed.engine.losses import LOSSES
from seedbed.engine.optimizers import OPTIMIZERS
from seedbed.language import LANGUAGES, speaking
from seedbed.network import INITIALIZERS, ZOO
from seedbed.training import Recipe
from seedbed.training.schedules import SCHEDULES

DEFAULTS = {name: str(parameter.default) for name, parameter in inspect.signature(Recipe.make).parameters.items()}
"""What ``Recipe.make`` takes if an option is left out, as text."""

ARGUMENTS = "Arguments: docs/recipes.md."
DATA, TRAINING, RUNNING = "Data", "Training", "Running and keeping"


def option(panel: str, help: str, default: str | bool = False, metavar: str | None = None) -> Any:
    """An option under a heading of the help; ``default`` is what the help says of it."""
    return typer.Option(help=help, show_default=default, metavar=metavar, rich_help_panel=panel)


def is_given(context: typer.Context, name: str) -> bool:
    """Whether an option was typed: a default must not take the place of what something else says."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def language_option(panel: str | None = None) -> Any:
    """``--lang``, refused before anything is trained if it is unknown."""
    known = "|".join(LANGUAGES)
    return typer.Option(
        "--lang", help="Language of the report.", metavar=known, callback=_checked_language, rich_help_panel=panel
    )


def _checked_language(lang: str) -> str:
    with speaking(lang):
        return lang


Network = Annotated[
    str,
    typer.Argument(
        help=f"A name ({', '.join(ZOO)}) or a text such as 'flatten linear(10)'. {ARGUMENTS}", show_default=False
    ),
]
Data = Annotated[str, option(DATA, "The data set; 'seedbed data list' shows all.", True, "NAME")]
Validation = Annotated[int, option(DATA, "Training images held out, to choose by their error.", "none")]
Input = Annotated[
    str, option(DATA, f"What is done to every image. Known: {', '.join(INPUTS)}. {ARGUMENTS}", True, "TEXT")
]
Augment = Annotated[
    str,
    option(
        DATA, f"What is done to training images beside. Known: {', '.join(AUGMENTATIONS)}. {ARGUMENTS}", "none", "TEXT"
    ),
]
Epochs = Annotated[int, option(TRAINING, "How often every training image is seen.", True)]
BatchSize = Annotated[int, option(TRAINING, "Images per step.", True)]
Optimizer = Annotated[
    str | None,
    option(
        TRAINING,
        f"Such as 'sgd(lr=0.02, momentum=0.9)'. Known: {', '.join(OPTIMIZERS)}. {ARGUMENTS}",
        DEFAULTS["optimizer"],
        "TEXT",
    ),
]
LearningRate = Annotated[float | None, option(TRAINING, "Learning rate, in place of the optimizer's.")]
Schedule = Annotated[
    str,
    option(
        TRAINING,
        f"How the learning rate changes, such as 'warmup(1) cosine'. Known: {', '.join(SCHEDULES)}. {ARGUMENTS}",
        True,
        "TEXT",
    ),
]
Loss = Annotated[
    str | None,
    option(
        TRAINING, f"Known: {', '.join(LOSSES)}. {ARGUMENTS}", "mse after sigmoid or softmax, else cross_entropy", "TEXT"
    ),
]
Init = Annotated[
    str,
    option(TRAINING, f"First values of the parameters. Known: {', '.join(INITIALIZERS)}. {ARGUMENTS}", True, "TEXT"),
]
WeightDecay = Annotated[
    str,
    option(TRAINING, "In place of the optimizer's, for some parameters: 'l2(0.004, of=linear1)'.", "none", "TEXT"),
]
Average = Annotated[
    float | None, option(TRAINING, "Decay of moving averages of the parameters, which then answer.", "none")
]
ClipNorm = Annotated[float | None, option(TRAINING, "Longer gradients are shortened to this norm.", "none")]
Patience = Annotated[
    int | None,
    option(TRAINING, "Stop after so many epochs without a lower validation error; keep the best.", "none"),
]
