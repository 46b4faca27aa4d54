"""What happens in a scenario: writes to the flights table, as data that can be shown and dropped."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from cdc_lab.classroom.exercises.steps import Stage
from cdc_lab.classroom.exercises.values import shown
from cdc_lab.patterns import StreamRecord

KEY = "flight_id"
EXPIRY = "expires_at"
CARRIERS = ("UA", "B6", "DL", "EV", "AA", "MQ", "US", "9E", "WN", "VX")
_ONE_SECOND = timedelta(seconds=1)


def flight_ids(rng: random.Random, count: int, carriers: Sequence[str] = ()) -> list[str]:
    """Keys of so many different flights: United's, or each of a carrier chosen at random."""
    numbers = rng.sample(range(100, 6000), count)
    return [f"{rng.choice(carriers) if carriers else 'UA'}{number}" for number in numbers]


def makes_sense(steps: Sequence[Any]) -> bool:
    """Whether each update, delete and expiry meets a flight that is there."""
    there: set[tuple[str, str]] = set()
    for write in (step for step in steps if isinstance(step, Write)):
        item = (write.table, write.flight_id)
        if write.kind == "put":
            there.add(item)
        elif item not in there:
            return False
        elif write.kind != "update":
            there.discard(item)
    return True


@dataclass(frozen=True)
class Write:
    """One thing that happens to one flight.

    Parameters
    ----------
    kind : str
        ``put``, ``update``, ``delete``, or ``expire``: time to live removes the flight, which a put before
        gave the attribute ``expires_at``.
    flight_id : str
        The item's key, mostly a flight's.
    values : mapping
        What a put or an update sets.
    removed : tuple of str
        What an update removes.
    after : float
        Lab seconds that pass before it.
    poison : bool
        Its record is delivered with images that nobody can read.
    table : str
        The source table.
    key : str
        Name of its partition key.
    """

    kind: Literal["put", "update", "delete", "expire"]
    flight_id: str
    values: Mapping[str, Any] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    after: float = 60.0
    poison: bool = False
    table: str = "flights"
    key: str = KEY

    def __str__(self) -> str:
        if self.kind == "expire":
            return f"{self.flight_id} expires, time to live removes it"
        parts = [f"{name}={shown(value)}" for name, value in self.values.items()]
        parts += [f"without {name}" for name in self.removed]
        text = f"{self.kind} {self.flight_id}"
        return (f"{text}: {', '.join(parts)}" if parts else text) + (" (unreadable)" if self.poison else "")

    @property
    def expires(self) -> bool:
        """Whether time to live is at work."""
        return self.kind == "expire"

    def happen(self, stage: Stage) -> None:
        """Write to the table on the stage of a run."""
        self.apply(stage.lab, stage.tables[self.table])

    def made(self, record: StreamRecord) -> bool:
        """Whether the record is of its flight."""
        return bool(record.keys.get(self.key) == self.flight_id)

    def apply(self, lab: Any, table: Any) -> None:
        """Let the time before the write pass, then write to a table of flights."""
        if self.after:
            lab.clock.advance(timedelta(seconds=self.after))
        if self.kind == "put":
            table.put_item(Item={self.key: self.flight_id, **self.values})
        elif self.kind == "delete":
            table.delete_item(Key={self.key: self.flight_id})
        elif self.kind == "update":
            self._update(table)
        else:
            self._expire(lab, table)

    def _update(self, table: Any) -> None:
        names = {f"#{n}": name for n, name in enumerate([*self.values, *self.removed])}
        aliases = list(names)
        values = {f":{n}": value for n, value in enumerate(self.values.values())}
        sets = ", ".join(f"{alias} = {value}" for alias, value in zip(aliases, values, strict=False))
        removes = ", ".join(aliases[len(values) :])
        request: dict[str, Any] = {
            "Key": {self.key: self.flight_id},
            "UpdateExpression": (f"SET {sets} " if sets else "") + (f"REMOVE {removes}" if removes else ""),
            "ExpressionAttributeNames": names,
        }
        if values:
            request["ExpressionAttributeValues"] = values
        table.update_item(**request)

    def _expire(self, lab: Any, table: Any) -> None:
        item = table.get_item(Key={self.key: self.flight_id}).get("Item", {})
        if EXPIRY in item:
            due = lab.clock.now().fromtimestamp(int(item[EXPIRY]), tz=lab.clock.now().tzinfo)
            if due >= lab.clock.now():
                lab.clock.advance(due + _ONE_SECOND)
            lab.expire_ttl()
