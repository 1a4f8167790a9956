"""Modules of the user's own whose parts texts may name: ``my_activation:Swish``.

A text that is read, such as a study or the recipe of a run, never makes Python import what it likes: only modules that
the user has put to use are. Worker processes know them by the environment.
"""

import importlib
import os
import sys
from pathlib import Path

from seedbed.errors import NotationError

VARIABLE = "SEEDBED_PARTS"
"""The environment variable that names modules in use, or their files, separated as a search path is."""


def use_parts(*modules: str | Path) -> None:
    """Let texts name the parts of some modules, here and in worker processes.

    Parameters
    ----------
    *modules : str or Path
        Names of modules, or paths of ``.py`` files. They are imported, which runs them.

    Raises
    ------
    NotationError
        There is no such module.
    """
    for one in modules:
        text = str(Path(one).expanduser().absolute()) if str(one).endswith(".py") else str(one)
        _import(text)
        if text not in _in_use():
            os.environ[VARIABLE] = os.pathsep.join([*_in_use(), text])


def import_module_of(name: str) -> None:
    """Import the module of ``module:name`` if it is in use, so that its parts are known.

    Raises
    ------
    NotationError
        It is not in use.
    """
    module = name.partition(":")[0]
    for text in _in_use():
        if _module_name(text) == module:
            _import(text)
            return
    hint = f"Say sb.use_parts('{module}.py'), or seedbed --parts {module}.py."
    raise NotationError(
        f"'{name}' is a part of your own module '{module}', which is not in use. {hint}",
        expected="a module in use",
        got=module,
        hint=hint,
    )


def _in_use() -> list[str]:
    return [text for text in os.environ.get(VARIABLE, "").split(os.pathsep) if text]


def _module_name(text: str) -> str:
    return Path(text).stem if text.endswith(".py") else text


def _import(text: str) -> None:
    name = _module_name(text)
    if text.endswith(".py"):
        folder = str(Path(text).parent)
        if not Path(text).is_file():
            raise NotationError(f"parts '{text}': no such file.")
        if folder not in sys.path:
            sys.path.insert(0, folder)
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise NotationError(f"parts '{text}': there is no module '{name}'.") from None
