"""The arrows between the package's rooms point one way, and moto stays behind its door.

Every import counts: those inside functions and those for type checking alone draw an arrow, too.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "cdc_lab"
LONGEST = 450  # lines; a module beyond it is worth a second look, and no room is cut to fit

Arrow = tuple[str, str]

# The rooms of the emulator; whoever stands outside may use any of them.
EMULATOR = {
    "emulator.account",
    "emulator.attempts",
    "emulator.aws_settings",
    "emulator.backend",
    "emulator.client_making",
    "emulator.constraints",
    "emulator.dynamodb",
    "emulator.emulated",
    "emulator.faults",
    "emulator.iam",
    "emulator.lambda_",
    "emulator.latencies",
    "emulator.local_time",
    "emulator.network",
    "emulator.other_clients",
    "emulator.other_services",
    "emulator.powertools",
    "emulator.regions",
    "emulator.refusals",
    "emulator.shrinking",
    "emulator.signal",
    "emulator.streams",
    "emulator.transport",
    "emulator.waiters",
}
# What each room may import of the package, beside itself. A room is a folder or a module below cdc_lab/, and
# in the emulator one below cdc_lab/emulator/.
ALLOWED: dict[str, set[str]] = {
    "__init__": {
        "emulator.dynamodb",
        "emulator.faults",
        "emulator.refusals",
        "errors",
        "lab",
        "trace",
    },  # names only, imported on first use
    "backends": EMULATOR | {"clock", "errors", "patterns", "process_clock", "trace"},
    "classroom": EMULATOR
    | {
        "clock",
        "deployment",
        "errors",
        "keeping",
        "own_files",
        "lab",
        "patterns",
        "planner",
        "show",
        "testing",
        "trace",
    },
    "cli": {"__init__", "classroom", "course", "errors", "planner", "show", "testing"},
    "clock": {"errors", "process_clock"},
    "course": {"__init__", "classroom", "keeping", "own_files", "show"},
    "deployment": {
        "emulator.account",
        "emulator.iam",
        "emulator.lambda_",
        "emulator.other_services",
        "errors",
    },
    "emulator": set(),
    "emulator.account": (EMULATOR - {"emulator.account"}) | {"errors", "trace"},
    "emulator.attempts": {
        "emulator.client_making",
        "emulator.dynamodb",
        "emulator.faults",
        "emulator.lambda_",
        "emulator.network",
        "emulator.refusals",
        "errors",
    },
    "emulator.aws_settings": set(),
    "emulator.backend": {"clock", "emulator.lambda_", "emulator.latencies", "trace"},
    "emulator.client_making": set(),
    "emulator.constraints": {"errors"},
    "emulator.dynamodb": {"clock", "emulator.constraints", "errors"},
    "emulator.emulated": {
        "clock",
        "emulator.backend",
        "emulator.constraints",
        "emulator.dynamodb",
        "emulator.lambda_",
        "emulator.latencies",
        "emulator.other_services",
        "emulator.regions",
        "emulator.streams",
        "emulator.transport",
        "errors",
        "trace",
    },
    "emulator.faults": {"emulator.refusals", "emulator.shrinking", "errors"},
    "emulator.iam": {"errors"},
    "emulator.lambda_": {
        "clock",
        "emulator.constraints",
        "emulator.faults",
        "emulator.iam",
        "emulator.latencies",
        "emulator.local_time",
        "emulator.regions",
        "emulator.signal",
        "emulator.streams",
        "errors",
        "process_clock",
        "trace",
    },
    "emulator.latencies": {"errors"},
    "emulator.local_time": {"process_clock"},
    "emulator.network": {"emulator.lambda_", "emulator.refusals", "errors"},
    "emulator.other_clients": {"emulator.lambda_"},
    "emulator.other_services": {
        "clock",
        "emulator.client_making",
        "emulator.constraints",
        "emulator.dynamodb",
        "emulator.iam",
        "emulator.signal",
        "emulator.streams",
        "errors",
    },
    "emulator.powertools": set(),
    "emulator.regions": {"errors"},
    "emulator.refusals": {"errors"},
    "emulator.shrinking": set(),
    "emulator.signal": set(),
    "emulator.streams": {
        "clock",
        "emulator.constraints",
        "emulator.dynamodb",
        "emulator.local_time",
        "emulator.signal",
        "errors",
        "trace",
    },
    "emulator.transport": {  # of lambda_: whether a call comes from a handler
        "emulator.attempts",
        "emulator.faults",
        "emulator.backend",
        "emulator.client_making",
        "emulator.iam",
        "emulator.lambda_",
        "emulator.local_time",
        "emulator.other_clients",
        "emulator.other_services",
        "emulator.regions",
        "emulator.waiters",
        "errors",
    },
    "emulator.waiters": set(),
    "errors": set(),
    "keeping": set(),
    "lab": EMULATOR | {"backends", "clock", "deployment", "errors", "plots", "show", "trace"},
    "patterns": set(),
    "planner": EMULATOR | {"clock", "errors", "own_files", "trace"},
    "own_files": set(),
    "plots": {"errors", "trace"},
    "process_clock": set(),
    "show": {"errors", "patterns"},
    "testing": EMULATOR | {"clock", "deployment", "errors", "lab", "patterns", "trace"},
    "trace": {"errors"},
}
# Imports that stand against the rules today. An entry that no rule needs any more fails: take it out.
KNOWN: set[Arrow] = set()
# Who may say `from cdc_lab import ...`: that name hides the room behind it.
BY_THE_FRONT_DOOR = {"cli", "course"}


def modules(package: Path) -> dict[str, Path]:
    """Return the modules of a package's folder by their dotted names."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def imports(module: str, path: Path) -> frozenset[str]:
    """Return the dotted names of all that a module imports, wherever in it: modules, and names in them."""
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            found |= {source, *(f"{source}.{alias.name}" for alias in node.names)}
    return frozenset(found)


