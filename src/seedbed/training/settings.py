"""Every setting of a recipe and of a run, stated once: type, default, range, term, and what it is.

From here come the options of the program, the signature and the docstring of ``sb.train`` and of ``Recipe.make``, the
keys of a study, the axes of a sweep, the rows of a report and the table in docs/recipes.md. A new setting is a field of
``RecipeValues`` with its ``Setting``, a line of ``Settings`` that says what may be given for it, and whatever carries
it out.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from types import NoneType
from typing import Annotated, Any, TypedDict, get_args, get_type_hints

from seedbed.data.preparation import AUGMENTATIONS, INPUTS, Augmentation, InputStep
from seedbed.engine import ENGINES
from seedbed.engine.losses import LOSSES, Loss
from seedbed.engine.memory import MOST_IMAGES
from seedbed.engine.optimizers import OPTIMIZERS, Optimizer
from seedbed.errors import RecipeError
from seedbed.language import phrase
from seedbed.network import INITIALIZERS, ZOO, Init
from seedbed.training.decay import DECAYS, L2
from seedbed.training.schedules import SCHEDULES, Schedule
from seedbed.training.setting import DATA, RUNNING, Setting
from seedbed.training.suited import FEWEST_EPOCHS, MOST_STEPPED_EPOCHS, STEPS, SUITED

MOST_EPOCHS = 1_000_000

_NAMED = "for a network with a name"


def _left_out(name: str, otherwise: str) -> str:
    return f"{SUITED[name]} {_NAMED}, else {otherwise}"


@dataclass(frozen=True, kw_only=True)
class RecipeValues:
    """What a recipe holds: texts in their canonical form and numbers."""

    network: Annotated[
        str,
        Setting(
            lambda: phrase("Network"),
            "A name or a text such as 'flatten linear(10)'.",
            known=ZOO,
            is_always_said=True,
            accepts="Network or list of layers",
        ),
    ]
    data: Annotated[
        str,
        Setting(lambda: phrase("Data set"), "The data set; 'seedbed data list' shows all.", DATA, is_always_said=True),
    ] = "mnist"
    loss: Annotated[
        str,
        Setting(
            lambda: phrase("Loss"),
            "What training minimises.",
            left_out="mse after sigmoid or softmax, else cross_entropy",
            known=LOSSES,
            is_always_said=True,
            accepts="Loss",
        ),
    ]
    optimizer: Annotated[
        str,
        Setting(
            lambda: phrase("Optimizer"),
            "How parameters follow their gradients, such as 'sgd(lr=0.02, momentum=0.9)'.",
            left_out=_left_out("optimizer", "sgd(0.02)"),
            known=OPTIMIZERS,
            is_always_said=True,
            accepts="Optimizer",
        ),
    ] = "sgd(0.02)"
    schedule: Annotated[
        str,
        Setting(
            lambda: phrase("Learning rate schedule"),
            "How the learning rate changes, such as 'warmup(1) cosine'.",
            left_out=_left_out("schedule", "constant"),
            known=SCHEDULES,
            accepts="Schedule",
        ),
    ] = "constant"
    weight_decay: Annotated[
        str,
        Setting(
            lambda: phrase("Weight decay by parameter"),
            "Weight decay of some parameters, in place of the optimizer's: 'l2(0.004, of=linear1)'.",
            left_out="none",
            known=DECAYS,
            accepts="L2",
        ),
    ] = ""
    average: Annotated[
        float | None,
        Setting(
            lambda: phrase("Moving average of parameters"),
            "Decay of moving averages of the parameters, such as 0.999, which then answer.",
            left_out="none",
            above=0,
            below=1,
        ),
    ] = None
    clip_norm: Annotated[
        float | None,
        Setting(
            lambda: phrase("Largest gradient norm"),
            "A longer gradient of all parameters together is shortened to this norm.",
            left_out="none",
            above=0,
        ),
    ] = None
    input: Annotated[
        str,
        Setting(
            lambda: phrase("Input"),
            "What is done to every image before it enters the network, such as 'pad(2) standardize'.",
            DATA,
            known=INPUTS,
            is_always_said=True,
            accepts="InputStep",
        ),
    ] = "standardize"
    augment: Annotated[
        str,
        Setting(
            lambda: phrase("Augmentation"),
            "What is done to training images beside, drawn anew in every epoch, such as 'shift(2)'.",
            DATA,
            left_out="none",
            known=AUGMENTATIONS,
            accepts="Augmentation",
        ),
    ] = ""
    init: Annotated[
        str,
        Setting(
            lambda: phrase("Initial weights"),
            "First values of the parameters, such as 'xavier_uniform constant(0.1, of=bias)'.",
            known=INITIALIZERS,
            is_always_said=True,
            accepts="Init",
        ),
    ] = "lecun_uniform"
    batch_size: Annotated[
        int,
        Setting(lambda: phrase("Batch size"), "Images per step.", least=1, most=MOST_IMAGES, is_always_said=True),
    ] = 32
    epochs: Annotated[
        int,
        Setting(
            lambda: phrase("Epochs"),
            "How often every training image is seen.",
            left_out=f"as makes {STEPS:,} steps, {FEWEST_EPOCHS} to {MOST_STEPPED_EPOCHS}, {_NAMED}, else 3",
            least=1,
            most=MOST_EPOCHS,
            is_always_said=True,
        ),
    ] = 3
    validation: Annotated[
        int,
        Setting(
            lambda: phrase("Validation images"),
            "Training images held out, to choose by their error; the same for every seed.",
            DATA,
            left_out="none",
            least=0,
        ),
    ] = 0
    patience: Annotated[
        int | None,
        Setting(
            lambda: phrase("Early stopping, epochs without a better one"),
            "Stop after so many epochs without a lower validation error; keep the best.",
            left_out="none",
            least=1,
            most=MOST_EPOCHS,
        ),
    ] = None
    order: Annotated[
        str,
        Setting(
            lambda: phrase("Order of training images"),
            "'new': drawn for every epoch; 'once': every epoch has the batches of the first, a fault of some programs.",
            known=("new", "once"),
            is_later=True,
        ),
    ] = "new"
    evaluation: Annotated[
        str,
        Setting(
            lambda: phrase("Images that errors count"),
            "'all'; 'whole_batches': without the last test images that fill no batch, a fault of some programs; "
            "'validation': no test image is met.",
            known=("all", "whole_batches", "validation"),
            is_later=True,
        ),
    ] = "all"
    class_weights: Annotated[
        str,
        Setting(
            lambda: phrase("Class weights in the loss"),
            "What the loss of an image counts by its class: 'balanced', or by name, 'cat=2, dog=0.5'; others count 1.",
            left_out="all count alike",
            is_later=True,
            accepts="dict",
        ),
    ] = ""
    sampling: Annotated[
        str,
        Setting(
            lambda: phrase("Training images of an epoch"),
            "'all': each once; 'balanced': as many draws, of each class as many as of any other.",
            DATA,
            known=("all", "balanced"),
            is_later=True,
        ),
    ] = "all"


class Settings(TypedDict, total=False):
    """What may be given for the settings of a recipe, beside the network and the data: texts or objects."""

    loss: str | Loss | None
    optimizer: str | Optimizer
    lr: float | None
    schedule: str | Schedule
    weight_decay: str | L2 | Sequence[L2]
    average: float | None
    clip_norm: float | None
    input: str | InputStep | Sequence[InputStep]
    augment: str | Augmentation | Sequence[Augmentation]
    init: str | Init
    batch_size: int
    epochs: int
    validation: int
    patience: int | None
    order: str
    evaluation: str
    class_weights: str | Mapping[str, float]
    sampling: str


@dataclass(frozen=True, kw_only=True)
class RunValues:
    """What decides a run beside its recipe, or how it is carried out."""

    seed: Annotated[
        int,
        Setting(
            lambda: phrase("Seed"),
            "Decides first values, the order of images, dropout.",
            RUNNING,
            least=0,
            most=2**64 - 1,
        ),
    ] = 0
    engine: Annotated[
        str | None,
        Setting(
            lambda: phrase("Engine"),
            "What computes.",
            RUNNING,
            left_out="native, or torch for a large network where there is CUDA",
            known=ENGINES,
        ),
    ] = None
    threads: Annotated[
        int | None,
        Setting(
            lambda: phrase("Threads"),
            "Cores to use; they leave no trace in the result.",
            RUNNING,
            left_out="all usable ones, at most 4",
            least=1,
        ),
    ] = None


def settings_of(values: type) -> dict[str, Setting]:
    """The settings that a class of values states, by name."""
    hints = get_type_hints(values, include_extras=True)
    found = {}
    for one in fields(values):
        if not hasattr(hints[one.name], "__metadata__"):
            continue
        kinds, stated = get_args(hints[one.name])[0], hints[one.name].__metadata__[0]
        own = [kind for kind in get_args(kinds) or (kinds,) if kind is not NoneType]
        default = None if one.default is MISSING else one.default
        found[one.name] = replace(
            stated, name=one.name, kind=own[0], is_optional=NoneType in get_args(kinds), default=default
        )
    return found


RECIPE = settings_of(RecipeValues)
"""The settings of a recipe by name, in the order of reports."""
RUN = settings_of(RunValues)
"""Those of a run."""
LR = Setting(
    lambda: phrase("Learning rate"),
    "Learning rate, in place of the optimizer's.",
    name="lr",
    kind=float,
    is_optional=True,
    left_out="the optimizer's",
)
"""A short form that no recipe holds: it goes into the optimizer."""
PARTS = ("network", "data")
"""Those that stand by themselves, first, wherever something is trained."""


def completed(settings: Mapping[str, Any]) -> dict[str, Any]:
    """All settings but network and data: those that are given, checked as far as they are numbers, else the defaults.

    Raises
    ------
    RecipeError
        A name is unknown, or a number out of its range.
    """
    known = {name: setting for name, setting in RECIPE.items() if name not in PARTS}
    for name in settings:
        if name not in known:
            raise unknown(name, [*known, LR.name])
    return {name: setting.checked(settings.get(name, setting.default)) for name, setting in known.items()}


def read_value(name: str, text: str) -> Any:
    """The value that a person typed for a setting: a number where it is one, None for ``none`` where that is a value.

    Raises
    ------
    RecipeError
        The setting is unknown, or its text is no number.
    """
    known = RECIPE | {LR.name: LR}
    if name not in known:
        raise unknown(name, known)
    setting = known[name]
    if setting.kind is str:
        return text
    if text == "none" and (setting.is_optional or setting.default is None):
        return None
    try:
        return setting.kind(text)
    except ValueError:
        expected = "a whole number" if setting.kind is int else "a number"
        raise RecipeError(field=name, expected=expected, got=f"'{text}'") from None


def laid_over(values: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with others in their place; an optimizer replaces a learning rate that was given apart, too."""
    is_replaced = "optimizer" in own
    return {name: value for name, value in values.items() if not (name == LR.name and is_replaced)} | {**own}


def unknown(name: str, known: Iterable[str]) -> RecipeError:
    """The error for a setting that there is not."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"Known: {', '.join(names)}."
    hint = f"Did you mean '{near[0]}'? {hint}" if near else hint
    return RecipeError(f"unknown setting '{name}'. {hint}", field=name, expected="a setting that is known", hint=hint)
