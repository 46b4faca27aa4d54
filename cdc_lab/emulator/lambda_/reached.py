"""What the code of a handler reaches, and the places in which that keeps values.

Deployed code is what the reader wrote: in a notebook, in a file, or in one of their own packages. The way
leads from functions through the names that they use. What is found by a text alone, as by
``getattr(module, name)``, is not seen.
"""

from __future__ import annotations

import functools
import sys
import types
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from boto3.dynamodb.table import BatchWriter

from cdc_lab.emulator.lambda_.code_folders import INSTALLED

CONTAINERS = (list, dict, set, bytearray, deque, tuple, frozenset)
MEMORY = (*CONTAINERS, int, float, complex, str, bytes, Decimal, date, time, timedelta, type(None))


class Place(NamedTuple):
    """Where deployed code keeps a value: a name in a dict, a cell, a default by number, a class attribute."""

    holder: Any
    name: str | int

    @property
    def key(self) -> tuple[int, str | int]:
        """Tells it from other places, as long as its holder lives."""
        return id(self.holder), self.name

    def get(self) -> Any:
        """What stands there."""
        holder, name = self
        if isinstance(holder, dict):
            return holder[name]
        if isinstance(holder, types.CellType):
            return holder.cell_contents
        if isinstance(holder, types.FunctionType):
            return (holder.__defaults__ or ())[int(name)]
        return vars(holder)[name]

    def put(self, value: Any) -> None:
        """Let `value` stand there."""
        holder, name = self
        if isinstance(holder, dict):
            holder[name] = value
        elif isinstance(holder, types.CellType):
            holder.cell_contents = value
        elif isinstance(holder, types.FunctionType):
            defaults = list(holder.__defaults__ or ())
            defaults[int(name)] = value
            holder.__defaults__ = tuple(defaults)
        else:
            setattr(holder, str(name), value)


def functions_of(*handlers: Any) -> Iterator[types.FunctionType]:
    """The deployed functions that handlers are made of: themselves, and those that they reach."""
    return (thing for thing in reached(*handlers) if isinstance(thing, types.FunctionType))


def places_of(*handlers: Any) -> Iterator[Place]:
    """Every place in which the deployed code behind handlers keeps something; each once."""
    return places_in(list(reached(*handlers)))


class NamesUsed(NamedTuple):
    """The globals of a module of deployed code, and names with which a function may ask for them."""

    world: dict[str, Any]
    names: frozenset[str]

    def found(self) -> list[str]:
        """Those that stand there."""
        return sorted(name for name in self.names & self.world.keys() if not name.startswith("__"))


def reached(*handlers: Any, without: Iterable[int] = (), own: set[str] | None = None) -> Iterator[Any]:
    """Deployed functions, caches, classes, objects and modules behind handlers.

    The way leads through names, closures, defaults, partials, methods, attributes and containers, past
    objects whose ids are in `without`. `own` are the packages of the handlers, where the way starts from
    something else.
    """
    seen: set[object] = set(without)
    todo: list[Any] = list(handlers)
    own = packages_of(*handlers) if own is None else own
    while todo:
        value = todo.pop()
        key = (id(value.world), value.names) if isinstance(value, NamesUsed) else id(value)
        if key in seen:
            continue
        seen.add(key)
        if isinstance(value, functools.partial):
            todo += [value.func, *value.args, *value.keywords.values()]
        elif isinstance(value, types.MethodType):
            todo += [value.__func__, value.__self__]
        elif isinstance(value, types.FunctionType):
            todo += [cell.cell_contents for cell in cells_of(value)]
            todo += [*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()]
            todo += [getattr(value, "__wrapped__", None)]
            if is_deployed(value, own):
                yield value
                names = frozenset(names_in(value.__code__))
                todo += _named([value.__globals__.get(name) for name in sorted(names)], names, own)
        elif isinstance(value, NamesUsed):
            yield value
            todo += _named([value.world[name] for name in value.found()], value.names, own)
        elif isinstance(value, functools._lru_cache_wrapper):
            if is_deployed(value, own):
                yield value
                todo += [value.__wrapped__]
        elif isinstance(value, staticmethod | classmethod):
            todo += [value.__func__]
        elif isinstance(value, property):
            todo += [value.fget, value.fset]
        elif isinstance(value, type):
            if is_deployed(value, own):
                yield value
                todo += [*value.__bases__, *vars(value).values()]
        elif isinstance(value, dict | list | tuple):
            todo += [*value.values()] if isinstance(value, dict) else [*value]
        elif isinstance(value, BatchWriter):
            yield value  # what it has not sent yet is gone with its environment
        elif is_deployed(type(value), own) and hasattr(value, "__dict__"):
            yield value
            todo += [type(value), *vars(value).values()]


def _named(values: list[Any], names: frozenset[str], own: set[str]) -> list[Any]:
    """Return the values, with each deployed module narrowed to what these names find in it."""
    return [
        NamesUsed(vars(value), names) if isinstance(value, types.ModuleType) else value
        for value in values
        if not isinstance(value, types.ModuleType) or is_deployed(value, own)
    ]


