"""Takes functions out of their notebook for a while: their clients reach the check, memory starts afresh.

On Lambda the code beside a handler runs anew with each execution environment. A notebook's has run once, in
the reader's lab. So here the check's lab answers every client, wherever it came from and whatever holds it;
containers start as they were, and the reader gets them back so.
"""

from __future__ import annotations

import copy
import functools
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import boto3
from boto3.dynamodb.table import BatchWriter

from cdc_lab.lab import Lab

_MEMORY = (list, dict, set, bytearray, int, float, str, bytes, tuple, frozenset, type(None))
Get = Callable[[], Any]
Put = Callable[[Any], None]


class Deployment:
    """A reader's functions in the hands of a check. Use it as a context: the notebook stays as it was.

    Parameters
    ----------
    functions : mapping of str to callable
        What the reader gave, by part: ``{"handler": handler}``, or several.
    """

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        self.functions = dict(functions)
        reached = list(_reached(*functions.values()))
        places = [(get(), put) for get, put in _places_of(reached)]
        self._memory = [(value, _uncopied(value), put) for value, put in places if _is_memory(value)]
        self._caches = [thing for thing in reached if isinstance(thing, functools._lru_cache_wrapper)]
        self._boto3 = (boto3.client, boto3.resource)

    def __enter__(self) -> Deployment:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()
        for value, _uncopied, put in self._memory:
            put(value)
        self._clear_caches()

    def move_to(self, lab: Lab) -> None:
        """Let that lab, which is open, answer all clients; give it a fresh memory."""
        make_client, make_resource = self._boto3
        # One client per kind and check, also where the handler makes one in each invocation: making it
        # takes 40 ms, which a reader would wait for.
        clients: Any = functools.cache(make_client)
        resources: Any = functools.cache(make_resource)
        boto3.client, boto3.resource = clients, resources
        lab.answer_all()
        self.start_afresh()

    def leave(self) -> None:
        """The lab is about to be closed: no client of it may be handed out any more."""
        boto3.client, boto3.resource = self._boto3

    def start_afresh(self) -> None:
        """Forget what it remembered, as a fresh execution environment would."""
        for value, uncopied, put in self._memory:
            put(copy.deepcopy(value, dict(uncopied)))
        self._clear_caches()

    def _clear_caches(self) -> None:
        for cache in self._caches:
            cache.cache_clear()


def functions_of(*handlers: Any) -> Iterator[types.FunctionType]:
    """The reader's functions that handlers are made of: themselves, and those that they reach."""
    return (thing for thing in _reached(*handlers) if isinstance(thing, types.FunctionType))


def _reached(*handlers: Any) -> Iterator[Any]:
    """The reader's functions and objects behind handlers, through names, closures, defaults, attributes."""
    seen: set[int] = set()
    todo: list[Any] = list(handlers)
    while todo:
        value = todo.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, functools.partial):
            todo += [value.func, *value.args, *value.keywords.values()]
        elif isinstance(value, types.MethodType):
            todo += [value.__func__, value.__self__]
        elif isinstance(value, types.FunctionType):
            todo += [cell.cell_contents for cell in _cells(value)]
            todo += [*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()]
            todo += [getattr(value, "__wrapped__", None)]
            if _is_readers(value):
                yield value
                todo += [value.__globals__.get(name) for name in sorted(_names(value.__code__))]
        elif isinstance(value, functools._lru_cache_wrapper):
            if _is_readers(value):
                yield value
                todo += [value.__wrapped__]
        elif isinstance(value, type):
            todo += [*vars(value).values()] if _is_readers(value) else []
        elif isinstance(value, dict | list | tuple):
            todo += [*value.values()] if isinstance(value, dict) else [*value]
        elif isinstance(value, BatchWriter):
            yield value  # what it has not sent yet is gone with its environment
        elif _is_readers(type(value)) and hasattr(value, "__dict__"):
            yield value
            todo += [type(value), *vars(value).values()]


def _is_readers(thing: Any) -> bool:
    """Whether the reader wrote it: in a notebook or a file, neither installed nor the course's."""
    name = getattr(thing, "__module__", None) or "builtins"
    root = name.partition(".")[0]
    if root == "__main__":
        return True
    if root == "cdc_lab" or root in sys.stdlib_module_names:
        return False
    file = getattr(sys.modules.get(root), "__file__", None) or ""
    return "site-packages" not in file


def _cells(function: types.FunctionType) -> Iterator[types.CellType]:
    for cell in function.__closure__ or ():
        try:
            cell.cell_contents  # noqa: B018 - an empty cell raises
        except ValueError:
            continue
        yield cell


def _names(code: types.CodeType) -> set[str]:
    inner = [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    return set(code.co_names).union(*map(_names, inner))


def _places_of(things: list[Any]) -> Iterator[tuple[Get, Put]]:
    """Every place in which those functions and objects keep something."""
    seen: set[tuple[int, str]] = set()
    for thing in things:
        is_function = isinstance(thing, types.FunctionType)
        holder = thing.__globals__ if is_function else vars(thing)
        names = _names(thing.__code__) & holder.keys() if is_function else set(holder)
        for name in sorted(names):
            if (id(holder), name) not in seen:
                seen.add((id(holder), name))
                yield _in_dict(holder, name)
        if is_function:
            yield from map(_in_cell, _cells(thing))
            for index in range(len(thing.__defaults__ or ())):
                yield _in_defaults(thing, index)
            for name in sorted(thing.__kwdefaults__ or {}):
                yield _in_dict(thing.__kwdefaults__, name)


def _in_dict(world: dict[str, Any], name: str) -> tuple[Get, Put]:
    return (lambda: world[name]), (lambda value: world.__setitem__(name, value))


def _in_cell(cell: types.CellType) -> tuple[Get, Put]:
    return (lambda: cell.cell_contents), (lambda value: setattr(cell, "cell_contents", value))


def _in_defaults(function: types.FunctionType, index: int) -> tuple[Get, Put]:
    def put(value: Any) -> None:
        kept = list(function.__defaults__ or ())
        kept[index] = value
        function.__defaults__ = tuple(kept)

    return (lambda: (function.__defaults__ or ())[index]), put


def _is_memory(value: Any) -> bool:
    return isinstance(value, _MEMORY)


def _uncopied(value: Any) -> dict[int, Any]:
    """What in a container cannot be copied, by id: a client is no memory, the list that it stands in is."""
    found: dict[int, Any] = {}
    seen: set[int] = set()
    todo = [value]
    while todo:
        thing = todo.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, dict):
            todo += [*thing.keys(), *thing.values()]
        elif isinstance(thing, list | tuple | set | frozenset):
            todo += [*thing]
        elif not _can_be_copied(thing):
            found[id(thing)] = thing
    return found


def _can_be_copied(value: Any) -> bool:
    try:
        copy.deepcopy(value)
    except Exception:  # any __deepcopy__ may refuse, in its own way
        return False
    return True
