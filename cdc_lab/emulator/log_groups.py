"""What Lambda and its handlers logged, where boto3's ``logs`` client finds it."""

from __future__ import annotations

from typing import Any

from cdc_lab.clock import Clock
from cdc_lab.trace import Recorder, log_events

_MOST_EVENTS = 10_000  # of one PutLogEvents call


class LogGroups:
    """Writes log lines to the lab's CloudWatch Logs, a run at a time.

    Straight into moto's store: through boto3, the three lines of each invocation would cost more than the
    invocation itself.

    Parameters
    ----------
    clock : Clock
    account_id, region : str
        Whose logs they are.
    """

    def __init__(self, clock: Clock, account_id: str, region: str) -> None:
        self._clock = clock
        self._account_id = account_id
        self._region = region
        self._published = 0

    def publish(self, recorder: Recorder) -> None:
        """Write what is new since the last time; times are milliseconds of lab time."""
        new, self._published = recorder.runs[self._published :], len(recorder.runs)
        by_stream: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for line in log_events(new, recorder.logs):
            event = {"timestamp": round(line.at * 1000), "message": line.line or " "}
            by_stream.setdefault((f"/aws/lambda/{line.function}", line.log_stream), []).append(event)
        if by_stream:
            with self._clock.frozen():  # what is older than 14 days is refused
                self._write(by_stream)

    def _write(self, by_stream: dict[tuple[str, str], list[dict[str, Any]]]) -> None:
        from moto.logs.models import logs_backends

        backend = logs_backends[self._account_id][self._region]
        for (group, stream), events in by_stream.items():
            if group not in backend.groups:
                backend.create_log_group(group, {})
            if stream not in backend.groups[group].streams:
                backend.create_log_stream(group, stream)
            for start in range(0, len(events), _MOST_EVENTS):
                backend.put_log_events(group, stream, events[start : start + _MOST_EVENTS])