def arrows_in(package: Path) -> set[Arrow]:
    """Return the arrows between the modules of a package: who imports whom.

    ``from a.b import c`` is an arrow to ``a.b``, and to ``a.b.c`` where that is a module.
    """
    known = modules(package)
    return {
        (module, name)
        for module, path in known.items()
        for name in imports(module, path) & (known.keys() - {module})
    }


def circles(arrows: Iterable[Arrow]) -> list[list[Arrow]]:
    """Return the arrows that lie on circles, those of one knot of circles together.

    An arrow from a module up to a package that holds it is none: the package's names are gathered from it.
    """
    graph: dict[str, set[str]] = {}
    for source, target in arrows:
        graph.setdefault(source, set())
        graph.setdefault(target, set())
        if not source.startswith(f"{target}."):
            graph[source].add(target)
    reached = {module: _reached_from(module, graph) for module in graph}
    knots = {frozenset(one for one in reached[module] if module in reached[one]) for module in graph}
    return sorted(
        sorted((source, target) for source in knot for target in graph[source] & knot)
        for knot in knots
        if knot
    )


def _reached_from(module: str, graph: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [*graph[module]]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += graph[one]
    return found


def room_of(module: str) -> str:
    """Return the room that a module belongs to."""
    parts = module.split(".")[1:3]
    return ".".join(parts if parts[:1] == ["emulator"] else parts[:1]) or "__init__"


def is_allowed(arrow: Arrow) -> bool:
    """Tell whether a room may import what it does: from its own room, or from one that ALLOWED names."""
    source, target = map(room_of, arrow)
    if target in (source, "emulator"):  # the emulator's own __init__ holds nothing
        return True
    return target in ALLOWED.get(source, set())


def unneeded(known: set[Arrow], arrows: set[Arrow]) -> set[Arrow]:
    """Return the known arrows that are gone, or without whose entry no rule would fail."""

    def is_needed(arrow: Arrow) -> bool:
        others = arrows - (known - {arrow})
        return arrow in arrows and (not is_allowed(arrow) or any(arrow in knot for knot in circles(others)))

    return {arrow for arrow in known if not is_needed(arrow)}


def too_long(paths: Iterable[Path]) -> list[str]:
    """Return the files of more than 450 lines, each with its number of lines."""
    counted = [(path, len(path.read_text("utf-8").splitlines())) for path in paths]
    return [f"{path.name}: {lines} lines" for path, lines in counted if lines > LONGEST]


def drawn(arrows: Iterable[Arrow]) -> list[str]:
    """Return arrows as text, for a failing test."""
    return [f"{source} imports {target}" for source, target in sorted(arrows)]


MODULES = modules(PACKAGE)
ARROWS = arrows_in(PACKAGE)


def test_a_module_imports_only_what_its_room_may() -> None:
    offenders = {arrow for arrow in ARROWS if not is_allowed(arrow) and arrow[1] != "cdc_lab"}
    listed = drawn(offenders - KNOWN)
    assert not listed, "\n".join(["a room may import only what ALLOWED says:", *listed])


def test_no_import_hides_behind_the_front_door() -> None:
    by_it = {
        arrow for arrow in ARROWS if arrow[1] == "cdc_lab" and room_of(arrow[0]) not in BY_THE_FRONT_DOOR
    }
    listed = drawn(by_it)
    assert not listed, "\n".join(["import the module itself, not the package's lazy names:", *listed])


def test_every_room_has_its_line_in_the_table() -> None:
    assert {room_of(module) for module in MODULES} == ALLOWED.keys()


def test_the_table_allows_no_import_that_nobody_makes() -> None:
    # Whoever may use all of the emulator need not use each room of it.
    made = {(room_of(source), room_of(target)) for source, target in ARROWS}
    may = {
        (room, target)
        for room, targets in ALLOWED.items()
        for target in (targets - EMULATOR if targets >= EMULATOR - {room} else targets)
    }
    listed = drawn(may - made)
    assert not listed, "\n".join(["take these out of ALLOWED:", *listed])


def test_the_map_for_contributors_names_every_room() -> None:
    # GIVEN the rows of the map that name a folder or modules of the package
    rows = re.findall(r"^\| (`cdc_lab/.*?) \|", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(?:cdc_lab/)?(\w+)(?:\.py`|/)", row)}
    # THEN no room is missing
    assert {room.split(".")[0] for room in ALLOWED} - named == {"__init__"}


def test_no_rooms_may_import_each_other_in_a_circle() -> None:
    may = {(room, target) for room, targets in ALLOWED.items() for target in targets}
    assert circles(may) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    knots = ["\n".join(drawn(knot)) for knot in circles(ARROWS - KNOWN)]
    assert not knots, "\n\n".join(["one import of each circle must go:", *knots])


def test_what_is_known_to_be_wrong_is_still_there() -> None:
    listed = drawn(unneeded(KNOWN, ARROWS))
    assert not listed, "\n".join(["take these out of KNOWN:", *listed])


def test_moto_is_known_to_the_emulator_only() -> None:
    asking = {
        module
        for module, path in MODULES.items()
        if {name.split(".")[0] for name in imports(module, path)} & {"moto"}
    }
    outside = {module for module in asking if room_of(module).split(".")[0] not in ("emulator", "backends")}
    assert sorted(outside) == [], "ask the emulator"


def test_motos_tables_are_touched_in_one_place() -> None:
    touching = {
        module
        for module, path in MODULES.items()
        if any(name.startswith("moto.dynamodb") for name in imports(module, path))
    }
    outside = {module for module in touching if room_of(module) != "emulator.other_services"}
    assert sorted(outside) == [], "that belongs into emulator/other_services/table_life.py"


def test_patterns_can_be_deployed_without_the_laboratory() -> None:
    # GIVEN what a Lambda function has: the standard library, boto3, and pydantic in its package
    heavy = {"moto", "simpy", "greenlet", "pandas", "matplotlib", "numpy", "time_machine", "IPython"}
    # THEN nothing heavier is imported
    offenders = {
        f"{module} imports {name}"
        for module, path in MODULES.items()
        if room_of(module) == "patterns"
        for name in imports(module, path)
        if name.split(".")[0] in heavy
    }
    assert sorted(offenders) == []


@pytest.mark.filterwarnings("default:long modules")
def test_long_modules_are_listed(tmp_path: Path) -> None:
    # GIVEN a module of as many lines as are usual, and one of more
    (tmp_path / "usual.py").write_text("x = 1\n" * LONGEST)
    (tmp_path / "long.py").write_text("x = 1\n" * (LONGEST + 1))
    # THEN the long one alone is named; those of the package are a warning, for a second look
    assert too_long(sorted(tmp_path.glob("*.py"))) == [f"long.py: {LONGEST + 1} lines"]
    if found := too_long(MODULES.values()):
        warnings.warn(f"long modules, worth a second look: {'; '.join(found)}", stacklevel=1)


# ---- these tests see what they should ---------------------------------------------------------------


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A package whose modules import each other in every way that there is."""
    texts = {
        "__init__": "",
        "top": "import house.low.base\n",
        "low/__init__": "from house.low.base import gathered\n",
        "low/base": "gathered = 1\n",
        "low/late": "def run():\n    from house.low import other\n    from .. import top\n",
        "low/other": (
            "from typing import TYPE_CHECKING\n"
            "if TYPE_CHECKING:\n    from house.low.late import run\n"
            "else:\n    import house.top as above\n"
        ),
        "low/up": "from house.low import gathered\n",
    }
    for name, text in texts.items():
        path = tmp_path / "house" / f"{name}.py"
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text, "utf-8")
    return tmp_path / "house"


def targets(arrows: Collection[Arrow], source: str) -> set[str]:
    """Return what a module points to."""
    return {target for module, target in arrows if module == source}


def test_imports_in_functions_and_for_type_checking_are_seen(house: Path) -> None:
    arrows = arrows_in(house)
    assert targets(arrows, "house.low.late") == {"house", "house.low", "house.low.other", "house.top"}
    assert targets(arrows, "house.low.other") == {"house.low.late", "house.top"}
    assert targets(arrows, "house.top") == {"house.low.base"}


def test_a_circle_is_seen_and_a_package_that_gathers_names_is_none(house: Path) -> None:
    (knot,) = circles(arrows_in(house))
    assert knot == [("house.low.late", "house.low.other"), ("house.low.other", "house.low.late")]


def test_a_known_arrow_that_is_mended_must_leave_its_table(house: Path) -> None:
    # GIVEN an arrow on a circle and one to a room that is not allowed, and two that break no rule (any more)
    wrong = {("house.low.late", "house.low.other"), ("house.top", "house.low.base")}
    mended = {("house.low.base", "house.top"), ("house.low.up", "house.low")}
    # THEN the two that break none must go
    assert unneeded(wrong | mended, arrows_in(house)) == mended


@pytest.mark.parametrize(
    ("source", "target", "allowed"),
    [
        ("cdc_lab.emulator.lambda_.service", "cdc_lab.emulator.streams.api", True),
        ("cdc_lab.emulator.streams.api", "cdc_lab.emulator.lambda_.service", False),
        ("cdc_lab.emulator.dynamodb.writes", "cdc_lab.emulator.streams.api", False),
        ("cdc_lab.emulator.account", "cdc_lab.emulator.transport", True),
        ("cdc_lab.emulator.faults", "cdc_lab.emulator.account", False),
        ("cdc_lab.testing.plugin", "cdc_lab.classroom.session", False),
        ("cdc_lab.classroom.session", "cdc_lab.testing.plugin", True),
        ("cdc_lab.plots.event_flow", "cdc_lab.trace", True),
        ("cdc_lab.trace.trace", "cdc_lab.plots", False),
        ("cdc_lab.nowhere", "cdc_lab.errors", False),
    ],
)
def test_the_table_points_one_way(source: str, target: str, allowed: bool) -> None:
    assert is_allowed((source, target)) is allowed
