"""What handlers logged, where boto3's ``logs`` client finds it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

_MOST_EVENTS = 10_000  # of one PutLogEvents call


class LogGroups:
    """Writes log lines to the lab's CloudWatch Logs, a run at a time.

    Parameters
    ----------
    clients : callable
        Gives the lab's boto3 client of a service.
    """

    def __init__(self, clients: Callable[[str], Any]) -> None:
        self._clients = clients
        self._published = 0
        self._streams: set[tuple[str, str]] = set()

    def publish(self, rows: Sequence[Any]) -> None:
        """Write the rows that are new since the last time; times are milliseconds of lab time."""
        new, self._published = rows[self._published :], len(rows)
        by_stream: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in new:
            event = {"timestamp": round(row.at * 1000), "message": row.line or " "}
            by_stream.setdefault((f"/aws/lambda/{row.function}", row.log_stream), []).append(event)
        for (group, stream), events in by_stream.items():
            self._open(group, stream)
            events.sort(key=lambda event: event["timestamp"])
            for part in _parts(events):
                self._clients("logs").put_log_events(logGroupName=group, logStreamName=stream, logEvents=part)

    def _open(self, group: str, stream: str) -> None:
        logs = self._clients("logs")
        if (group, "") not in self._streams:
            self._streams.add((group, ""))
            with suppress(logs.exceptions.ResourceAlreadyExistsException):
                logs.create_log_group(logGroupName=group)
        if (group, stream) not in self._streams:
            self._streams.add((group, stream))
            logs.create_log_stream(logGroupName=group, logStreamName=stream)


def _parts(events: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [events[start : start + _MOST_EVENTS] for start in range(0, len(events), _MOST_EVENTS)]
