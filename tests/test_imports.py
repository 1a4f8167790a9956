"""The house: imports run downwards only, libraries have one home, files stay short, ``import seedbed`` stays cheap."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
MODULES = {
    ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((SOURCE / "seedbed").rglob("*.py"))
}
COMPILED = {
    ".".join(path.relative_to(SOURCE).with_suffix("").parts) for path in sorted((SOURCE / "seedbed").rglob("*.pyi"))
}

# From the ground up. A module may import what stands on a lower floor or belongs to its own entry.
FLOORS = (
    ("seedbed.errors", "seedbed.__version__"),
    ("seedbed.checks", "seedbed.language", "seedbed.machine", "seedbed.philox", "seedbed.files", "seedbed.own_modules"),
    ("seedbed.notation", "seedbed.formatting"),
    ("seedbed.written", "seedbed.notebook", "seedbed.terminal"),
    ("seedbed.statistics",),
    ("seedbed.network",),
    ("seedbed.data",),
    ("seedbed.engine.base", "seedbed.engine.losses", "seedbed.engine.optimizers"),
    ("seedbed.engine.checks", "seedbed.engine.memory", "seedbed.engine.own"),
    ("seedbed.engine.native", "seedbed.engine.reference", "seedbed.engine.torch"),
    ("seedbed.engine",),
    ("seedbed.export",),
    ("seedbed.training",),
    ("seedbed.predict",),
    ("seedbed.store",),
    ("seedbed.insight",),
    ("seedbed.runner",),
    ("seedbed.observers",),
    ("seedbed.study",),
    ("seedbed.report",),
    ("seedbed.progress_line",),
    ("seedbed.api",),
    ("seedbed.classifier",),
    ("seedbed.kept",),
    ("seedbed.race",),
    ("seedbed",),
    ("seedbed.lab",),
    ("seedbed.cli",),
)
# Losses and optimizers belong to the protocol: base.py names them in its plan.
PROTOCOL = {"seedbed.engine.base", "seedbed.engine.losses", "seedbed.engine.optimizers"}
FLOOR = {entry: number for number, entries in enumerate(FLOORS) for entry in entries}

HOMES = {
    "optuna": {"seedbed.study"},
    "torch": {"seedbed.engine.torch"},
    "onnx": {"seedbed.export"},
    "keras": {"seedbed.export"},
    "mlflow": {"seedbed.observers"},
    "tensorboardX": {"seedbed.observers"},
    "matplotlib": {"seedbed.report"},
    "jinja2": {"seedbed.report"},
    "sqlite3": {"seedbed.store"},
    "typer": {"seedbed.cli"},
    "rich": {"seedbed.cli", "seedbed.progress_line", "seedbed.terminal"},
    "pooch": {"seedbed.data"},
    "fastapi": {"seedbed.lab"},
    "uvicorn": {"seedbed.lab"},
    "distributed": {"seedbed.runner"},
    "pandas": {"seedbed.observers", "seedbed.study"},
    "sklearn": {"seedbed.data", "seedbed.classifier"},
}
LONGEST_FILE = 400
EVERY_MODULE = pytest.mark.parametrize("module", MODULES)


def entry_of(module):
    """The longest entry of the house that a module lies in; the bare ``seedbed`` holds only itself."""
    parts = module.split(".")
    for length in range(len(parts), 1, -1):
        if (name := ".".join(parts[:length])) in FLOOR:
            return name
    return module if module in FLOOR else None


def imports_of(module):
    """Every module that a file imports anywhere, also inside functions and for types only."""
    found = set()
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name != "seedbed"}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "seedbed":
            found.add(f"seedbed.{node.attr}" if node.attr == "__version__" else "seedbed")
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import in line {node.lineno}"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            known = {name for name in names if name in MODULES or name in FLOOR}
            found |= known | ({node.module} if len(known) < len(names) else set())
    return found


@EVERY_MODULE
def test_every_module_has_its_place(module):
    assert entry_of(module) is not None, f"give {module} a floor in tests/test_imports.py and in HACKING.md"


@EVERY_MODULE
def test_imports_run_downwards(module):
    own = entry_of(module)
    for imported in imports_of(module):
        if imported.split(".")[0] != "seedbed":
            continue
        other = entry_of(imported)
        assert other is not None, f"{module} imports {imported}, which has no floor"
        same = other == own or {other, own} <= PROTOCOL
        assert same or FLOOR[other] < FLOOR[own], f"{module} must not import {imported}"


@cache
def tree_of(module):
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


@cache
def re_exports(package):
    """Of the names that a package hands on (``__all__``), the module from which its ``__init__`` takes each."""
    if package not in MODULES or MODULES[package].name != "__init__.py":
        return {}
    tree = tree_of(package)
    lists = [
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets) == "__all__"
    ]
    handed_on = set(ast.literal_eval(lists[0])) if lists else set()
    return {
        alias.asname or alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if (alias.asname or alias.name) in handed_on
    }


def needed_by(module):
    """The modules whose names a module uses, wherever it imports them: also inside functions and for types only.

    A package that hands a name on is no station of its own: who imports the name needs the module that defines it. Else
    every module inside a package that uses a name of another one through their package would count as a circle.
    """
    found = set()
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name in MODULES and alias.name != "seedbed"}
        elif isinstance(node, ast.ImportFrom):
            found |= {defining(node.module, alias.name) for alias in node.names if alias.name not in re_exports(module)}
    return (found & MODULES.keys()) - {module}


def defining(source, name):
    """The module that defines what ``from source import name`` gives, followed through packages that hand it on."""
    inner = f"{source}.{name}"
    if inner in MODULES or inner in COMPILED:
        return inner
    return defining(re_exports(source)[name], name) if name in re_exports(source) else source


def circles(graph):
    """Groups of two or more nodes that all reach each other."""
    reached = {node: set(graph[node]) for node in graph}
    changed = True
    while changed:
        changed = False
        for seen in reached.values():
            more = set().union(*(reached[other] for other in seen)) - seen
            seen |= more
            changed = changed or bool(more)
    together = {frozenset(other for other in seen if node in reached[other]) for node, seen in reached.items()}
    return sorted(sorted(group) for group in together if group)


def test_circles_are_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"d", "a"}}) == [["b", "c"], ["d"]]


def test_no_module_needs_itself():
    assert circles({module: needed_by(module) for module in MODULES}) == []


@EVERY_MODULE
def test_libraries_have_one_home(module):
    for imported in imports_of(module):
        homes = HOMES.get(imported.split(".")[0])
        assert homes is None or entry_of(module) in homes, f"{imported} is for {homes} only"


@pytest.mark.parametrize("folder", ["src/seedbed", "cpp", "tests"])
def test_files_stay_short(folder):
    files = [path for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".pyi", ".cpp", ".h"}]
    lengths = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert files
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def imported_by(statements):
    """Top-level names of everything that a fresh interpreter has imported after some statements."""
    code = f"import sys\n{statements}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    return set(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split())


def test_importing_seedbed_imports_nothing_heavy():
    assert (
        imported_by("import seedbed") & {"numpy", "scipy", "sklearn", "matplotlib", "torch", "rich", "typer"} == set()
    )


def test_training_imports_no_drawing_and_no_torch():
    statements = "import seedbed as sb; sb.train('softmax', 'digits', epochs=1, engine='reference')"
    assert imported_by(statements) & {"matplotlib", "torch", "typer", "rich"} == set()


def test_help_imports_no_command():
    statements = """
from seedbed.cli.app import main
sys.argv, sys.stdout, out = ["seedbed", "--help"], sys.stderr, sys.stdout
try:
    main()
except SystemExit:
    sys.stdout = out"""
    assert imported_by(statements) & {"numpy", "scipy", "sklearn", "matplotlib", "torch", "sqlite3"} == set()


@EVERY_MODULE
def test_nothing_that_is_read_is_executed(module):
    """No pickle, no evaluated text, no shell."""
    assert not {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"} & {
        name.split(".")[0] for name in imports_of(module)
    }
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            assert called not in ("eval", "exec", "os.system", "os.popen"), called
            assert called != "torch.load" or given.get("weights_only") == "True"
            assert given.get("allow_pickle", "False") == "False" and given.get("shell", "False") == "False"
