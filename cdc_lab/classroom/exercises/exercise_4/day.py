"""The whole storm day through the reader's three functions, with everything going wrong that can."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from cdc_lab.classroom.datasets import Day, load_day
from cdc_lab.classroom.exercises.answer import Answer, answer_of
from cdc_lab.classroom.exercises.deploying import Deployment
from cdc_lab.classroom.exercises.exercise_4 import EXERCISE
from cdc_lab.classroom.exercises.exercise_4.stories import STORM_DAY
from cdc_lab.classroom.exercises.exercise_4.tables import BOARD, INDEX, Left, make, read
from cdc_lab.classroom.exercises.exercise_4.truth import COLUMNS, number
from cdc_lab.classroom.exercises.outcome import NotAttempted
from cdc_lab.classroom.flight_changes import FlightChange
from cdc_lab.classroom.planned_writes import plan_writes
from cdc_lab.classroom.search import search_engine
from cdc_lab.emulator.faults import Faults
from cdc_lab.lab import Lab
from cdc_lab.trace import Trace

_TIMEOUT = 60  # lab seconds
_HOUR = timedelta(hours=1)
_OF_ARRIVALS = ("arrived", "diverted")
_PARTS = {"board": ("departures", "arrivals"), "index": ("departures",), "audit": (BOARD,)}


@dataclass(frozen=True)
class StormDay:
    """What the day left.

    Attributes
    ----------
    day : Day
        Whose flights they are.
    origin : str or None
        The airport that was replayed; None for all.
    left : Left
        The board, the index, the log.
    hours : pandas.DataFrame
        ``at, board, truth``: minutes of delay of the flights that had left by then, on the board and in the
        CSV.
    trace : Trace
    """

    day: Day
    origin: str | None
    left: Left
    hours: pd.DataFrame
    trace: Trace

    @property
    def flights(self) -> pd.DataFrame:
        """The flights that were replayed, from the CSV."""
        return _of_airport(self.day.flights, self.origin)

    def compare(self) -> pd.DataFrame:
        """Each airport's numbers on the board beside those that pandas finds in the CSV."""
        truth = _truth(self.flights)
        rows = {
            (airport, column): (int(number(self.left.board.get(str(airport), {}), column)), int(row[column]))
            for airport, row in truth.iterrows()
            for column in COLUMNS
        }
        frame = pd.DataFrame.from_dict(rows, orient="index", columns=["board", "CSV"])
        frame.index = pd.MultiIndex.from_tuples(frame.index, names=["airport", ""])
        return frame

    def replayed_log(self) -> dict[str, Any]:
        """The board's rows as the last entries of the log have them."""
        return {row["item"]: row["after"] for row in self.left.log}


def storm_day(answer: Any, origin: str | None = "LGA", seed: int = 7) -> StormDay | None:
    """Let the storm day pass through the three functions, as two systems write it, under many faults.

    Batches come twice, acknowledgements are lost, environments die, calls are throttled and shards split. One
    lab is open at a time: yours is closed.

    Parameters
    ----------
    answer : mapping
        ``board``, ``index`` and ``audit`` by name.
    origin : str or None
        One airport's flights (a third of the day); None for all.
    seed : int
        Of the faults.

    Returns
    -------
    StormDay or None
        None while a function is a stub.

    Raises
    ------
    CheckError
        A function is missing, or cannot be called as a handler.
    SearchUnavailable
        There is no search engine.
    """
    functions = answer_of("exercise_4", EXERCISE.parts, answer)
    if _is_stub(functions):
        print("exercise_4: a function is not written yet. The storm day waits.")
        return None
    client = search_engine(INDEX)
    with Deployment(functions) as deployment:
        day = load_day(STORM_DAY)
        with Lab(seed=seed, start=day.start, shards=2) as lab:
            make(lab)
            departures, arrivals = (
                lab.create_table(name, "flight_id") for name in ("departures", "arrivals")
            )
            lab.create_table(BOARD, "origin", shards=1)
            deployment.move_to(lab)
            _attach(lab, functions)
            end = plan_writes(lab, departures, list(_two_systems(day, origin, arrivals)))
            hours, trace = _pass(lab, day, origin, end, _faults(seed))
            left = read(lab, client)
            deployment.leave()
    return StormDay(day, origin, left, hours, trace)


