"""Calls that AWS refuses on purpose: which ones, with which error, and whether the effect stood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, fields, replace
from difflib import get_close_matches
from functools import cache
from typing import Any, NamedTuple

from cdc_lab.errors import LabError

UNPROCESSED = {"BatchWriteItem": "UnprocessedItems", "BatchGetItem": "UnprocessedKeys"}
"""Batches that are done in part: what did not get done comes back under this name."""

NO_CONNECTION = ("ConnectTimeoutError", "EndpointConnectionError")
NO_ANSWER = ("ReadTimeoutError", "ConnectionClosedError")
"""Names of botocore's exceptions: the request never arrived; or it may have, and no answer came."""

CANCELED = "TransactionCanceledException"

# Any service may answer with one of these, whether or not its model lists it.
_COMMON = {
    "AccessDeniedException": 400,
    "ExpiredTokenException": 400,
    "InternalFailure": 500,
    "InternalServerError": 500,
    "RequestLimitExceeded": 400,
    "ServiceUnavailable": 503,
    "ThrottlingException": 400,
}
# Where the service model does not tell the HTTP status, it is 400, but for these.
_STATUS = {**_COMMON, "RequestThrottled": 403, "ReplicatedWriteConflictException": 409, "SlowDown": 503}
# Codes that botocore takes for throttling; an operation is refused with the first that it has.
_THROTTLING = (
    "ProvisionedThroughputExceededException",
    "TooManyRequestsException",
    "RequestThrottled",
    "LimitExceededException",
    "ThrottlingException",
)


class HttpService(NamedTuple):
    """A service that handlers reach by another client than boto3's; its errors are HTTP statuses."""

    operations: frozenset[str]
    statuses: tuple[int, ...]
    batches: frozenset[str]


_HTTP_SERVICES: dict[str, HttpService] = {}


def register_http_service(
    name: str, operations: Iterable[str], statuses: Sequence[int], batches: Iterable[str] = ()
) -> None:
    """Let faults refuse the calls of a client that is not boto3's.

    Parameters
    ----------
    name : str
        As the client gives it to ``Invocation.api_call``.
    operations : iterable of str
    statuses : sequence of int
        HTTP statuses that a call may be refused with; the first is the one that says "too many requests".
    batches : iterable of str
        Those of the operations that may be done in part.

    Raises
    ------
    LabError
        Another service has that name.
    """
    service = HttpService(frozenset(operations), tuple(statuses), frozenset(batches))
    known = _HTTP_SERVICES.setdefault(name, service)
    if known != service:
        raise LabError(f"there is a service {name!r} already, with other operations: choose another name")
    errors_of.cache_clear()


def is_aws_service(name: str) -> bool:
    """Return whether boto3 has a service of that name."""
    return _model(name) is not None


@cache
def _model(service: str) -> Any:
    import botocore.session

    session = botocore.session.get_session()
    return session.get_service_model(service) if service in session.get_available_services() else None


@cache
def errors_of(service: str, operation: str) -> Mapping[str | int, int]:
    """The errors that an operation may be refused with, and the HTTP status of each; 0 where none is sent.

    Parameters
    ----------
    service : str
        As boto3 names it, or as :func:`register_http_service` was told.
    operation : str
        As AWS spells it; empty for whatever any operation of the service may answer with.

    Raises
    ------
    LabError
        There is no such service, or it has no such operation.
    """
    if service in _HTTP_SERVICES:
        known = _HTTP_SERVICES[service]
        _check_operation(service, operation, known.operations)
        return {status: status for status in known.statuses}
    model = _model(service)
    if model is None:
        raise LabError(
            f"Refusal: there is no service {service!r}: name it as boto3.client does, such as 'dynamodb'; a "
            "service that lab.http answers is known from that call on, the search engine when "
            "cdc_lab.classroom.search is imported"
        )
    _check_operation(service, operation, model.operation_names)
    names = [operation] if operation else model.operation_names
    found: dict[str | int, int] = {}
    for name in names:
        for shape in model.operation_model(name).error_shapes:
            status = shape.metadata.get("error", {}).get("httpStatusCode")
            found[shape.error_code] = status or _STATUS.get(shape.error_code, 400)
        if service == "dynamodb" and name in UNPROCESSED:
            found[UNPROCESSED[name]] = 200
    return (
        found
        | {c: s for c, s in _COMMON.items() if c not in found}
        | dict.fromkeys(NO_CONNECTION, 0)
        | (dict.fromkeys(NO_ANSWER, 0))
    )


def _check_operation(service: str, operation: str, known: Iterable[str]) -> None:
    if operation and operation not in known:
        near = get_close_matches(operation, known, 3) or sorted(known)[:5]
        raise LabError(f"Refusal: {service} has no operation {operation!r}; it has {', '.join(near)}, ...")


