"""What a handler imports: the files to deploy with it, the packages to install, and what is missing."""

from __future__ import annotations

import ast
import linecache
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions, version
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from cdc_lab.emulator.lambda_.code_folders import INSTALLED
from cdc_lab.errors import LabError

PATTERNS = "cdc_lab.patterns"
_OF_LAMBDA = ("boto3", "botocore")  # in the runtime; a requirement all the same, so that its version is yours


class Closure(NamedTuple):
    """All that a handler needs beside Python.

    Attributes
    ----------
    files : dict of str to str or Path
        By path within the folder: a file to copy, or the text of one that stands in no file of its own.
    requirements : dict of str to str
        Distributions and the versions that ran in the lab.
    patterns : bool
        Whether ``cdc_lab.patterns`` is imported.
    """

    files: dict[str, str | Path]
    requirements: dict[str, str]
    patterns: bool


def closure_of(function_name: str, handler: Any, module: str) -> Closure:
    """Follow the imports of a handler.

    Parameters
    ----------
    function_name : str
        For refusals.
    handler : callable
    module : str
        The module that it is deployed in; one of a notebook gets the cell with the handler.

    Raises
    ------
    LabError
        For an import that leads into the laboratory, for one that is not installed, and for a handler that
        has no source.
    """
    found = Closure({}, {}, False)
    spec = None if module == "handler" and handler.__module__ != "handler" else _spec(module)
    if spec is None or spec.origin is None:
        text = _cell(function_name, handler)
        found.files[f"{module}.py"] = text
        return _followed([(f"{module}.py", text, "")], found)
    return _followed(list(_own_module(module, found)), found)


def _cell(function_name: str, handler: Any) -> str:
    """Return the source of the notebook cell in which a handler stands."""
    name = getattr(getattr(handler, "__code__", None), "co_filename", "")
    lines = linecache.getlines(name)
    if not lines or "<locals>" in getattr(handler, "__qualname__", ""):
        raise LabError(
            f"the handler of function {function_name!r} has no file that can be deployed: write it at the "
            "top level of a module, handler.py, or of one notebook cell with its imports"
        )
    return "".join(lines)


_Source = tuple[str, str, str]
"""Path within the folder, text, and the package that relative imports start from."""


def _followed(todo: list[_Source], found: Closure) -> Closure:
    uses_patterns = False
    while todo:
        shown, text, package = todo.pop()
        tree = ast.parse(text)
        origin = found.files[shown]
        if isinstance(origin, Path):
            found.files.update(_named_files(tree, origin, shown))
        optional = _optional_lines(tree)
        for name, line in _imports(tree, package):
            root = name.split(".")[0]
            if root in sys.stdlib_module_names or root == "__future__":
                continue
            if root == "cdc_lab":
                if name == PATTERNS or name.startswith(f"{PATTERNS}."):
                    uses_patterns = True
                    continue
                raise LabError(
                    f"{shown}, line {line} imports {name}, which is of the laboratory and is not deployed: "
                    "import from cdc_lab.patterns alone, and write the handler into a module of its own"
                )
            spec = _spec(root)
            if spec is None and line in optional:
                continue  # it ran without it
            if spec is None:
                raise LabError(
                    f"{shown}, line {line} imports {root!r}, which is not installed here: pip install it, "
                    "and it will stand in requirements.txt"
                )
            if _is_installed(spec):
                distribution = _distribution_of(root)
                found.requirements[distribution] = version(distribution)
            else:
                todo += _own_module(name, found)
    if uses_patterns:
        found.requirements["pydantic"] = version("pydantic")
    return found._replace(patterns=uses_patterns)


def _distribution_of(root: str) -> str:
    """The distribution that a package came with; to list all of them takes a second."""
    if root not in _distributions():
        _distributions.cache_clear()  # it may have been installed meanwhile
    return _distributions().get(root, [root])[0]


@cache
def _distributions() -> Mapping[str, list[str]]:
    return packages_distributions()


def _own_module(name: str, found: Closure) -> Iterator[_Source]:
    """Add a module of the user's, and the packages around it; give those that are new."""
    parts = name.split(".")
    for length in range(1, len(parts) + 1):
        dotted = ".".join(parts[:length])
        spec = _spec(dotted)
        if spec is None or spec.origin is None:
            continue  # a name in a module, or a folder without __init__.py
        origin = Path(spec.origin)
        is_package = spec.submodule_search_locations is not None
        path = "/".join(parts[:length]) + ("/__init__.py" if is_package else ".py")
        if path not in found.files and origin.suffix == ".py":
            found.files[path] = origin
            yield path, origin.read_text("utf-8"), dotted if is_package else dotted.rpartition(".")[0]


def _named_files(tree: ast.Module, origin: Path, path: str) -> Iterator[tuple[str, Path]]:
    """Give the files beside or below a module that a string in it names, by their path within the folder."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            continue
        named = PurePosixPath(node.value)
        if not named.suffix or named.suffix == ".py" or named.is_absolute() or ".." in named.parts:
            continue
        try:
            is_there = (origin.parent / named).is_file()
        except (OSError, ValueError):
            continue  # a text that is no path
        if is_there:
            yield str(PurePosixPath(path).parent / named), origin.parent / named


def _optional_lines(tree: ast.Module) -> set[int]:
    """Return the lines that stand in a ``try`` which goes on where an import fails."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Try) and any(_goes_on(handler.type) for handler in node.handlers):
            for inner in node.body:
                lines.update(range(inner.lineno, (inner.end_lineno or inner.lineno) + 1))
    return lines


def _goes_on(caught: ast.expr | None) -> bool:
    types = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(
        isinstance(one, ast.Name) and one.id in ("ImportError", "ModuleNotFoundError") for one in types
    )


def _imports(tree: ast.Module, package: str) -> Iterator[tuple[str, int]]:
    """Give the modules that a source imports, anywhere in it, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".") if node.level else []
            base = base[: len(base) - node.level + 1]
            source = ".".join([*base, *([node.module] if node.module else [])])
            if not node.level and source.split(".")[0] == "cdc_lab" and source != "cdc_lab":
                yield source, node.lineno
                continue
            for alias in node.names:
                yield f"{source}.{alias.name}", node.lineno


def _spec(name: str) -> Any:
    try:
        return find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return None


def _is_installed(spec: Any) -> bool:
    places = [spec.origin or "", *(spec.submodule_search_locations or ())]
    return any(part in Path(place).parts for place in places for part in INSTALLED)
