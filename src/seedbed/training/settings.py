"""Every setting of a recipe and of a run, stated once: type, default, range, term, and what it is.

From here come the options of the program, the signature and the docstring of ``sb.train`` and of ``Recipe.make``, the
keys of a study, the axes of a sweep, the rows of a report and the table in docs/recipes.md. A new setting is a field of
``RecipeValues`` with its ``Setting``, a line of ``Settings`` that says what may be given for it, and whatever carries
it out.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from types import NoneType
from typing import Annotated, Any, TypedDict, get_args, get_type_hints

from seedbed.checks import finite_number, number_rule, shown, whole_number, whole_rule
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

DATA, TRAINING, RUNNING = "Data", "Training", "Running and keeping"
"""Headings that settings stand under."""

MOST_EPOCHS = 1_000_000


@dataclass(frozen=True)
class Setting:
    """What there is to know of one setting; name, kind and default are those of its field.

    Attributes
    ----------
    term : callable
        Gives its name for readers of a report, in the language that is spoken.
    help : str
        What it is, a sentence or two.
    panel : str
        The heading that it stands under.
    left_out : str
        What holds if it is left out, where the default does not say so.
    least, above, most, below : optional
        Its range.
    known : mapping or sequence of str
        Names that its text may hold; of a sequence it is one, as it stands.
    is_always_said : bool
        Whether a report names it even where it has its default.
    is_later : bool
        Whether recipes were stored before there was this setting: where it has its default it is left out of what is
        stored, so that they keep their fingerprints.
    accepts : str
        What Python may be given for it, beside its kind: ``Loss``.
    name : str
    kind : type
        ``str``, ``int`` or ``float``.
    is_optional : bool
        Whether None is a value.
    default : Any
    """

    term: Callable[[], str]
    help: str
    panel: str = TRAINING
    left_out: str = ""
    least: int | None = None
    above: float | None = None
    most: int | None = None
    below: float | None = None
    known: Mapping[str, Any] | Sequence[str] = ()
    is_always_said: bool = False
    is_later: bool = False
    accepts: str = ""
    name: str = ""
    kind: type = str
    is_optional: bool = False
    default: Any = None

    @property
    def option(self) -> str:
        """What the program calls it: ``--batch-size``."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def range(self) -> str:
        """What a number must be, in words; empty for a text."""
        if self.kind is int:
            return whole_rule(self.least or 0, self.most)
        return number_rule(self.least, self.above, self.most, self.below) if self.kind is float else ""

    @property
    def default_text(self) -> str:
        """What holds if it is left out, for people."""
        return self.left_out or str(self.default)

    @property
    def sentence(self) -> str:
        """What it is, the names that its text may hold, its range and what holds if it is left out."""
        known = f" Known: {', '.join(self.known)}." if self.known else ""
        allowed = f"{self.range[:1].upper()}{self.range[1:]}; " if self.range else ""
        left_out = f"if left out, {self.default_text}." if self.default_text != "None" else ""
        left_out = left_out if allowed else f"{left_out[:1].upper()}{left_out[1:]}"
        return f"{self.help}{known} {allowed}{left_out}"

    @property
    def accepted(self) -> str:
        """What Python takes for it, as docstrings say it: ``str or Loss, optional``."""
        kinds = " or ".join(part for part in (self.kind.__name__, self.accepts) if part)
        return kinds + (", optional" if self.default is None else "")

    def checked(self, value: Any) -> Any:
        """A number within its range, as Python's own kind; one of a few words; any other text or object as it is.

        Raises
        ------
        RecipeError
        """
        if value is None and (self.is_optional or self.default is None):
            return value
        if self.kind is str:
            is_word = bool(self.known) and not isinstance(self.known, Mapping)
            if is_word and value not in self.known:
                raise RecipeError(field=self.name, expected=" or ".join(self.known), got=shown(value))
            return value
        if self.kind is int:
            return whole_number(self.name, value, self.least or 0, self.most)
        return finite_number(self.name, value, least=self.least, above=self.above, most=self.most, below=self.below)


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
            "'all', or 'whole_batches': without the last test images that fill no batch, a fault of some programs.",
            known=("all", "whole_batches"),
            is_later=True,
        ),
    ] = "all"


class Settings(TypedDict, total=False):
    """What may be given for the settings of a recipe, beside the network and the data: texts or objects."""

    loss: str | Loss | None
    optimizer: str | Optimizer
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
            raise unknown(name, known)
    return {name: setting.checked(settings.get(name, setting.default)) for name, setting in known.items()}


def unknown(name: str, known: Iterable[str]) -> RecipeError:
    """The error for a setting that there is not."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"Known: {', '.join(names)}."
    hint = f"Did you mean '{near[0]}'? {hint}" if near else hint
    return RecipeError(f"unknown setting '{name}'. {hint}", field=name, expected="a setting that is known", hint=hint)
