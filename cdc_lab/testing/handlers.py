"""Handlers behind a stream, in a user's own tests."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import patch

from cdc_lab.errors import ForeignClientError, LabError
from cdc_lab.testing.events import Item

if TYPE_CHECKING:
    from cdc_lab.emulator.faults import Faults
    from cdc_lab.lab import Lab
    from cdc_lab.trace import Trace

Handler = Callable[[Any, Any], Any]


def import_handler(where: str, *also: str, environment: Mapping[str, str] | None = None) -> Handler:
    """Import a handler as a cold start does: your modules' top levels run anew, in the lab that is open.

    A boto3 client that a module makes when it is imported belongs to whatever is open at that moment, and
    would be refused in a later test's lab. So every module is forgotten that lies in the folder of the
    handler's top-level module or package, or below it; installed packages stay. Who imported one of them
    before keeps the old one.

    Parameters
    ----------
    where : str
        Module and function, as Lambda's ``Handler`` setting: ``"shop.handlers.on_order"``.
    *also : str
        Further modules to import anew with it: those that make clients and lie elsewhere.
    environment : mapping of str to str, optional
        Set in ``os.environ`` meanwhile.
    """
    module, _, name = where.rpartition(".")
    if not module:
        raise LabError(f"handler {where!r} names no module: write 'module.function'")
    with _forgotten(module, *_modules_beside(module), *also), patch.dict(os.environ, environment or {}):
        found = getattr(importlib.import_module(module), name, None)
    if not callable(found):
        raise LabError(f"module {module} has no function {name!r}")
    return cast(Handler, found)


def _modules_beside(name: str) -> list[str]:
    """The modules loaded from the folder of a top-level module or package, or from below it."""
    spec = importlib.util.find_spec(name.split(".")[0])
    places = [] if spec is None else list(spec.submodule_search_locations or [spec.origin or ""])
    folders = {os.path.dirname(os.path.abspath(place)) + os.sep for place in places if os.path.exists(place)}
    return [
        loaded
        for loaded, module in list(sys.modules.items())
        if loaded.split(".")[0] not in _KEPT
        and _lies_in(getattr(module, "__file__", None) or "", tuple(folders))
    ]


def _lies_in(file: str, folders: tuple[str, ...]) -> bool:
    return file.startswith(folders) and not any(f"{os.sep}{name}{os.sep}" in file for name in _INSTALLED)


_INSTALLED = ("site-packages", "dist-packages")
_KEPT = frozenset({"cdc_lab", "__main__", *sys.stdlib_module_names})


@contextmanager
def _forgotten(*names: str) -> Iterator[None]:
    before: dict[str, ModuleType | None] = {
        name: sys.modules.pop(name, None) for name in dict.fromkeys(names)
    }
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

    Raises
    ------
    LabError
        When the handler met one: most often it holds a client that was made before the lab was opened.
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
    try:
        trace = lab.run(faults=faults)
    except ForeignClientError as error:
        raise LabError(
            f"{error}. In a test: say where the handler is, run_handler(lab, 'module.function', ...), and it "
            "is imported in the lab"
        ) from None
    _refuse_errors_of_the_lab(trace)
    return trace


def _refuse_errors_of_the_lab(trace: Trace) -> None:
    # Lambda would go on retrying for a day, and so did the lab: the test would fail for a reason of its own.
    met = next((error for error in trace.invocations["error"] if error.startswith("LabError: ")), None)
    if met is not None:
        raise LabError(f"the handler met an error of the lab's: {met.removeprefix('LabError: ')}")
