"""Which scenarios a reader's functions have passed: what was not changed since is not judged again.

An exercise in several parts is checked after each of them. What a scenario puts to the test are some of the
parts, and with these as they were it would come to the same: it has the same code, the same values beside
it, and passed. A verdict that is not a pass is never remembered. When nothing at all was changed, the check
runs from the first scenario to the last.
"""

from __future__ import annotations

import functools
import linecache
import pickle
import sys
import types
from typing import Any

from boto3.resources.base import ServiceResource
from botocore.client import BaseClient

from cdc_lab.emulator.lambda_.reached import MEMORY, functions_of, places_of

Fingerprint = tuple[Any, ...]


class Passes:
    """What was passed, by task and scenario: the fingerprints of the parts with which it was."""

    def __init__(self) -> None:
        self._passed: dict[tuple[str, str], Fingerprint] = {}

    def has(self, task_id: str, scenario: str, fingerprint: Fingerprint | None) -> bool:
        """Whether the scenario was last passed with parts that look like this."""
        return fingerprint is not None and self._passed.get((task_id, scenario)) == fingerprint

    def note(self, task_id: str, scenario: str, fingerprint: Fingerprint | None) -> None:
        """It was passed with them."""
        if fingerprint is not None:
            self._passed[task_id, scenario] = fingerprint


PASSES = Passes()
"""Of this kernel."""


def fingerprint_of(*parts: Any) -> Fingerprint | None:
    """All that decides what parts of an answer do: equal ones do the same.

    Parameters
    ----------
    *parts
        Functions, or data.

    Returns
    -------
    tuple or None
        None where a value cannot be compared.
    """
    functions = list(functions_of(*parts))
    own = {id(function) for function in functions}
    try:
        values = tuple(_value(part, own) for part in parts)
        codes = tuple(_code(function.__code__) for function in functions)
        around = tuple((place.name, _value(place.get(), own)) for place in places_of(*parts))
    except Exception:  # any value may refuse to be pickled, in its own way
        return None
    return values, codes, around


class _Same:
    """Stands for an object that equals none but itself, and keeps it alive."""

    def __init__(self, thing: object) -> None:
        self._thing = thing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other._thing is self._thing

    def __hash__(self) -> int:
        return id(self._thing)


def _value(value: Any, own: set[int]) -> Any:
    if id(value) in own:
        return value.__qualname__  # its code is in the fingerprint, and what it uses
    if isinstance(value, types.MethodType):
        return "method", _value(value.__func__, own), _value(value.__self__, own)
    if isinstance(value, functools.partial):
        return "partial", *(_value(it, own) for it in (value.func, value.args, value.keywords))
    if isinstance(value, BaseClient):
        return _client(value)
    if isinstance(value, ServiceResource):
        names = [getattr(value, name) for name in value.meta.identifiers]
        return type(value).__name__, *names, _client(value.meta.client)
    if isinstance(value, MEMORY):
        return pickle.dumps(value)
    if isinstance(value, types.ModuleType) and not _is_installed(value):
        raise TypeError("a module of the reader's: what is in it can change")
    return _Same(value)


def _is_installed(module: types.ModuleType) -> bool:
    root = module.__name__.partition(".")[0]
    is_known = root == "cdc_lab" or root in sys.stdlib_module_names
    return is_known or "site-packages" in (getattr(module, "__file__", None) or "")


def _client(client: Any) -> Any:
    """Of a client its service and how it tries: in a check the lab answers it, wherever it came from."""
    config = client.meta.config
    return client.meta.service_model.service_name, repr(
        [config.connect_timeout, config.read_timeout, config.retries, config.region_name]
    )


def _code(code: types.CodeType) -> Any:
    """The cell or the file that code is of, and the code: two cells may have one name."""
    inner = [_code(it) if isinstance(it, types.CodeType) else repr(it) for it in code.co_consts]
    return "".join(linecache.getlines(code.co_filename)), code.co_name, code.co_code, code.co_names, inner
