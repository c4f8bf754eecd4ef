"""The rules of the house as functions: a module's path and text in, its violations out."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("data", "scoring", "predictors", "app", "pages")

# Which of our packages a package may import besides itself.
MAY_IMPORT = {
    "data": frozenset[str](),
    "scoring": frozenset({"data"}),  # the base of errors only
    "predictors": frozenset({"data"}),
    "app": frozenset({"data", "scoring", "predictors"}),
    "pages": frozenset({"app"}),
}

# Where each library may be imported: folders, or modules without their suffix. Elsewhere it may not.
LIBRARY_HOMES = {
    "streamlit": ("app", "pages"),
    "plotly": ("app/charts",),
    "duckdb": ("data",),
    "onnx": ("predictors/reading", "predictors/samples"),
    "google": ("predictors/reading", "predictors/samples"),
    "sklearn": ("predictors",),
    "scipy": ("predictors",),
    "numpy": ("data", "predictors", "app"),
    "pandas": ("data", "predictors", "app", "pages"),
    "pyarrow": ("data",),
    "joblib": ("predictors/research/batch",),
    "tqdm": ("predictors/research/batch",),
    "PIL": ("app/label",),
    "segno": ("app/label",),
    "starlette": ("app/server",),
    "babel": ("app/i18n",),
    "dask": ("predictors/research/batch",),
    "tflite": ("predictors/reading",),
    "flatbuffers": ("predictors/reading",),
    "onnxruntime": ("predictors/measuring",),
    "psutil": ("predictors/measuring",),
    "zeus": ("predictors/measuring/sensors/zeus_meter",),
}

# Used if a person has them, and never needed.
OPTIONAL_LIBRARIES = frozenset({"dask", "zeus"})

CHART_HOME = "app/charts"
SERIALIZERS = frozenset({"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "skops"})
# joblib may spread work over processes, and never store anything.
STORING_NAMES = frozenset({"joblib.load", "joblib.dump", "joblib.Memory", "joblib.memory"})
STORING_ENDINGS = frozenset(name.rpartition(".")[2] for name in STORING_NAMES)
PICKLING_CALLS = frozenset({"read_pickle", "to_pickle"})
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|root|Users|work)/\w")
ENTRY = "app/main.py"


@dataclass(frozen=True, slots=True)
class Module:
    """One source file: its path from the project's root, text, syntax tree, and its nodes of `LOOKED_AT`."""

    path: PurePosixPath
    text: str
    tree: ast.Module
    nodes: tuple[ast.AST, ...]

    @property
    def package(self) -> str:
        """The top-level package that the file belongs to."""
        return self.path.parts[0]


# What rules look at: a fifth of all nodes, and every rule goes over them.
LOOKED_AT = (
    ast.Import, ast.ImportFrom, ast.Call, ast.Attribute, ast.keyword, ast.ExceptHandler, ast.FunctionDef,
    ast.AsyncFunctionDef, ast.ClassDef,
)  # fmt: skip


def parse(path: str, text: str) -> Module:
    """A module from its path (relative, with forward slashes) and its text."""
    tree = ast.parse(text)
    nodes = tuple(node for node in ast.walk(tree) if isinstance(node, LOOKED_AT))
    return Module(PurePosixPath(path), text, tree, nodes)


