"""Handlers behind a stream, in a user's own tests."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import pytest

from cdc_lab.errors import LabError
from cdc_lab.testing.events import Item

if TYPE_CHECKING:
    from cdc_lab.emulator.faults import Faults
    from cdc_lab.lab import Lab
    from cdc_lab.trace import Trace

Handler = Callable[[Any, Any], Any]


def import_handler(where: str, *also: str, environment: Mapping[str, str] | None = None) -> Handler:
    """Import a handler as a cold start does: its module's top level runs anew, in the lab that is open.

    A boto3 client that a module makes when it is imported belongs to whatever is open at that moment, and
    would be refused in a later test's lab.

    Parameters
    ----------
    where : str
        Module and function, as Lambda's ``Handler`` setting: ``"shop.handlers.on_order"``.
    *also : str
        Further modules to import anew with it: those of yours that make clients.
    environment : mapping of str to str, optional
        Set in ``os.environ`` meanwhile.
    """
    module, _, name = where.rpartition(".")
    if not module:
        raise LabError(f"handler {where!r} names no module: write 'module.function'")
    with _forgotten(module, *also), pytest.MonkeyPatch.context() as patch:
        for variable, value in (environment or {}).items():
            patch.setitem(os.environ, variable, value)
        found = getattr(importlib.import_module(module), name, None)
    if not callable(found):
        raise LabError(f"module {module} has no function {name!r}")
    return cast(Handler, found)


@contextmanager
def _forgotten(*names: str) -> Iterator[None]:
    before: dict[str, ModuleType | None] = {name: sys.modules.pop(name, None) for name in names}
    try:
        yield
    finally:
        for name, module in before.items():
            if module is not None:  # whoever imported it earlier keeps meeting the same module
                sys.modules[name] = module


def run_handler(
    lab: Lab,
    handler: Handler | str,
    table: Any,
    changes: Iterable[Item | Callable[[Any], object]],
    *,
    faults: Faults | None = None,
    function: Mapping[str, Any] | None = None,
    **mapping: Any,
) -> Trace:
    """Put a handler behind a table's stream, make changes, and run until nothing is left to deliver.

    Parameters
    ----------
    lab : Lab
    handler : callable or str
        ``handler(event, context)``; or where it is, for :func:`import_handler`.
    table : boto3 Table
        With a stream.
    changes : iterable
        Items to put, or callables that are given the table, for every other call:
        ``lambda orders: orders.delete_item(Key={"order_id": "o1"})``.
    faults : Faults, optional
        What goes wrong on the way.
    function : mapping, optional
        Parameters of ``lab.create_function``: ``name`` ("handler"), ``timeout``, ``environment``, ...
    **mapping
        Parameters of CreateEventSourceMapping: ``BatchSize=5``. It starts at TRIM_HORIZON unless told
        otherwise, and retries for a day as AWS does (C20).

    Returns
    -------
    Trace
        What happened in the run. Records that were given up stand in its ``failures``.
    """
    options = {"name": "handler", **(function or {})}
    if isinstance(handler, str):
        handler = import_handler(handler, environment=options.get("environment"))
    lab.create_function(handler=handler, **options)
    given = {
        "FunctionName": options["name"],
        "EventSourceArn": lab.stream_arn(table),
        "StartingPosition": "TRIM_HORIZON",
    }
    lab.client("lambda").create_event_source_mapping(**given | mapping)
    for change in changes:
        if callable(change):
            change(table)
        else:
            table.put_item(Item=dict(change))
    return lab.run(faults=faults)
