"""Fix the handler: a relay that publishes an outbox, and more than stands in it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from cdc_lab.classroom.exercises.common import REFUSED, THROTTLED, given_up
from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.diagnosis import of_a_refusal, of_the_run
from cdc_lab.classroom.exercises.exercise import Exercise, Scenario
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.refused import ATTEMPTS
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.classroom.exercises.steps import Consumer, Source
from cdc_lab.classroom.exercises.values import shown
from cdc_lab.classroom.exercises.writes import KEY, Write
from cdc_lab.clock import START
from cdc_lab.emulator.refusals import Refusal
from cdc_lab.patterns import StreamRecord

_QUEUE = "flight-events"
_SQS_BUSY = Refusal("sqs", "SendMessage", "ThrottlingException", times=2 * (ATTEMPTS + 1))
_NAMES = ("FlightDelayed", "GateChanged", "FlightCancelled")
_BELIEFS = {
    "cleaned up": "a row that leaves is no event",
    "marked": "a mark is no event",
    "duplicates": "a new id for each delivery",
    "crash": "mark before the effect",
}
Message = dict[str, Any]


def prepare(lab: Any) -> Callable[[], list[Message]]:
    """Make the queue, and a table ``sent`` for whoever wants a memory; what is read are the messages."""
    client = lab.client("sqs")

    def make() -> tuple[str, Any]:
        url = client.create_queue(QueueName=_QUEUE)["QueueUrl"]
        return url, lab.create_table("sent", "event_id", stream_view_type=None)

    url, sent = make()

    def collect() -> list[Message]:
        nonlocal url, sent
        found = []
        while page := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            found += [_body(message) for message in page]
        client.delete_queue(QueueUrl=url)
        sent.delete()
        url, sent = make()
        return found

    return collect


def _body(message: Any) -> Message:
    try:
        body = json.loads(message["Body"])
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def judge(run: Run) -> list[Difference]:
    """Every event is published, under an id of its own that stays the same, and nothing else is."""
    found = given_up(run)
    puts = [step for step in run.writes if isinstance(step, Write) and step.kind == "put"]
    events = {write.flight_id: f"{write.flight_id}, {write.values['name']}" for write in puts}
    bad = {record.keys[KEY] for record in run.records if record.event_id in run.poisoned}
    ids: dict[str, list[str]] = {name: [] for name in events}
    for message in run.found:
        given = str(message.get("event_id", "(no event_id)"))
        source = _source_of(given, run.records, events)
        if isinstance(source, StreamRecord):
            what = f"{source.keys[KEY]}, its {source.event_name}"
            found.append(Difference("no event", what, "not published", "published"))
        elif source:
            ids[source].append(given)
        else:
            found.append(Difference("invented", "a message's event_id", "that of an event", shown(given)))
    for name, event in events.items():
        given_ids = list(dict.fromkeys(ids[name]))
        if not given_ids and name not in bad:
            found.append(Difference("missing", event, "published", "not published"))
        elif len(ids[name]) > 1 and not _may_repeat(run):
            times = f"{len(ids[name])} times"
            found.append(Difference("again", event, "published once", times))
        elif len(given_ids) > 1:
            several = " and ".join(map(shown, given_ids))
            found.append(Difference("renamed", f"event_id of {event}", "the same each time", several))
    return found


def _source_of(given: str, records: Sequence[StreamRecord], events: Mapping[str, str]) -> StreamRecord | str:
    """What a message's id names: an event, by its key; a record that is no event; nothing, an empty text.

    Whatever names the row or its record is the same at each delivery [A7]: the key, `eventID`, the sequence
    number, also as a part of a longer id.
    """
    for record in records:
        if record.event_id in given or record.sequence_number in given:
            return record.keys[KEY] if record.event_name == "INSERT" else record
    # The longest: `UA1#1` is a part of `UA1#12`.
    return max((name for name in events if name in given), key=len, default="")


def _may_repeat(run: Run) -> bool:
    # At least once is what a relay can promise: after a redelivery, the consumer knows the event by its id.
    return run.conditions.duplicates or run.crashed or bool(run.poisoned or run.refused)


def diagnose(run: Run, differences: Sequence[Difference], scenario: str) -> MisconceptionId:
    """Return the id of the misconception."""
    kinds = {difference.kind for difference in differences}
    if general := of_the_run(run, differences):
        return general
    if scenario == "refused" and (belief := of_a_refusal(run, [record.event_id for record in run.records])):
        return belief
    if kinds & {"invented", "renamed"}:
        return "a new id for each delivery"
    return _BELIEFS.get(scenario, "unexplained")


def _events(rng: random.Random, count: int) -> list[Write]:
    flight = f"UA{rng.randint(100, 5999)}"
    return [_event(rng, f"{flight}#{number}") for number in range(1, count + 1)]


def _event(rng: random.Random, name: str, **values: Any) -> Write:
    return Write("put", name, {"name": rng.choice(_NAMES), **values}, table="outbox")


def _plain(rng: random.Random) -> list[Write]:
    return _events(rng, 4)


def _cleaned(rng: random.Random) -> list[Write]:
    first, second, third = _events(rng, 3)
    expires_at = int((START + timedelta(hours=2)).timestamp())
    swept = _event(rng, "B61#1", expires_at=expires_at)
    deleted = [Write("delete", write.flight_id, table="outbox") for write in (first, second)]
    return [first, second, swept, third, *deleted, Write("expire", "B61#1", table="outbox")]


def _marked(rng: random.Random) -> list[Write]:
    events = _events(rng, 2)
    return [*events, *(Write("update", e.flight_id, {"archived": True}, table="outbox") for e in events)]


def _two(rng: random.Random) -> list[Write]:
    return _events(rng, 2)


EXERCISE: Exercise[list[Message]] = Exercise(
    "drill_05_3",
    (
        Scenario("a day", "four events of one flight", _plain),
        Scenario("cleaned up", "rows are deleted, and expire", _cleaned),
        Scenario("marked", "rows are marked by an archiver", _marked),
        Scenario("duplicates", "each batch is delivered twice", _plain, Conditions(duplicates=True)),
        Scenario("crash", "the environment dies after an AWS call", _two, each_crash=True),
        Scenario(
            "refused", "SQS or DynamoDB refuses a call", _two, REFUSED, each_refusal=(_SQS_BUSY, THROTTLED)
        ),
    ),
    prepare=prepare,
    judge=judge,
    diagnose=diagnose,
    sources=(Source("outbox"),),
    consumers=(Consumer(source="outbox"),),
)