def project_files() -> list[str]:
    """Every Python file of the five packages, from the project's root."""
    files = (file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    return sorted(file.relative_to(ROOT).as_posix() for file in files)


@cache
def project_module(path: str) -> Module:
    """The module at a path from the project's root, parsed once."""
    return parse(path, (ROOT / path).read_text(encoding="utf-8"))


def imported_names(module: Module) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every absolute import, calls of import_module with a literal included."""
    for node in module.nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.lineno, node.module
        elif isinstance(node, ast.Call) and _called_name(node) in {"import_module", "__import__"}:
            yield from ((node.lineno, name) for name in _literal_strings(node.args[:1]))


def _called_name(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _literal_strings(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _is_in(path: PurePosixPath, home: str) -> bool:
    return path.is_relative_to(home) or path.with_suffix("") == PurePosixPath(home)


def wrong_directions(module: Module) -> Iterator[str]:
    """Imports of our own packages against the direction of the layers."""
    allowed = MAY_IMPORT[module.package] | {module.package}
    for line, name in imported_names(module):
        top = name.partition(".")[0]
        if top in PACKAGES and top not in allowed:
            yield f"{module.path}:{line}: {module.package} may not import {name}"


def misplaced_libraries(module: Module) -> Iterator[str]:
    """Libraries imported outside their home."""
    for line, name in imported_names(module):
        homes = LIBRARY_HOMES.get(name.partition(".")[0])
        if homes is not None and not any(_is_in(module.path, home) for home in homes):
            yield f"{module.path}:{line}: {name} belongs in {' or '.join(homes)}"


def unknown_imports(module: Module) -> Iterator[str]:
    """Imports that are neither ours nor the standard library's nor declared: a bare sibling is one."""
    known = sys.stdlib_module_names | LIBRARY_HOMES.keys() | set(PACKAGES)
    for line, name in imported_names(module):
        if name.partition(".")[0] not in known:
            yield f"{module.path}:{line}: {name} is not declared (`from {module.package}.x import y`?)"


def relative_imports(module: Module) -> Iterator[str]:
    """Imports that begin with a dot."""
    for node in module.nodes:
        if isinstance(node, ast.ImportFrom) and node.level > 0:
            yield f"{module.path}:{node.lineno}: relative import"


def screen_in_charts(module: Module) -> Iterator[str]:
    """Streamlit in a chart module: charts take a frame and give a figure."""
    if _is_in(module.path, CHART_HOME):
        for line, name in imported_names(module):
            if name.partition(".")[0] == "streamlit":
                yield f"{module.path}:{line}: a chart knows no Streamlit"


def path_changes(module: Module) -> Iterator[str]:
    """Uses of sys.path: the entry file may have one, so that it works from any folder."""
    lines = [
        node.lineno
        for node in module.nodes
        if isinstance(node, ast.Attribute)
        and node.attr == "path"
        and isinstance(node.value, ast.Name)
        and node.value.id == "sys"
    ]
    statements = sorted(set(lines))
    if str(module.path) == ENTRY:
        changes = [line for line in statements if "sys.path." in module.text.splitlines()[line - 1]]
        statements = changes[1:]
    yield from (f"{module.path}:{line}: changes or reads sys.path" for line in statements)


def serializers(module: Module) -> Iterator[str]:
    """Formats that run code when they are read."""
    for line, name in imported_names(module):
        if name.partition(".")[0] in SERIALIZERS or name in STORING_NAMES:
            yield f"{module.path}:{line}: {name} is not used here"
    for node in module.nodes:
        if isinstance(node, ast.Call) and _called_name(node) in PICKLING_CALLS:
            yield f"{module.path}:{node.lineno}: {_called_name(node)} pickles"
        if isinstance(node, ast.Attribute) and node.attr in STORING_ENDINGS:
            name = ast.unparse(node)  # slow: only of what may be one of them
            if name in STORING_NAMES:
                yield f"{module.path}:{node.lineno}: {name} is not used here"
        if isinstance(node, ast.ImportFrom):
            for name in (f"{node.module}.{alias.name}" for alias in node.names):
                if name in STORING_NAMES:
                    yield f"{module.path}:{node.lineno}: {name} is not used here"
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle" and not _is_false(node.value):
            yield f"{module.path}:{node.value.lineno}: allow_pickle has to be False"


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def raw_markup(module: Module) -> Iterator[str]:
    """Ways to put markup of one's own on the page."""
    for node in module.nodes:
        if isinstance(node, ast.keyword) and node.arg in {"unsafe_allow_html", "unsafe_allow_javascript"}:
            yield f"{module.path}:{node.value.lineno}: {node.arg}"


def bare_excepts(module: Module) -> Iterator[str]:
    """`except:` with no type."""
    for node in module.nodes:
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield f"{module.path}:{node.lineno}: except without a type"


def machine_paths(module: Module) -> Iterator[str]:
    """Paths that exist on one machine only."""
    for number, line in enumerate(module.text.splitlines(), start=1):
        if MACHINE_PATH.search(line):
            yield f"{module.path}:{number}: path of one machine"


def long_files(module: Module, limit: int = 400) -> Iterator[str]:
    """Files of more than `limit` lines."""
    lines = len(module.text.splitlines())
    if lines > limit:
        yield f"{module.path}: {lines} lines, at most {limit}"


RULES: tuple[Callable[[Module], Iterator[str]], ...] = (
    wrong_directions,
    misplaced_libraries,
    unknown_imports,
    relative_imports,
    screen_in_charts,
    path_changes,
    serializers,
    raw_markup,
    bare_excepts,
    machine_paths,
    long_files,
)


def violations(module: Module) -> list[str]:
    """Everything that one module does against the rules."""
    return [violation for rule in RULES for violation in rule(module)]


def function_lengths(modules: list[Module]) -> list[int]:
    """Lines of every function of these modules, decorators left out."""
    return [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for module in modules
        for node in module.nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
