"""The AWS calls that stand in a handler's source: those that no run made are not in its role's policy."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from types import FunctionType
from typing import Any, NamedTuple

import botocore.session
from botocore import xform_name

from cdc_lab.emulator.lambda_.reached import functions_of

_OF_RESOURCES = {  # methods of boto3's tables, queues, topics and objects whose operation is named otherwise
    ("dynamodb", "batch_writer"): "BatchWriteItem",
    ("sqs", "send_messages"): "SendMessageBatch",
    ("sqs", "receive_messages"): "ReceiveMessage",
    ("s3", "put"): "PutObject",
    ("s3", "get"): "GetObject",
}


class SourceCall(NamedTuple):
    """One call in a source.

    Attributes
    ----------
    service, operation : str
        As boto3 and AWS name them.
    function : str
        In which it stands.
    line : int
        In the file of that function.
    """

    service: str
    operation: str
    function: str
    line: int

    def __str__(self) -> str:
        return f"{self.service}.{self.operation} ({self.function}, line {self.line})"


def calls_in(handler: Callable[..., Any]) -> list[SourceCall]:
    """Return the AWS calls in the source of a handler and of the functions that it reaches.

    A client is known by what its name stands for beside the function, or by ``boto3.client("sqs")`` in the
    source. Of one that is known by neither, such as a parameter, the service is one of those for which the
    source makes clients. What is called by ``getattr`` is not found.
    """
    found: dict[SourceCall, None] = {}
    sources = list(_sources(handler))
    services = sorted({name for _, tree, _ in sources for name in _made_in(tree)})
    for function, tree, first in sources:
        names = {**function.__globals__, **inspect.getclosurevars(function).nonlocals}
        for call in _calls(tree, names, services):
            found[call._replace(function=function.__name__, line=first + call.line - 1)] = None
    return list(found)


def unseen(handler: Callable[..., Any], seen: Sequence[tuple[str, str]]) -> list[SourceCall]:
    """Return the calls of a source that no run made.

    Parameters
    ----------
    seen : sequence of (str, str)
        Service and operation of the calls that were made.
    """
    made = set(seen)
    return [call for call in calls_in(handler) if (call.service, call.operation) not in made]


def _sources(handler: Callable[..., Any]) -> Iterator[tuple[FunctionType, ast.AST, int]]:
    """Give the functions that a handler reaches, with their sources and first lines."""
    for function in functions_of(handler):
        try:
            lines, first = inspect.getsourcelines(function)
            yield function, ast.parse(textwrap.dedent("".join(lines))), first
        except (OSError, TypeError, SyntaxError):
            continue  # made without a source: nothing can be said of it


def _made_in(tree: ast.AST) -> Iterator[str]:
    """Give the services for which a source makes clients."""
    for node in ast.walk(tree):
        service = _service_of(node, {}, {}) if isinstance(node, ast.Call) else None
        if service is not None:
            yield service


def _calls(tree: ast.AST, names: Mapping[str, Any], services: Sequence[str]) -> Iterator[SourceCall]:
    local = dict(_made_here(tree, names))
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        service = _service_of(node.func.value, names, local)
        is_known = isinstance(node.func.value, ast.Name) and node.func.value.id in names
        for one in [service] if service is not None else () if is_known else services:
            operation = _operation(one, node.func.attr, node)
            if operation is not None:
                yield SourceCall(one, operation, "", node.lineno)


def _made_here(tree: ast.AST, names: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give the local names that clients are given, with their service."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            service = _service_of(node.value, names, {})
            if service is not None:
                yield node.targets[0].id, service


def _service_of(node: ast.AST, names: Mapping[str, Any], local: Mapping[str, str]) -> str | None:
    """Return the service of what an expression stands for: a client, a resource, or what belongs to one."""
    if isinstance(node, ast.Name):
        return local.get(node.id) or _service(names.get(node.id))
    if isinstance(node, ast.Attribute):
        return _service_of(node.value, names, local)
    if isinstance(node, ast.Subscript):
        return _service_of(node.value, names, local)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        first = node.args[0] if node.args else None
        if node.func.attr in ("client", "resource") and isinstance(first, ast.Constant):
            return first.value if isinstance(first.value, str) else None
        if node.func.attr[:1].isupper():  # resource.Table("x")
            return _service_of(node.func.value, names, local)
    return None


def _service(value: Any) -> str | None:
    if isinstance(value, Mapping):
        return next((found for inner in value.values() if (found := _service(inner))), None)
    meta = getattr(value, "meta", None)
    client = getattr(meta, "client", None) or value
    model = getattr(getattr(client, "meta", None), "service_model", None)
    name = getattr(model, "service_name", None)
    return name if isinstance(name, str) else None


def _operation(service: str, method: str, node: ast.Call) -> str | None:
    operations = _operations(service)
    if method in ("get_paginator", "get_waiter") and node.args and isinstance(node.args[0], ast.Constant):
        method = str(node.args[0].value)
    return _OF_RESOURCES.get((service, method)) or operations.get(method)


@cache
def _operations(service: str) -> dict[str, str]:
    try:
        model = botocore.session.get_session().get_service_model(service)
    except Exception:
        return {}
    return {xform_name(name): name for name in model.operation_names}