def _is_stub(functions: Answer) -> bool:
    for function in functions.values():
        try:
            function({"Records": []}, None)
        except NotAttempted:
            return True
        except Exception:  # an empty batch is no event of Lambda's
            continue
    return False


def _faults(seed: int) -> Faults:
    return Faults(
        seed=seed,
        duplicates=0.1,
        lost_acks=0.1,
        throttles=0.1,
        crash_after=(40, 90, 160, 250, 400, 700),
        splits=(30, 120),
    )


def _attach(lab: Any, functions: Answer) -> None:
    for part, sources in _PARTS.items():
        lab.create_function(part, functions[part], timeout=_TIMEOUT)
        for source in sources:
            lab.attach(
                part,
                source,
                FunctionResponseTypes=["ReportBatchItemFailures"],
                BisectBatchOnFunctionError=True,
            )


def _pass(
    lab: Lab, day: Day, origin: str | None, end: datetime, faults: Faults
) -> tuple[pd.DataFrame, Trace]:
    """Let the day pass hour by hour, then whatever is left to deliver."""
    rows = []
    flights = _of_airport(day.flights, origin)
    board = lab.resource("dynamodb").Table(BOARD)
    while lab.clock.now() < end:
        lab.run(until=lab.clock.now() + _HOUR, faults=faults)
        rows.append(_hour(lab, flights, board))
    lab.run(faults=faults)
    rows.append(_hour(lab, flights, board))
    return pd.DataFrame(rows, columns=["at", "board", "truth"]), lab.trace


def _hour(lab: Lab, flights: pd.DataFrame, board: Any) -> tuple[datetime, int, int]:
    now = lab.clock.now()
    shown = sum(int(number(row, "dep_delay")) for row in board.scan(ConsistentRead=True)["Items"])
    return now, shown, int(flights.loc[flights["departed_at"] <= now, "dep_delay"].sum())


# ---- the two systems -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Written:
    """One write of one of the two systems, for a plan."""

    at: datetime
    table: Any
    change: FlightChange
    values: dict[str, Any]

    def write(self, table: Any) -> None:
        """Write it; departures go to the table of the plan."""
        table = self.table if self.table is not None else table
        key = {"flight_id": self.change.flight_id}
        if self.values["version"] == 1:
            table.put_item(Item={**key, **self.values})
            return
        table.update_item(
            Key=key,
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in self.values),
            ExpressionAttributeNames={f"#{name}": name for name in self.values},
            ExpressionAttributeValues={f":{name}": value for name, value in self.values.items()},
        )


def _two_systems(day: Day, origin: str | None, arrivals: Any) -> Iterator[_Written]:
    """The day's changes, as a system for departures and one for arrivals write them."""
    flights = {flight.flight_id: flight for flight in day.records if origin in (None, flight.origin)}
    versions: dict[str, int] = {}
    for change in day.changes():
        flight = flights.get(change.flight_id)
        if flight is None:
            continue
        # History is judged here; what expires is in the check.
        values = {name: value for name, value in change.attributes.items() if name != "expires_at"}
        if change.kind in _OF_ARRIVALS:
            about = {"carrier": flight.carrier, "origin": flight.origin, "dest": flight.dest}
            yield _Written(change.at, arrivals, change, {**about, **values, "version": 1})
        else:
            version = versions[change.flight_id] = versions.get(change.flight_id, 0) + 1
            yield _Written(change.at, None, change, {**values, "version": version})


# ---- the truth ---------------------------------------------------------------------------------------


def _of_airport(flights: pd.DataFrame, origin: str | None) -> pd.DataFrame:
    return flights if origin is None else flights[flights["origin"] == origin]


def _truth(flights: pd.DataFrame) -> pd.DataFrame:
    arrived = flights["status"] == "arrived"
    counted = flights.assign(
        flights=1,
        departed=flights["dep_delay"].notna(),
        cancelled=flights["status"] == "cancelled",
        arrived=arrived,
        arr_delay=flights["arr_delay"].where(arrived),
    )
    return counted.groupby("origin")[list(COLUMNS)].sum()
