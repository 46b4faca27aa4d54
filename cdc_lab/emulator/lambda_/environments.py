"""Fresh execution environments: a handler whose globals are as they were when it was deployed."""

from __future__ import annotations

import copy
import types
from collections.abc import Callable
from typing import Any

_STATE = (list, dict, set, bytearray)


def snapshot(handler: Callable[..., Any]) -> dict[str, Any] | None:
    """Copy what a cold start would make anew: the containers and plain values in the globals.

    Modules, classes, clients and other objects stay shared; what cannot be copied stays shared too.
    None when the handler is no plain function (its globals are out of reach).
    """
    function = _function_of(handler)
    if function is None:
        return None
    kept: dict[str, Any] = {}
    # Only names that the deployed code can reach: a notebook's globals hold much else.
    for name in _reachable(function):
        value = function.__globals__.get(name)
        if isinstance(value, (*_STATE, int, float, str, bytes, tuple, frozenset, type(None))):
            try:
                kept[name] = copy.deepcopy(value)
            except Exception:  # any __deepcopy__ may refuse, in its own way
                continue
    return kept


def fresh_copy(handler: Callable[..., Any], at_start: dict[str, Any]) -> Callable[..., Any]:
    """The handler again, over globals of its own that start as `at_start` tells."""
    function = _function_of(handler)
    if function is None:
        return handler
    world = dict(function.__globals__)
    world.update(copy.deepcopy(at_start))
    for name, value in list(world.items()):
        if isinstance(value, types.FunctionType) and value.__globals__ is function.__globals__:
            world[name] = _rebound(value, world)
    return _rebound(function, world)


def _function_of(handler: Callable[..., Any]) -> types.FunctionType | None:
    return handler if isinstance(handler, types.FunctionType) else None


def _rebound(function: types.FunctionType, world: dict[str, Any]) -> types.FunctionType:
    clone = types.FunctionType(
        function.__code__, world, function.__name__, function.__defaults__, function.__closure__
    )
    clone.__kwdefaults__ = function.__kwdefaults__
    clone.__dict__.update(function.__dict__)
    return clone


def _reachable(function: types.FunctionType) -> list[str]:
    seen: dict[str, None] = {}
    todo = [function.__code__]
    while todo:
        code = todo.pop()
        todo += [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
        for name in code.co_names:
            if name in seen or name not in function.__globals__:
                continue
            seen[name] = None
            value = function.__globals__[name]
            if isinstance(value, types.FunctionType) and value.__globals__ is function.__globals__:
                todo.append(value.__code__)
    return list(seen)
