"""The options that say what is trained, from the settings as they are stated: the same for every command."""

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar, get_origin

import typer

from seedbed.language import LANGUAGES, speaking
from seedbed.training.setting import RUNNING, TRAINING, Setting
from seedbed.training.settings import LR, RECIPE, RUN

ARGUMENTS = "Arguments: docs/recipes.md."

Command = TypeVar("Command", bound=Callable[..., Any])


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


def cluster_option(panel: str | None = None) -> Any:
    """``--on``: who does the runs."""
    return typer.Option(
        "--on",
        help="A Dask cluster that does the runs: dask (started here) or dask://HOST:PORT. See docs/scale.md.",
        metavar="CLUSTER",
        show_default="this machine's cores",
        rich_help_panel=panel,
    )


def _checked_language(lang: str) -> str:
    with speaking(lang):
        return lang


def takes_settings(command: Command) -> Command:
    """Give a command an option for every setting of a recipe; it gets them as ``**settings``.

    They stand behind its arguments and before its own options. Where it has an option of that name its own counts, if
    it says more than the type: so ``seed: int`` gets the option of that setting of a run.
    """
    signature = inspect.signature(command)
    own = [one for one in signature.parameters.values() if one.kind is not one.VAR_KEYWORD]
    names = {one.name for one in own}
    stated = [_parameter(one) for name, one in RECIPE.items() if name != "network" and name not in names]
    arguments = [one for one in own if one.default is one.empty]
    options = [
        _parameter(RUN[one.name]) if one.name in RUN and get_origin(one.annotation) is not Annotated else one
        for one in own
        if one.default is not one.empty
    ]
    command.__signature__ = signature.replace(parameters=[*arguments, *stated, *options])  # type: ignore[attr-defined]
    return command


def _parameter(setting: Setting) -> inspect.Parameter:
    """The option of a setting."""
    known = f" Known: {', '.join(setting.known)}." if setting.known else ""
    arguments = f" {ARGUMENTS}" if isinstance(setting.known, Mapping) else ""
    metavar = "NAME" if setting.name in ("data", "engine") else "TEXT" if setting.kind is str else None
    told = option(setting.panel, setting.help + known + arguments, setting.left_out or True, metavar)
    kind: Any = setting.kind | None if setting.default is None else setting.kind
    return inspect.Parameter(
        setting.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=setting.default, annotation=Annotated[kind, told]
    )


def typed(context: typer.Context, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings whose options were typed: what else holds is decided where recipes are made."""
    return {name: value for name, value in settings.items() if is_given(context, name)}


Network = Annotated[
    str,
    typer.Argument(
        help=f"{RECIPE['network'].help} Known: {', '.join(RECIPE['network'].known)}. {ARGUMENTS}", show_default=False
    ),
]
LearningRate = Annotated[float | None, option(TRAINING, LR.help)]
Observers = Annotated[
    list[str] | None,
    typer.Option(
        "--observe",
        metavar="KIND=PLACE",
        help="Tell of the run elsewhere: tensorboard=FOLDER, mlflow=SERVER, csv=FILE, parquet=FILE; may be repeated.",
        show_default=False,
        rich_help_panel=RUNNING,
    ),
]
