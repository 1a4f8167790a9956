"""The settings of a recipe in the signature and the docstring of functions that take them as ``**settings``."""

import inspect
import re
import textwrap
from collections.abc import Callable
from typing import Any, TypeVar, get_type_hints

from seedbed.training.setting import Setting
from seedbed.training.settings import LR, PARTS, RECIPE, RUN, Settings

Function = TypeVar("Function", bound=Callable[..., Any])

_PLACE = re.compile(r"^( *)\*\*settings\n(?:\1 +\S.*\n)+", re.MULTILINE)
_WIDTH = 116


def takes_settings(function: Function) -> Function:
    """Show what ``**settings`` stands for: each setting with its type and default, behind the first arguments, and its
    paragraph in place of that of ``**settings``; those of a run, which have arguments of their own, theirs.
    A setting of a recipe that the function names itself, for a default of its own, stays as it is there.

    Type checkers see ``Unpack[Settings]``; ``help``, notebooks and ``inspect`` see this.
    """
    return takes_settings_but()(function)


def takes_settings_but(*left_out: str) -> Callable[[Function], Function]:
    """As ``takes_settings``, without some settings that the function does not take."""

    def shown(function: Function) -> Function:
        return _show(function, left_out)

    return shown


def _show(function: Function, left_out: tuple[str, ...]) -> Function:
    signature = inspect.signature(function)
    first: list[inspect.Parameter] = []
    last: list[inspect.Parameter] = []
    for one in signature.parameters.values():
        if one.kind is not one.VAR_KEYWORD:
            (first if one.kind is one.POSITIONAL_OR_KEYWORD else last).append(one)
    stated = list(RECIPE.values())
    stated.insert(list(RECIPE).index("optimizer") + 1, LR)
    own = [setting for setting in stated if setting.name not in (*PARTS, *signature.parameters, *left_out)]
    parameters = [*first, *map(_parameter, own), *last]
    function.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    told = [*own, *(setting for name, setting in RUN.items() if name in signature.parameters)]
    function.__doc__ = _PLACE.sub(
        lambda place: "".join(_paragraph(one, place[1]) for one in told), function.__doc__ or ""
    )
    return function


def _parameter(setting: Setting) -> inspect.Parameter:
    kind = get_type_hints(Settings).get(setting.name, setting.kind | None if setting.is_optional else setting.kind)
    return inspect.Parameter(setting.name, inspect.Parameter.KEYWORD_ONLY, default=setting.default, annotation=kind)


def _paragraph(setting: Setting, indent: str) -> str:
    text = textwrap.fill(setting.sentence, _WIDTH - len(indent), break_long_words=False, break_on_hyphens=False)
    return textwrap.indent(f"{setting.name} : {setting.accepted}\n{textwrap.indent(text, '    ')}\n", indent)
