"""A wall clock that nobody waits for, and a DynamoDB Streams service that is made of lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from cdc_lab.backends.real_time import WallClock, WallEnvironment
from cdc_lab.backends.remote import Remote, RemoteBackend
from cdc_lab.emulator.account import Account

ARN = "arn:aws:dynamodb:ddblocal:000000000000:table/flights/stream/2013-03-08T10:00:00.000"
NOON = datetime(2013, 3, 8, 12, tzinfo=UTC).timestamp()
EXPIRY = 900.0  # B10


class Wall:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def time(self) -> float:
        return NOON + self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def clock(self) -> WallClock:
        return WallClock(self.time, WallEnvironment(self.monotonic, self.sleep))


@dataclass
class FakeShard:
    """A shard of the service: (available at, record) in order; None among them is an empty page (B13)."""

    number: int
    parent: FakeShard | None = None
    closed_at: float | None = None
    entries: list[tuple[float, dict[str, Any] | None]] = field(default_factory=list)

    @property
    def shard_id(self) -> str:
        return f"shardId-{self.number:020d}-0000000f"

    def is_closed(self, now: float) -> bool:
        return self.closed_at is not None and now >= self.closed_at

    def describe(self, now: float) -> dict[str, Any]:
        found: dict[str, Any] = {
            "ShardId": self.shard_id,
            "SequenceNumberRange": {"StartingSequenceNumber": text(self.number * 1000)},
        }
        if self.parent is not None:
            found["ParentShardId"] = self.parent.shard_id
        if self.is_closed(now):
            found["SequenceNumberRange"]["EndingSequenceNumber"] = text(self.number * 1000 + 999)
        return found


def text(number: int) -> str:
    """A sequence number as DynamoDB Local writes it."""
    return f"{number:021d}"


def record(number: int, flight: str = "UA1545", created: float = 0.0, **image: Any) -> dict[str, Any]:
    """A record as boto3's GetRecords gives it."""
    return {
        "eventID": f"event-{number}",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "ddblocal",
        "dynamodb": {
            # DynamoDB Local rounds down to the minute.
            "ApproximateCreationDateTime": datetime.fromtimestamp((NOON + created) // 60 * 60, UTC),
            "Keys": {"flight_id": {"S": flight}},
            "NewImage": {"flight_id": {"S": flight}, "n": {"N": str(number)}, **image},
            "SequenceNumber": text(number),
            "SizeBytes": 30,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    }


class FakeStreams:
    """The four calls of the service, over lists.

    Attributes
    ----------
    shards : list of FakeShard
    calls : list of (str, dict)
        What was asked.
    failing : list of Exception
        What the next GetRecords calls raise.
    """

    def __init__(self, wall: Wall) -> None:
        self.wall = wall
        self.shards: list[FakeShard] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.failing: list[Exception] = []
        self.trimmed_below = 0

    def shard(self, number: int = 1, numbers: Iterable[int | None] = (), **options: Any) -> FakeShard:
        made = FakeShard(number, **options)
        made.entries = [(0.0, None if n is None else record(n)) for n in numbers]
        self.shards.append(made)
        return made

    def asked(self, operation: str) -> list[dict[str, Any]]:
        return [given for name, given in self.calls if name == operation]

    def describe_stream(self, **given: Any) -> dict[str, Any]:
        self.calls.append(("DescribeStream", given))
        return {"StreamDescription": {"Shards": [shard.describe(self.wall.seconds) for shard in self.shards]}}

    def get_shard_iterator(self, **given: Any) -> dict[str, Any]:
        self.calls.append(("GetShardIterator", given))
        shard = self._shard(given["ShardId"])
        place = 0
        if given["ShardIteratorType"] == "LATEST":
            place = sum(at <= self.wall.seconds for at, _ in shard.entries)
        if given["ShardIteratorType"] == "AFTER_SEQUENCE_NUMBER":
            if int(given["SequenceNumber"]) < self.trimmed_below:
                raise refusal("TrimmedDataAccessException")
            numbers = [found and found["dynamodb"]["SequenceNumber"] for _, found in shard.entries]
            place = numbers.index(given["SequenceNumber"]) + 1
        return {"ShardIterator": f"{shard.shard_id}|{place}|{self.wall.seconds}"}

    def get_records(self, **given: Any) -> dict[str, Any]:
        self.calls.append(("GetRecords", given))
        if self.failing:
            raise self.failing.pop(0)
        shard_id, place, issued = given["ShardIterator"].split("|")
        if self.wall.seconds > float(issued) + EXPIRY:
            raise refusal("ExpiredIteratorException")
        shard, found, start = self._shard(shard_id), [], int(place)
        for at, entry in shard.entries[start : start + given["Limit"]]:
            if at > self.wall.seconds:
                break
            start += 1
            if entry is None:
                break
            found.append(entry)
        answer: dict[str, Any] = {"Records": found}
        if not (shard.is_closed(self.wall.seconds) and start >= len(shard.entries)):
            answer["NextShardIterator"] = f"{shard_id}|{start}|{self.wall.seconds}"
        return answer

    def _shard(self, shard_id: str) -> FakeShard:
        return next(shard for shard in self.shards if shard.shard_id == shard_id)


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "GetRecords")


def no_connection() -> EndpointConnectionError:
    return EndpointConnectionError(endpoint_url="http://127.0.0.1:8123")


class FakeBackend(RemoteBackend):
    """A backend whose streams are the fake's."""

    def __init__(self, streams: FakeStreams) -> None:
        self._fake = streams
        remote = Remote(
            "http://127.0.0.1:8123",
            {"endpoint_url": "http://127.0.0.1:8123"},
            granularity=60.0,
            quiet_seconds=1.0,
        )
        super().__init__(remote, region="us-east-1", clock=streams.wall.clock())

    def _poller_client(self) -> FakeStreams:
        return self._fake


class RemoteWorld:
    """A mapping on real time, and when its handler was called with which numbers."""

    arn = ARN

    def __init__(self) -> None:
        self.wall = Wall()
        self.streams = FakeStreams(self.wall)
        self.account = Account("a test's account", FakeBackend(self.streams), seed=7, region="us-east-1")
        self.functions = self.account.client("lambda")
        self.seen: list[tuple[float, list[int]]] = []

    @property
    def batches(self) -> list[list[int]]:
        return [numbers for _, numbers in self.seen]

    def connect(
        self,
        answer: Callable[[dict[str, Any], Any], Any] | None = None,
        name: str = "board",
        function: dict[str, Any] | None = None,
        **parameters: Any,
    ) -> str:
        def handler(event: dict[str, Any], context: Any) -> Any:
            images = [one["dynamodb"]["NewImage"] for one in event["Records"]]
            self.seen.append((self.wall.seconds, [int(image["n"]["N"]) for image in images]))
            return answer(event, context) if answer is not None else None

        self.account.functions.create_function(name, handler, **(function or {}))
        given = {"FunctionName": name, "EventSourceArn": ARN, "StartingPosition": "TRIM_HORIZON"}
        uuid: str = self.functions.create_event_source_mapping(**given | parameters)["UUID"]
        return uuid

    def run(self, until: float | None = None) -> Any:
        """Until drained, or until that time on the wall."""
        recorder = self.account.recorder
        since = recorder.mark()
        with self.account.functions.running():
            if until is None:
                self.account.run_until_drained()
            else:
                self.account.clock.env.run(until=until)
        return recorder.trace(since)