def drawn_errors(service: str, operation: str) -> list[tuple[str | int, bool]]:
    """What a share of attempts is refused with: throttling, and a failure before or after the effect."""
    known = errors_of(service, operation)
    if service in _HTTP_SERVICES:
        throttling, failure = [*known, *known][:2]
        return [(throttling, False), (failure, False), (failure, True)]
    throttled = next(code for code in _THROTTLING if code in known)
    return [(throttled, False), ("InternalServerError", False), ("InternalServerError", True)]


_LEAST = {"times": 1, "skip": 0, "items": 0}


@dataclass(frozen=True)
class Refusal:
    """AWS calls that are refused. One attempt of a call is one attempt: what botocore retries counts again.

    Parameters
    ----------
    service : str
        As ``boto3.client`` names it: ``"dynamodb"``, ``"lambda"``, ``"sqs"``; ``"opensearch"`` for the
        search engine of the course; or the name of a service that ``lab.http`` answers.
    operation : str
        As AWS spells it: ``"PutItem"``. Empty: every operation of the service that has this error.
    error : str or int
        An error code of that operation (``"ProvisionedThroughputExceededException"``), or one that every
        operation has: ThrottlingException, RequestLimitExceeded, InternalServerError (HTTP status 500),
        ServiceUnavailable (503), InternalFailure, AccessDeniedException, ExpiredTokenException.
        An exception of botocore's: EndpointConnectionError; ConnectTimeoutError and ReadTimeoutError, which
        take as much lab time as the client's ``Config`` says (60 s unless told otherwise);
        ConnectionClosedError. ``"UnprocessedItems"`` or ``"UnprocessedKeys"``: some of a batch come back.
        An HTTP status (429, 503) where the client is not boto3's.
    times : int
        How many attempts are refused.
    skip : int
        How many attempts that would match are let through first.
    share : float
        In place of `times`: the share of matching attempts that is refused, chosen by the seed of the
        faults.
    after : bool
        Whether the effect stands and only the answer is lost. By default nothing was done.
    table : str
        Only calls of this DynamoDB table, by its name. A PartiQL statement is not looked into.
    key : mapping
        Only calls of items with these attributes, ``{"order_id": "o1"}``; of a batch or a transaction, only
        these items come back or are named as the reason.
    items : int
        How many of a batch come back (1 by default); without `key`, the seed chooses them. When all of them
        would, the batch is refused as AWS refuses it, with ProvisionedThroughputExceededException.
    reason : str
        Of a TransactionCanceledException: ``"TransactionConflict"`` by default.

    Raises
    ------
    LabError
        When the service, the operation or the error does not exist; the text names those that do.

    Examples
    --------
    >>> from cdc_lab import Faults, Lab, Refusal
    >>> from cdc_lab.testing import run_handler
    >>> def handler(event, context):
    ...     for record in event["Records"]:
    ...         copies.put_item(Item={"order_id": record["dynamodb"]["Keys"]["order_id"]["S"]})
    >>> throttled = Refusal("dynamodb", "PutItem", "ThrottlingException", times=2, table="copies")
    >>> with Lab() as lab:
    ...     copies = lab.create_table("copies", "order_id", stream_view_type=None)
    ...     orders = lab.create_table("orders", "order_id")
    ...     trace = run_handler(
    ...         lab, handler, orders, [{"order_id": "o1"}], faults=Faults(refuse=[throttled])
    ...     )
    >>> print(trace.calls[["operation", "attempt", "outcome"]])
      operation  attempt              outcome
    0   PutItem        1  ThrottlingException
    1   PutItem        2  ThrottlingException
    2   PutItem        3                   ok
    """

    service: str
    operation: str
    error: str | int
    _: KW_ONLY
    times: int = 1
    skip: int = 0
    share: float = 0.0
    after: bool = False
    table: str = ""
    key: Mapping[str, Any] = field(default_factory=dict)
    items: int = 0
    reason: str = ""

    def __post_init__(self) -> None:
        known = errors_of(self.service, self.operation)
        if self.error not in known:
            what = f"{self.service} {self.operation}".strip()
            listed = ", ".join(sorted(map(str, known)))
            raise LabError(f"Refusal: {what} has no error {self.error!r}; it has {listed}")
        for name, least in _LEAST.items():
            value: object = getattr(self, name)
            if not isinstance(value, int) or value < least:
                raise LabError(f"Refusal {name}={value!r}: give a whole number of at least {least}")
        if not 0 <= self.share < 1:
            raise LabError(f"Refusal share={self.share!r}: give a share of at least 0 and below 1")
        if self.share and (self.times, self.skip) != (1, 0):
            raise LabError(f"Refusal share={self.share!r}: times and skip count attempts, a share draws them")
        self._check_meaning()

    def _check_meaning(self) -> None:
        if self.after and (self.error in NO_CONNECTION or self.is_partial):
            raise LabError(f"Refusal after=True: {self.error} says itself that nothing was done")
        if (self.table or self.key) and self.service != "dynamodb":
            raise LabError(
                f"Refusal: only calls of dynamodb have a table or a key, not those of {self.service}"
            )
        if self.items and not self.is_partial:
            raise LabError(
                f"Refusal items={self.items!r}: some items of a batch come back with the error "
                "UnprocessedItems or UnprocessedKeys, or of opensearch Bulk with a status"
            )
        if self.reason and self.error != CANCELED:
            raise LabError(f"Refusal reason={self.reason!r} is for {CANCELED}")
        _typed(self.key)

    def __repr__(self) -> str:
        parts = [repr(self.service), repr(self.operation), repr(self.error)]
        for one in fields(self)[3:]:
            value = getattr(self, one.name)
            if value != (one.default_factory() if callable(one.default_factory) else one.default):
                parts.append(f"{one.name}={dict(value) if one.name == 'key' else value!r}")
        return f"Refusal({', '.join(parts)})"

    @property
    def is_partial(self) -> bool:
        """Whether a batch is done in part."""
        other = _HTTP_SERVICES.get(self.service)
        if other is not None:
            return self.items > 0 and self.operation in other.batches
        return self.error in UNPROCESSED.values()

    def simpler(self) -> Iterator[Refusal]:
        """Refusals that explain a failure more simply, the boldest first."""
        if self.share:
            yield replace(self, share=0.0)
        for name, least in _LEAST.items():
            value = getattr(self, name)
            for smaller in dict.fromkeys((least, value // 2, value - 1)):
                if least <= smaller < value:
                    yield replace(self, **{name: smaller})
        if self.after:
            yield replace(self, after=False)

    def places(self, service: str, operation: str, given: Mapping[str, Any]) -> tuple[int, ...] | None:
        """The items of a call that this refusal is about, by their places in it; None for another call.

        Parameters
        ----------
        given : mapping
            The call's parameters, as JSON has them.
        """
        if service != self.service or (self.operation and operation != self.operation):
            return None
        if not self.operation and self.error not in errors_of(service, operation):
            return None
        if service in _HTTP_SERVICES or not (self.table or self.key or self.is_partial):
            return ()
        wanted = _typed(self.key)
        found = tuple(
            place
            for place, (table, item) in enumerate(items_of(given))
            if self.table in ("", table.rpartition("/")[2])
            and all(name in item and _same(item[name], typed) for name, typed in wanted.items())
        )
        return found or None


def items_of(given: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Table and item (or key) of everything that a call of DynamoDB's is about, in the call's order."""
    if "RequestItems" in given:
        for table, asked in given["RequestItems"].items():
            if "Keys" in asked:
                yield from ((table, key) for key in asked["Keys"])
                continue
            for request in asked:
                for inner in request.values():
                    yield table, inner.get("Item") or inner.get("Key") or {}
    elif "TransactItems" in given:
        for action in given["TransactItems"]:
            for inner in action.values():
                yield inner["TableName"], inner.get("Item") or inner.get("Key") or {}
    elif "TableName" in given:
        yield given["TableName"], given.get("Item") or given.get("Key") or {}


def without_items(given: Mapping[str, Any], places: Iterable[int]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A batch without the items at these places, and what comes back of it."""
    left, place = set(places), 0
    rest: dict[str, Any] = {}
    back: dict[str, Any] = {}
    for table, asked in given["RequestItems"].items():
        listed = asked.get("Keys", []) if isinstance(asked, dict) else asked
        numbered = list(enumerate(listed, place))
        place += len(listed)
        for into, is_left in ((rest, False), (back, True)):
            chosen = [one for number, one in numbered if (number in left) is is_left]
            if chosen:
                into[table] = {**asked, "Keys": chosen} if "Keys" in asked else chosen
    return {**given, "RequestItems": rest}, back


def _typed(key: Mapping[str, Any]) -> dict[str, Any]:
    from boto3.dynamodb.types import TypeSerializer

    try:
        return {name: TypeSerializer().serialize(value) for name, value in key.items()}
    except (TypeError, AttributeError) as error:
        raise LabError(f"Refusal key={key!r}: {error}") from None


def _same(given: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    from base64 import b64encode
    from decimal import Decimal

    if "N" in wanted:
        return "N" in given and Decimal(given["N"]) == Decimal(wanted["N"])
    if "B" in wanted:
        return given.get("B") == b64encode(bytes(wanted["B"])).decode()
    return given == wanted


class Struck(NamedTuple):
    """A refusal that strikes one attempt.

    `places` are the items of the call that it is about; `items` is how many of a batch come back, where the
    client is not boto3's and only the service knows what a batch holds.
    """

    error: str | int
    status: int
    after: bool
    places: tuple[int, ...] = ()
    reason: str = ""
    items: int = 0