class Shared:
    """What environments of one function share: classes, modules that handlers name, and what is behind these.

    Parameters
    ----------
    things : list
        What handlers reach.
    own : set of str
        Their packages.

    Attributes
    ----------
    things : list
        Those that are shared.
    worlds : dict of int to dict
        The globals of modules that are shared as a whole, by id, because their functions remember something.
    """

    def __init__(self, things: Iterable[Any], own: set[str]) -> None:
        functions = [thing for thing in things if isinstance(thing, types.FunctionType)]
        roots = [thing for thing in things if isinstance(thing, type | NamesUsed)]
        self.worlds: dict[int, dict[str, Any]] = {}
        while True:
            self.things = list(reached(*roots, own=own))
            known = len(self.worlds)
            self.worlds |= {id(world): world for world in map(_world_of, self.things) if world is not None}
            if len(self.worlds) == known:
                return
            # Another function of such a module meets what its neighbours remember.
            roots += [
                NamesUsed(one.__globals__, frozenset(names_in(one.__code__)))
                for one in functions
                if id(one.__globals__) in self.worlds
            ]

    def values(self) -> Iterator[Any]:
        """The things, and the containers that stand in them."""
        yield from self.things
        for place in places_in(self.things):
            value = place.get()
            if isinstance(value, CONTAINERS):
                yield value


def _world_of(thing: Any) -> dict[str, Any] | None:
    """Return the globals in which a function keeps values between calls; None if it keeps nothing there."""
    if isinstance(thing, types.FunctionType):
        thing = NamesUsed(thing.__globals__, frozenset(names_in(thing.__code__)))
    if isinstance(thing, NamesUsed) and any(isinstance(thing.world[name], MEMORY) for name in thing.found()):
        return thing.world
    return None


def packages_of(*handlers: Any) -> set[str]:
    """The packages that handlers are of: these are deployed code also where they are installed."""
    functions = (handler.func if isinstance(handler, functools.partial) else handler for handler in handlers)
    return {_package_of(function) for function in functions}


def _package_of(thing: Any) -> str:
    name = thing.__name__ if isinstance(thing, types.ModuleType) else getattr(thing, "__module__", None)
    return (name or "").partition(".")[0]


def is_deployed(thing: Any, own: set[str]) -> bool:
    """Whether the reader wrote it: in a notebook, a file or one of their own packages."""
    root = _package_of(thing)
    if root in ("__main__", ""):  # code that was executed from a text is of no module
        return True
    if root == "cdc_lab" or root in sys.stdlib_module_names:
        return False
    if root in own:
        return True
    package = sys.modules.get(root)
    # A namespace that several distributions share has folders, and no file.
    places = getattr(package, "__file__", None) or list(getattr(package, "__path__", ()))
    return not any(kind in str(places) for kind in INSTALLED)


def cells_of(function: types.FunctionType) -> Iterator[types.CellType]:
    """The cells of its closure that hold something."""
    for cell in function.__closure__ or ():
        try:
            cell.cell_contents  # noqa: B018 - an empty cell raises
        except ValueError:
            continue
        yield cell


def names_in(code: types.CodeType) -> set[str]:
    """The names and attributes that code uses, functions within it included."""
    inner = [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    return set(code.co_names).union(*map(names_in, inner))


def places_in(things: Iterable[Any]) -> Iterator[Place]:
    """Every place in which those functions, classes, modules and objects keep something; each once."""
    seen: set[tuple[int, str | int]] = set()
    for thing in things:
        for place in _places_of(thing):
            if place.key not in seen:
                seen.add(place.key)
                yield place


def _places_of(thing: Any) -> Iterator[Place]:
    if isinstance(thing, types.FunctionType):
        world = thing.__globals__
        yield from (Place(world, name) for name in sorted(names_in(thing.__code__) & world.keys()))
        yield from (Place(cell, "") for cell in cells_of(thing))
        yield from (Place(thing, index) for index in range(len(thing.__defaults__ or ())))
        keywords = thing.__kwdefaults__ or {}
        yield from (Place(keywords, name) for name in sorted(keywords))
    elif isinstance(thing, NamesUsed):
        yield from (Place(thing.world, name) for name in thing.found())
    elif isinstance(thing, type):
        names = [name for name in vars(thing) if not name.startswith("__")]
        yield from (place for name in sorted(names) if _can_be_put(place := Place(thing, name)))
    elif not isinstance(thing, functools._lru_cache_wrapper):
        yield from (Place(vars(thing), name) for name in sorted(vars(thing)))


def _can_be_put(place: Place) -> bool:
    """Whether a class attribute can be set: an enumeration refuses."""
    value = place.get()
    if not isinstance(value, MEMORY):
        return False
    try:
        place.put(value)
    except Exception:  # any metaclass may refuse, in its own way
        return False
    return True
