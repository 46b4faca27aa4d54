"""A flight becomes changes: what is written to the table, and when.

Departures and arrivals happen when the data says. When a flight was put on the board, and when a delay
or a cancellation was announced, the data does not say: those times follow `RULES`, and the changes that
carry them have ``is_rule`` set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal, Protocol

from cdc_lab.classroom.flights import Flight

Kind = Literal["scheduled", "delayed", "cancelled", "departed", "diverted", "arrived"]

BOARD_AHEAD: Final = timedelta(hours=3)
LATE_FROM: Final = timedelta(minutes=15)
KEPT_FOR: Final = timedelta(hours=6)

RULES: Final[Mapping[str, str]] = {
    "scheduled": "put on the board 3 hours before the scheduled departure",
    "delayed": "announced 15 minutes after the scheduled departure, if the flight leaves then or later",
    "cancelled": "announced at the scheduled departure",
    "diverted": "announced when the flight would have landed after its scheduled time under way; "
    "at the arrival where the data holds one",
    "expires_at": "6 hours after the change that ends the flight",
}

# Within one minute a flight is announced late before it leaves.
_ORDER: Final[tuple[Kind, ...]] = ("scheduled", "cancelled", "delayed", "departed", "diverted", "arrived")


class Table(Protocol):
    """What a change needs of a boto3 Table resource."""

    def put_item(self, **arguments: Any) -> Any:
        """Write a whole item."""

    def update_item(self, **arguments: Any) -> Any:
        """Change some of an item's attributes."""


@dataclass(frozen=True)
class FlightChange:
    """One write to the flights table.

    Attributes
    ----------
    at : datetime
        When it happened: aware, UTC.
    flight_id : str
        Partition key of the item: carrier and flight number, ``UA1545``.
    kind : str
        ``scheduled``, ``delayed``, ``cancelled``, ``departed``, ``diverted`` or ``arrived``.
    attributes : mapping
        What the write sets: minutes, miles and epoch seconds as ``int``, times as ISO 8601 in UTC.
    is_rule : bool
        Whether `at` follows one of the `RULES` instead of the data.
    """

    at: datetime
    flight_id: str
    kind: Kind
    attributes: Mapping[str, str | int] = field(hash=False)
    is_rule: bool

    def __str__(self) -> str:
        by_rule = ", time by rule" if self.is_rule else ""
        return f"{iso(self.at)} {self.flight_id} {self.kind}{by_rule}"

    def write(self, table: Table) -> None:
        """Write it as a producer would: PutItem for a new flight, UpdateItem for all that follows."""
        if self.kind == "scheduled":
            table.put_item(Item={"flight_id": self.flight_id, **self.attributes})
            return
        table.update_item(
            Key={"flight_id": self.flight_id},
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in self.attributes),
            # Every name has a placeholder: "status" is one of DynamoDB's reserved words.
            ExpressionAttributeNames={f"#{name}": name for name in self.attributes},
            ExpressionAttributeValues={f":{name}": value for name, value in self.attributes.items()},
        )


def iso(moment: datetime) -> str:
    """Return an aware UTC datetime as ``2013-03-08T10:15:00Z``."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def changes_of(flights: Iterable[Flight]) -> list[FlightChange]:
    """Return the changes of `flights` in order of time, then kind, then flight id."""
    changes = [change for flight in flights for change in _life(flight)]
    return sorted(changes, key=lambda change: (change.at, _ORDER.index(change.kind), change.flight_id))


def _life(flight: Flight) -> Iterator[FlightChange]:
    yield _scheduled(flight)
    if flight.departed_at is None or flight.dep_delay is None:
        yield _ended(flight, flight.scheduled_departure, "cancelled", {}, is_rule=True)
        return
    late = int(LATE_FROM.total_seconds() // 60)
    if flight.dep_delay >= late:
        # The delay as it is known then: no airport knows the final one in advance.
        known: dict[str, str | int] = {"status": "delayed", "dep_delay": late}
        yield FlightChange(
            flight.scheduled_departure + LATE_FROM, flight.flight_id, "delayed", known, is_rule=True
        )
    yield FlightChange(
        flight.departed_at,
        flight.flight_id,
        "departed",
        {"status": "departed", "departed_at": iso(flight.departed_at), "dep_delay": flight.dep_delay},
        is_rule=False,
    )
    if flight.arrived_at is None:
        would_land = flight.departed_at + (flight.scheduled_arrival - flight.scheduled_departure)
        yield _ended(flight, would_land, "diverted", {}, is_rule=True)
        return
    arrival: dict[str, str | int] = {"arrived_at": iso(flight.arrived_at)}
    if flight.arr_delay is None or flight.air_time is None:
        yield _ended(flight, flight.arrived_at, "diverted", arrival, is_rule=False)
    else:
        arrival |= {"arr_delay": flight.arr_delay, "air_time": flight.air_time}
        yield _ended(flight, flight.arrived_at, "arrived", arrival, is_rule=False)


def _scheduled(flight: Flight) -> FlightChange:
    attributes: dict[str, str | int] = {
        "carrier": flight.carrier,
        "flight": flight.flight,
        "origin": flight.origin,
        "dest": flight.dest,
        "distance": flight.distance,
        "scheduled_departure": iso(flight.scheduled_departure),
        "scheduled_arrival": iso(flight.scheduled_arrival),
        "status": "scheduled",
    }
    if flight.tailnum is not None:
        attributes["tailnum"] = flight.tailnum
    at = flight.scheduled_departure - BOARD_AHEAD
    return FlightChange(at, flight.flight_id, "scheduled", attributes, is_rule=True)


def _ended(
    flight: Flight, at: datetime, kind: Kind, attributes: Mapping[str, str | int], *, is_rule: bool
) -> FlightChange:
    expires_at = int((at + KEPT_FOR).timestamp())
    return FlightChange(
        at, flight.flight_id, kind, {"status": kind, **attributes, "expires_at": expires_at}, is_rule
    )
