"""A handler behind a stream or a queue in one step: its function, and an event source mapping to it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from cdc_lab.emulator.lambda_.code_folders import at_path
from cdc_lab.emulator.lambda_.functions import Function, Handler
from cdc_lab.emulator.lambda_.handlers import import_handler
from cdc_lab.emulator.lambda_.service import LambdaService
from cdc_lab.errors import LabError

_OPERATION = "CreateEventSourceMapping"
_GIVEN_ELSEWHERE = {"FunctionName": "name", "EventSourceArn": "table"}
_CLOSE = 0.7


class _Options(NamedTuple):
    """The keyword arguments of one call: those of the function, and those of the mapping."""

    function: dict[str, Any]
    mapping: dict[str, Any]


class Code(NamedTuple):
    """Where the code of a handler lies that is named, as for :func:`import_handler`."""

    code_uri: str | Path | None = None
    layers: Sequence[str | Path] = ()


class Attached(dict[str, Any]):
    """The answer of CreateEventSourceMapping, shown in one line where a notebook shows a value."""

    def __repr__(self) -> str:
        # "table/flights/stream/..." of a stream, "orders" of a queue
        source = self["EventSourceArn"].split(":")[5].removeprefix("table/").split("/")[0]
        return f"<mapping from {source} to {self['FunctionArn'].split(':')[6]}: {self['State']}>"


def attach(
    service: LambdaService,
    client: Any,
    handler: Handler | str,
    source_arn: str,
    name: str | None,
    options: Mapping[str, Any],
    code: Code = Code(),  # noqa: B008 - a tuple
) -> Attached:
    """Create a function where the handler is new, and a mapping from a stream or a queue to it.

    When Lambda refuses the mapping, a function that this call created is deleted again.

    Parameters
    ----------
    service : LambdaService
    client : boto3 client of ``lambda``
        In the region of the stream.
    handler, name, options, code
        As for :meth:`cdc_lab.Lab.attach`.
    source_arn : str

    Returns
    -------
    Attached
        The answer of CreateEventSourceMapping.
    """
    split = _split(options, client)
    function = _existing(service, handler, name, client.meta.region_name, code)
    is_new = function is None
    if function is None:
        function = deploy(service, name or default_name(handler), handler, split.function, code)
    elif split.function:
        raise LabError(
            f"function {function.name!r} exists, so attach cannot set its {', '.join(split.function)}: "
            f"set it with lab.create_function({function.name!r}, handler, ...), or open the lab anew "
            "(in a notebook: run the cell that opens it)"
        )
    request = {"FunctionName": function.name, "EventSourceArn": source_arn}
    if ":dynamodb:" in source_arn:
        request["StartingPosition"] = "TRIM_HORIZON"
    try:
        mapping = client.create_event_source_mapping(**request | split.mapping)
    except Exception:
        if is_new:
            service.functions.forget(function.name)
        raise
    return Attached(mapping)


def deploy(
    service: LambdaService,
    name: str,
    handler: Handler | str,
    options: Mapping[str, Any],
    code: Code = Code(),  # noqa: B008 - a tuple
) -> Function:
    """Create a function of a handler, which is imported first where it is named.

    Parameters
    ----------
    service : LambdaService
    name, handler, options, code
        As for :meth:`cdc_lab.Lab.create_function`.
    """
    unknown = next((option for option in options if option not in function_options()), None)
    if unknown is not None:
        raise LabError(
            f"create_function has no option {unknown!r}: {_remedy(unknown, function_options(), [])}"
        )
    if isinstance(handler, str):
        handler = import_handler(
            handler, environment=options.get("environment"), code_uri=code.code_uri, layers=code.layers
        )
    elif code.code_uri is not None or code.layers:
        raise LabError("code_uri and layers are for a handler that is named: handler='module.function'")
    return service.create_function(name, handler, **options)


def default_name(handler: Handler | str) -> str:
    """The name of a handler's function: the handler's own, with dashes for what is no letter or digit.

    Examples
    --------
    >>> def delay_board(event, context): ...
    >>> default_name(delay_board)
    'delay-board'
    >>> default_name("shop.handlers.on_order")
    'on-order'
    >>> default_name("services/orders/app.py:on_order")
    'on-order'
    >>> default_name(lambda event, context: None)
    'lambda'
    """
    if isinstance(handler, str):
        own = re.split(r"[.:]", handler)[-1]
    else:
        own = str(getattr(handler, "__name__", type(handler).__name__))
    return re.sub(r"[^a-zA-Z0-9]+", "-", own).strip("-")[:64]


def _existing(
    service: LambdaService, handler: Handler | str, name: str | None, region: str, code: Code
) -> Function | None:
    """The function that runs this handler already; None when it must be created."""
    if isinstance(handler, str) and "." not in handler:
        return _named(service, handler, name, region)
    found = service.functions.get(region, name or default_name(handler))
    if found is None:
        return None
    function = found.latest
    if _runs(function, handler, code):
        return function
    raise LabError(
        f"function {function.name!r} runs another handler: give this one a name of its own, name='...'; "
        f"replace the other with lab.create_function({function.name!r}, handler); or run the cell that opens "
        "the lab, and start over"
    )


def _named(service: LambdaService, function_name: str, name: str | None, region: str) -> Function:
    function = service.functions.get(region, function_name)
    if function is None:
        known = [other.name for other in service.functions.of_region(region)]
        near = get_close_matches(function_name, known, 1)
        remedy = f"did you mean {near[0]!r}?" if near else "give the handler itself, or 'module.function'"
        raise LabError(f"there is no function {function_name!r}: {remedy}")
    if name not in (None, function_name):
        raise LabError(f"function {function_name!r} has its name: name={name!r} is for a handler that is new")
    return function.latest


def _runs(function: Function, handler: Handler | str, code: Code) -> bool:
    deployed = function.handler
    if not isinstance(handler, str):
        return deployed == handler
    where, found_file = handler, at_path(handler)
    folder = code.code_uri
    if found_file is not None:
        folder, where = (found_file[0] if folder is None else folder), found_file[1]
    own = (getattr(deployed, "__module__", None), getattr(deployed, "__qualname__", None))
    if ".".join(map(str, own)) != where:
        return False
    file = getattr(getattr(deployed, "__code__", None), "co_filename", "")
    return folder is None or Path(file).is_relative_to(Path(folder).absolute())


# ---- options -------------------------------------------------------------------------------------


def _split(options: Mapping[str, Any], client: Any) -> _Options:
    """Divide the keyword arguments; refuse one that neither side has."""
    parameters = client.meta.service_model.operation_model(_OPERATION).input_shape.members
    of_mapping = [name for name in parameters if name not in _GIVEN_ELSEWHERE]
    of_function = function_options()
    for option in options:
        if option not in of_function and option not in of_mapping:
            raise LabError(f"attach has no option {option!r}: {_remedy(option, of_function, of_mapping)}")
    return _Options(
        {name: value for name, value in options.items() if name in of_function},
        {name: value for name, value in options.items() if name in of_mapping},
    )


@cache
def function_options() -> tuple[str, ...]:
    """The options of ``create_function``, beside the name and the handler."""
    parameters: Callable[..., Any] = LambdaService.create_function
    return tuple(n for n in inspect.signature(parameters).parameters if n not in ("self", "name", "handler"))


def _remedy(option: str, of_function: tuple[str, ...], of_mapping: list[str]) -> str:
    meant = {_folded(name): name for name in (*of_mapping, *of_function)}
    meant |= {_folded(theirs): ours for theirs, ours in _GIVEN_ELSEWHERE.items() if of_mapping}
    near = get_close_matches(_folded(option), meant, 1, _CLOSE)
    if near:
        return f"did you mean {meant[near[0]]!r}?"
    return f"those of the function are {', '.join(of_function)}" + (
        f"; those of the mapping are the parameters of {_OPERATION}, spelt as AWS spells them, such as "
        "BatchSize"
        if of_mapping
        else ""
    )


def _folded(name: str) -> str:
    return name.replace("_", "").lower()
