"""Functions and classes out of the source of a module, for a file that is to stand alone.

The source is read, not imported: a module for PyTorch can be written where PyTorch is not.
"""

import ast
from functools import cache
from importlib import resources


def definitions(package: str, name: str, wanted: set[str]) -> list[str]:
    """Sources of what is asked for and of all that it uses in its module, in the order of the module.

    Parameters
    ----------
    package, name : str
        Where the module lies: ``seedbed.engine``, ``torch/modules``. The package is imported, the module is not.
    wanted : set of str
        Names of functions, classes and constants.
    """
    text, known = _read(package, name)
    needed, new = set(), wanted & known.keys()
    while new:
        needed |= new
        new = {used for one in new for used in names_in(known[one])} & known.keys() - needed
    return [_source(text, node) for one, node in known.items() if one in needed]


def names_in(node: ast.AST) -> set[str]:
    """All names that a piece of code mentions."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


@cache
def _read(package: str, name: str) -> tuple[str, dict[str, ast.stmt]]:
    text = resources.files(package).joinpath(*f"{name}.py".split("/")).read_text(encoding="utf-8")
    known: dict[str, ast.stmt] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            known[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            known[node.targets[0].id] = node
    return text, known


def _source(text: str, node: ast.stmt) -> str:
    first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
    lines = text.splitlines()[first - 1 : node.end_lineno]
    return "\n".join(line.split("  # type: ignore")[0] for line in lines)
