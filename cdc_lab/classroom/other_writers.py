"""Other invocations that write at the same moment as the reader's code, and writes that are throttled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from botocore.exceptions import ClientError

_WRITES = frozenset({"put_item", "update_item", "delete_item"})


def interrupted(table: Any, meanwhile: Callable[[], object]) -> Any:
    """Return a table on which something happens just before the first write, after all reads until then.

    Parameters
    ----------
    table : boto3 Table
    meanwhile : callable
        Without parameters; what it raises comes out of the write.

    Examples
    --------
    In a lesson: ``keep_longest(interrupted(totals, lambda: totals.put_item(Item=other)), 45)``.
    """
    return _Interrupted(table, meanwhile)


def throttle() -> NoReturn:
    """Raise what boto3 raises when DynamoDB throttles a write and boto3 gave up repeating it (D41).

    Raises
    ------
    ClientError
        With the code ``ThrottlingException``.
    """
    message = "Throughput exceeds the current capacity of your table"
    raise ClientError({"Error": {"Code": "ThrottlingException", "Message": message}}, "UpdateItem")


class _Interrupted:
    def __init__(self, table: Any, meanwhile: Callable[[], object]) -> None:
        self._table = table
        self._meanwhile: Callable[[], object] | None = meanwhile

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._table, name)
        if name not in _WRITES:
            return method

        def write(*arguments: Any, **named: Any) -> Any:
            # Only once: whoever reads again and writes again finds nobody in the way.
            meanwhile, self._meanwhile = self._meanwhile, None
            if meanwhile is not None:
                meanwhile()
            return method(*arguments, **named)

        return write
