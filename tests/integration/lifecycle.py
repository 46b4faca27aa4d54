"""Scenarios of a stream's life: enabled, disabled, enabled again, its table deleted."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..strategies import TABLE, Call, Params, TableSpec
from .building import ITEM, KEY, OTHER, delete, put
from .running import MAX_PAGES, Outcome, Side, attempt, read_stream, scan

PLAIN = TableSpec("S", None, None)
STREAMED = TableSpec("S", None, "NEW_AND_OLD_IMAGES")
ON: Params = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
OFF: Params = {"StreamEnabled": False}


@dataclass
class Life:
    """One side's table with everything that was seen of it, in order, comparable between sides."""

    side: Side
    seen: list[tuple[str, Any]] = field(default_factory=list)
    arns: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._before = set(self._listed())  # of tables of this name that are long gone

    def note(self, what: str, value: Any) -> None:
        """Keep something that both sides must agree on."""
        self.seen.append((what, value))

    def call(self, operation: str, params: Params) -> Outcome:
        """Make a call and keep whether it was refused, and as what."""
        outcome = attempt(self.side, "dynamodb", operation, params)
        self.note(f"{operation} {params.get('StreamSpecification', '')}".strip(), outcome.code)
        return outcome

    def create(self, table: TableSpec, **more: Any) -> None:
        """Create the table; `more` replaces parameters."""
        self.call("CreateTable", table.create_params() | more)

    def stream(self, specification: Params) -> None:
        """UpdateTable with this StreamSpecification."""
        self.call("UpdateTable", {"TableName": TABLE, "StreamSpecification": specification})

    def write(self, *calls: Call) -> None:
        """Make writes that must succeed."""
        for call in calls:
            self.side.call("dynamodb", call.operation, call.params)

    def look(self) -> None:
        """Keep what DescribeTable, ListStreams and DescribeStream say of the table's streams."""
        described = attempt(self.side, "dynamodb", "DescribeTable", {"TableName": TABLE})
        table = described.answer.get("Table", {})
        self.note("table's stream", table.get("StreamSpecification"))
        latest = table.get("LatestStreamArn")
        if latest in self._before:  # DynamoDB Local shows the stream of an earlier table of this name
            latest = None
        if latest is not None and latest not in self.arns:
            self.arns.append(latest)
        self.note("latest stream", self.arns.index(latest) if latest is not None else None)
        if latest is not None:
            self.note("label ends the ARN", latest.endswith(table["LatestStreamLabel"]))
        listed = [arn for arn in self._listed() if arn not in self._before]
        self.note("streams listed", sorted(self.arns.index(arn) for arn in listed))
        for number, arn in enumerate(self.arns):
            self._look_at(number, arn)

    def _listed(self) -> list[str]:
        found: list[str] = []
        params: Params = {"TableName": TABLE}
        for _page in range(MAX_PAGES):
            answer = self.side.call("dynamodbstreams", "ListStreams", params)
            found += [stream["StreamArn"] for stream in answer["Streams"]]
            if "LastEvaluatedStreamArn" not in answer:
                return found
            params["ExclusiveStartStreamArn"] = answer["LastEvaluatedStreamArn"]
        raise AssertionError(f"ListStreams did not end within {MAX_PAGES} pages")

    def _look_at(self, number: int, arn: str) -> None:
        found = attempt(self.side, "dynamodbstreams", "DescribeStream", {"StreamArn": arn})
        self.note(f"stream {number}", found.code)
        stream = found.answer.get("StreamDescription", {})
        for name in ("StreamStatus", "StreamViewType", "TableName", "KeySchema"):
            self.note(f"stream {number} {name}", stream.get(name))
        self.note(
            f"stream {number} label",
            re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}", stream["StreamLabel"]) is not None,
        )
        closed = ["EndingSequenceNumber" in shard["SequenceNumberRange"] for shard in stream["Shards"]]
        self.note(f"stream {number} shards closed", closed)
        records = read_stream(self.side, arn)
        self.note(f"stream {number} records", [(r["eventName"], r["dynamodb"]["Keys"]) for r in records])


def enable_later(life: Life) -> None:
    """A stream on a table that has items: no backfill (fact A34)."""
    life.create(PLAIN)
    life.write(put(KEY))
    life.look()
    life.stream(ON)
    life.look()
    life.write(put(KEY), put(ITEM), put(OTHER))
    life.look()


def enable_twice(life: Life) -> None:
    """A second enable is refused (fact B24), with the same view type or another (fact B25)."""
    life.create(STREAMED)
    life.stream(ON)
    life.stream(ON | {"StreamViewType": "KEYS_ONLY"})
    life.write(put(KEY))
    life.look()


def disable_when_off(life: Life) -> None:
    """A disable without a stream is refused (fact B24)."""
    life.create(PLAIN)
    life.stream(OFF)
    life.look()


def disable_twice(life: Life) -> None:
    """The second disable is refused too."""
    life.create(STREAMED)
    life.stream(OFF)
    life.stream(OFF)
    life.look()


def disable_and_read(life: Life) -> None:
    """A disabled stream's shards are closed and readable; writes go on without records (fact B26)."""
    life.create(STREAMED)
    life.write(put(KEY), put(OTHER))
    life.stream(OFF)
    life.write(put(ITEM), delete(OTHER))
    life.look()
    life.note("items", [item["pk"] for item in scan(life.side)])


def enable_again(life: Life) -> None:
    """Each enable makes a new stream with an ARN of its own (fact B25)."""
    life.create(STREAMED)
    life.write(put(KEY))
    life.stream(OFF)
    life.look()
    life.stream(ON | {"StreamViewType": "OLD_IMAGE"})
    life.look()
    life.write(put(ITEM), delete())
    life.look()


def delete_the_table(life: Life) -> None:
    """A deleted table's stream can still be read; a table of that name gets another stream."""
    life.create(STREAMED)
    life.write(put(KEY), delete())
    life.look()
    life.call("DeleteTable", {"TableName": TABLE})
    life.look()
    life.create(STREAMED)
    life.write(put(OTHER))
    life.look()


def ask_wrongly(life: Life) -> None:
    """Specifications that contradict themselves."""
    life.create(STREAMED, StreamSpecification={"StreamEnabled": True})
    life.create(STREAMED, StreamSpecification={"StreamEnabled": True, "StreamViewType": "EVERYTHING"})
    life.create(STREAMED, StreamSpecification={"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"})
    life.create(STREAMED, StreamSpecification=OFF)
    life.look()
    life.stream({"StreamEnabled": True})
    life.stream({"StreamEnabled": True, "StreamViewType": "EVERYTHING"})
    life.stream({"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"})
    life.call("UpdateTable", {"TableName": TABLE})
    life.call("UpdateTable", {"TableName": "nowhere", "StreamSpecification": ON})
    life.look()


SCENARIOS: dict[str, Callable[[Life], None]] = {
    scenario.__name__: scenario
    for scenario in (
        enable_later,
        enable_twice,
        disable_when_off,
        disable_twice,
        disable_and_read,
        enable_again,
        delete_the_table,
        ask_wrongly,
    )
}


def live(side: Side, scenario: Callable[[Life], None]) -> list[tuple[str, Any]]:
    """Play a scenario and give what was seen."""
    life = Life(side)
    try:
        scenario(life)
    finally:
        attempt(side, "dynamodb", "DeleteTable", {"TableName": TABLE})
    return life.seen
