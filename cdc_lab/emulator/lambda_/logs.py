"""What Lambda and its handlers logged, where boto3's ``logs`` client finds it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

from cdc_lab.clock import Clock
from cdc_lab.trace import Recorder, log_events


class LogGroups:
    """Writes log lines to the lab's CloudWatch Logs when somebody is about to look.

    Most logs are never read, and three lines of each invocation would cost more time and memory than the
    invocation itself. Straight into moto's store, for the same reason.

    Parameters
    ----------
    clock : Clock
    recorder : Recorder
        Knows what was logged.
    account_id : str
        Whose logs they are. Each group lies in the region of its function.
    """

    def __init__(self, clock: Clock, recorder: Recorder, account_id: str) -> None:
        self._clock = clock
        self._recorder = recorder
        self._account_id = account_id
        self._published = 0

    def publish(self) -> None:
        """Write what is new since the last time; times are milliseconds of lab time."""
        recorder = self._recorder
        new, self._published = recorder.runs[self._published :], len(recorder.runs)
        for region in dict.fromkeys(run.region for run in new):
            by_stream: dict[tuple[str, str], list[dict[str, Any]]] = {}
            for line in log_events([run for run in new if run.region == region], recorder.logs):
                event = {"timestamp": round(line.at * 1000), "message": line.line or " "}
                by_stream.setdefault((f"/aws/lambda/{line.function}", line.log_stream), []).append(event)
            with self._clock.as_process_time():
                for (group, stream), events in by_stream.items():
                    self._write(region, group, stream, events)

    def _write(self, region: str, group: str, stream: str, events: list[dict[str, Any]]) -> None:
        from moto.logs.models import logs_backends

        backend = logs_backends[self._account_id][region]
        first, last = (partial(_as_moto_keeps, events[index]["timestamp"]) for index in (0, -1))
        if group not in backend.groups:
            backend.create_log_group(group, {})
            backend.groups[group].creation_time = first(backend.groups[group].creation_time)
        streams = backend.groups[group].streams
        if stream not in streams:
            backend.create_log_stream(group, stream)
            streams[stream].creation_time = first(streams[stream].creation_time)
        # Past PutLogEvents, which refuses what is older than 14 days: Lambda wrote it when it happened.
        streams[stream].put_log_events(events)
        streams[stream].last_ingestion_time = last(streams[stream].creation_time)
        for event in streams[stream].events[-len(events) :]:
            event.ingestion_time = event.timestamp


def _as_moto_keeps(milliseconds: int, like: datetime | int) -> Any:
    # Up to moto 5.2.4 milliseconds, then a time without a zone.
    if not isinstance(like, datetime):
        return milliseconds
    return datetime.fromtimestamp(milliseconds / 1000, UTC).replace(tzinfo=None)
