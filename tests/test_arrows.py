"""The arrows between the package's folders point one way, and moto stays behind its door."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "cdc_lab"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 450  # worth a second look beyond it; no room is cut to fit

# What each part may import of the package, beside itself. Parts are the folders and modules below cdc_lab/.
ALLOWED: dict[str, set[str]] = {
    "__init__": {"lab", "trace", "errors", "emulator"},  # names only, imported on first use
    "backends": {"clock", "emulator", "errors", "reading"},
    "classroom": {
        "backends",
        "clock",
        "emulator",
        "errors",
        "keeping",
        "lab",
        "patterns",
        "plots",
        "tables",
        "trace",
    },
    "cli": {"__init__", "classroom", "course", "grading"},
    "clock": {"errors"},
    "course": {"keeping"},
    "deploy": {"errors", "patterns"},
    "emulator": {"clock", "errors", "trace"},
    "errors": set(),
    "frames": set(),
    "grading": {"classroom", "course", "tables"},
    "keeping": set(),
    "lab": {"backends", "classroom", "clock", "emulator", "errors", "patterns", "reading", "tables", "trace"},
    "patterns": set(),
    "plots": set(),
    "reading": {"patterns"},
    "rows": set(),
    "spool": set(),
    "tables": {"patterns"},  # how a StreamRecord is shown
    "testing": {"classroom", "clock", "emulator", "errors", "lab", "patterns", "trace"},
    "trace": {"frames", "plots", "rows", "spool"},
}


def name_of(path: Path) -> str:
    """Return a module's dotted name."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def part_of(module: str) -> str:
    """Return the part of the package that a module belongs to."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imports(path: Path, at_import_only: bool = False) -> set[str]:
    """Return the dotted names that a module imports; type-checking imports do not run, and do not count.

    With ``at_import_only``, imports inside functions are left out: they run later, when all modules exist.
    """
    found: set[str] = set()
    module = name_of(path)

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for child in node.orelse:
                visit(child)
            return
        if at_import_only and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            found.add(source)
            found.update(f"{source}.{alias.name}" for alias in node.names)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(path.read_text("utf-8")))
    return found


def own_imports(path: Path, at_import_only: bool = False) -> set[str]:
    """Return the modules of the package that a module imports."""
    known = {name_of(module) for module in MODULES}
    return {name for name in imports(path, at_import_only) if name in known} - {name_of(path)}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_what_its_part_may(path: Path) -> None:
    # GIVEN a module and the part it belongs to
    part = part_of(name_of(path))
    assert part in ALLOWED, f"cdc_lab/{part} is new: say in ALLOWED what it may import"
    # WHEN its imports are read; the package's own name (`from cdc_lab import ...`) hides the part behind it
    wanted = {part_of(name) for name in own_imports(path) if name != "cdc_lab"} - {part}
    if part not in ("cli", "course", "grading"):
        assert "cdc_lab" not in own_imports(path), "import the module itself, not the package's lazy names"
    # THEN each is allowed
    assert wanted <= ALLOWED[part], f"{name_of(path)} must not import {sorted(wanted - ALLOWED[part])}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_moto_is_known_to_the_emulator_only(path: Path) -> None:
    moto = {name for name in imports(path) if name.split(".")[0] == "moto"}
    if part_of(name_of(path)) not in ("emulator", "backends"):
        assert not moto, f"{name_of(path)} imports {sorted(moto)}: ask the emulator"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_motos_tables_are_touched_in_one_place(path: Path) -> None:
    inside = {name for name in imports(path) if name.startswith("moto.dynamodb")}
    if not name_of(path).startswith("cdc_lab.emulator.other_services."):
        assert not inside, (
            f"{name_of(path)} imports {sorted(inside)}: that belongs into emulator/other_services"
        )


def test_patterns_can_be_deployed_without_the_laboratory() -> None:
    # GIVEN what a Lambda function has: the standard library, boto3, and pydantic in its package
    outside: set[str] = set()
    for path in (PACKAGE / "patterns").rglob("*.py"):
        outside |= {name.split(".")[0] for name in imports(path)}
    # THEN nothing heavier is imported
    heavy = {"moto", "simpy", "greenlet", "pandas", "matplotlib", "numpy", "time_machine", "IPython"}
    assert not outside & heavy


def test_no_module_is_imported_in_a_circle() -> None:
    # GIVEN who imports whom when a module is loaded
    graph = {name_of(path): own_imports(path, at_import_only=True) for path in MODULES}
    state: dict[str, int] = {}
    circles: list[list[str]] = []

    def walk(module: str, trail: list[str]) -> None:
        if state.get(module) == 2:
            return
        if state.get(module) == 1:
            circles.append([*trail[trail.index(module) :], module])
            return
        state[module] = 1
        for target in sorted(graph[module]):
            # A package's __init__ that gathers its modules' names is not one of them.
            if not module.startswith(f"{target}."):
                walk(target, [*trail, module])
        state[module] = 2

    # WHEN every path is followed
    for module in sorted(graph):
        walk(module, [])
    # THEN none comes back to where it was
    assert not circles


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_stays_short(path: Path) -> None:
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= LONGEST, f"{name_of(path)} has {lines} lines: divide it"
