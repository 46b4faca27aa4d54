"""Which code is the user's own, where it runs at the moment, and what it holds."""

from __future__ import annotations

import dis
import linecache
import os
import site
import sys
import sysconfig
import types
from collections.abc import Collection, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from cdc_lab.emulator.lambda_ import reached
from cdc_lab.emulator.transport import Transport

_OURS = str(Path(__file__).resolve().parents[1]) + os.sep
_INSTALLED = ("site-packages", "dist-packages")
_READS_ATTRIBUTE = ("LOAD_ATTR", "LOAD_METHOD")
_READS_CELL = ("LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF")
_PLAIN = (str, bytes, int, float, complex, tuple, frozenset, type(None), type, types.ModuleType)
_CODE = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, partial)


class Place(NamedTuple):
    """One line of the user's code, in a function."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{shown_path(self.file)}:{self.line} in {self.function}"

    @property
    def source(self) -> str:
        """The line itself; empty where it cannot be read."""
        return linecache.getline(self.file, self.line).strip()


def shown_path(file: str) -> str:
    """A path as a reader types it: relative where it lies below the working directory."""
    try:
        return str(Path(file).relative_to(Path.cwd()))
    except ValueError:
        return file


@cache
def is_users(file: str) -> bool:
    """Whether code of that file is the user's: neither ours, nor Python's, nor an installed package's."""
    if file.startswith(("<frozen", "<string")) or file.startswith(_OURS):
        return False
    if any(f"{os.sep}{name}{os.sep}" in file for name in _INSTALLED):
        return False
    return not file.startswith(_libraries())


@cache
def _libraries() -> tuple[str, ...]:
    folders = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib")]
    folders += [*site.getsitepackages(), os.path.dirname(os.__file__)]
    return tuple({folder + os.sep for folder in folders if folder})


def forget_what_holds_clients(imported: Collection[str]) -> None:
    """Forget the user's modules that were imported meanwhile, if one of them made a client of a lab then.

    That lab is closed, and refuses its clients' calls. Whoever imports such a module next runs it again. All
    of them go together, for a module may have its client from another one; those that were imported before
    stay, and so does everything while a lab is open.
    """
    if Transport.current is not None or Transport.made_at_import.isdisjoint(imported):
        return
    Transport.made_at_import.clear()
    for name in imported:
        module = sys.modules.get(name)
        if module is None or not is_users(getattr(module, "__file__", None) or "<string>"):
            continue
        del sys.modules[name]
        package, _, last = name.rpartition(".")
        # "from package import module" asks the package first.
        if vars(sys.modules.get(package, module)).get(last) is module:
            delattr(sys.modules[package], last)


def places_now(depth: int = 1) -> tuple[Place, ...]:
    """Where the user's code stands that runs now, the outermost function first."""
    frame: types.FrameType | None = sys._getframe(depth)
    found: list[Place] = []
    while frame is not None:
        code = frame.f_code
        if is_users(code.co_filename):
            found.append(Place(code.co_filename, frame.f_lineno, code.co_name))
        frame = frame.f_back
    return tuple(reversed(found))


def held_by_test() -> Sequence[object]:
    """What the test that runs now looks at itself: no crash of a handler's environment takes it away.

    These are the lists, dicts, sets and objects in variables, local or global, that the code of the test
    reads, and the cells of its variables; of the user's classes and modules the attributes that it reads.
    What only the handler reads is the handler's memory, also where the test makes it.
    """
    frame: types.FrameType | None = sys._getframe(1)
    found: list[object] = []
    while frame is not None:
        if is_users(frame.f_code.co_filename) and frame.f_code.co_name != "<module>":
            found += _looked_at(frame)
        frame = frame.f_back
    return found


def _looked_at(frame: types.FrameType) -> Iterator[object]:
    reads = _reads(frame.f_code)
    variables = dict(frame.f_locals)
    for name in reads.cells | reads.locals_:
        if _is_object(variables.get(name)):
            yield variables[name]
    for name in reads.names:
        if _is_object(value := frame.f_globals.get(name)):
            yield value
    for function in variables.values():
        closure = getattr(function, "__closure__", None) or ()
        freevars = getattr(getattr(function, "__code__", None), "co_freevars", ())
        yield from (cell for name, cell in zip(freevars, closure, strict=False) if name in reads.cells)
    for name, *attributes in reads.attributes:
        yield from _places_on_the_way(variables.get(name, frame.f_globals.get(name)), attributes)


def _places_on_the_way(thing: object, attributes: Sequence[str]) -> Iterator[object]:
    """What stands in the user's classes and modules by these names, each in the one before it."""
    for name in attributes:
        if not _is_of_user(thing):
            return
        holder: Any = vars(thing)
        yield reached.Place(thing if isinstance(thing, type) else holder, name)
        thing = holder.get(name)
        if _is_object(thing):
            yield thing


def _is_of_user(thing: object) -> bool:
    if isinstance(thing, type):
        thing = sys.modules.get(thing.__module__)
    return isinstance(thing, types.ModuleType) and is_users(getattr(thing, "__file__", None) or "<string>")


def _is_object(value: object) -> bool:
    return not isinstance(value, (*_PLAIN, *_CODE))


class _Reads(NamedTuple):
    """What the code of a function reads itself: cells, globals, locals, and attributes by their way."""

    cells: frozenset[str]
    names: frozenset[str]
    locals_: frozenset[str]
    attributes: frozenset[tuple[str, ...]]


@cache
def _reads(code: types.CodeType) -> _Reads:
    """Look through code.

    Nothing but ``x.clear()`` before a run is no reading. Nor is a local that is only handed on, once.
    """
    cells: set[str] = set()
    names: set[str] = set()
    attributes: set[tuple[str, ...]] = set()
    handed: dict[str, int] = {}
    steps = [step for step in dis.get_instructions(code) if step.opname not in ("CACHE", "PUSH_NULL")]
    for place, step in enumerate(steps):
        is_cell, is_name = step.opname in _READS_CELL, step.opname in ("LOAD_GLOBAL", "LOAD_NAME")
        if not (is_cell or is_name or step.opname.startswith("LOAD_FAST")):
            continue
        way = []
        for after in steps[place + 1 :]:
            if after.opname not in _READS_ATTRIBUTE:
                break
            way.append(str(after.argval))
        given = tuple(map(str, step.argval if isinstance(step.argval, tuple) else (step.argval,)))
        if way and way[-1] != "clear":
            attributes.add((given[-1], *way))
        if way[:1] == ["clear"]:
            continue
        if is_cell:
            cells.update(given)
        elif is_name:
            names.update(given)
        else:
            for name in given:
                handed[name] = handed.get(name, 0) + 1
    own = set(code.co_cellvars)
    local = frozenset(name for name, count in handed.items() if count > 1 and name not in own)
    return _Reads(frozenset(cells), frozenset(names), local, frozenset(attributes))
