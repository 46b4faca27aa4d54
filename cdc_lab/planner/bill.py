"""A month's bill, by AWS's formulas: quantities from a run, prices from the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cdc_lab.planner import limits
from cdc_lab.planner.metrics import Outcome
from cdc_lab.planner.prices import Price, Prices
from cdc_lab.planner.workload import Function, Workload

if TYPE_CHECKING:
    import pandas as pd

MONTH_SECONDS = 730 * 3600  # AWS's own examples count 730 hours
_MILLION = 1e6


class Line(NamedTuple):
    """One line of a bill: a quantity, its unit and its price."""

    what: str
    quantity: float
    price: Price

    @property
    def amount(self) -> float | None:
        """What it costs; None where no price is known."""
        return None if self.price.price is None else self.quantity * self.price.price


class Bill:
    """What a month costs.

    Parameters
    ----------
    lines : list of Line
    """

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines

    @property
    def total(self) -> float:
        """The sum of the lines whose price is known."""
        return sum(line.amount or 0.0 for line in self.lines)

    @property
    def missing(self) -> list[str]:
        """The lines without a price."""
        return [line.what for line in self.lines if line.amount is None]

    @property
    def total_text(self) -> str:
        """The sum as text, with what it lacks."""
        currencies = sorted({line.price.currency for line in self.lines if line.amount})
        lacks = f", without {', '.join(self.missing)}: no price is known" if self.missing else ""
        return f"{self.total:,.2f} {' and '.join(currencies)}{lacks}".replace("  ", " ")

    @property
    def notes(self) -> list[str]:
        """What has to be said of it."""
        days = sorted(line.price.as_of for line in self.lines if line.price.as_of is not None)
        regions = ", ".join(sorted({line.price.region for line in self.lines if line.price.region}))
        dates = sorted({str(days[0]), str(days[-1])}) if days else ["an unknown date"]
        return [
            f"prices of {' to '.join(dates)}, {regions}",
            "free tiers, storage, logs and data transfer are not in it",
        ]

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each line: what, quantity, unit, price, amount (empty without a price), as_of."""
        import pandas as pd

        return pd.DataFrame(
            {
                "what": [line.what for line in self.lines],
                "quantity": [round(line.quantity, 3) for line in self.lines],
                "unit": [line.price.unit for line in self.lines],
                "price": [line.price.price for line in self.lines],
                "amount": [None if line.amount is None else round(line.amount, 2) for line in self.lines],
                "as_of": [str(line.price.as_of or "") for line in self.lines],
            }
        )

    def __repr__(self) -> str:
        lines = [
            f"{line.what:34} {line.quantity:16,.3f} {line.price.unit:28} "
            + ("no price" if line.amount is None else f"{line.amount:14,.2f} {line.price.currency}")
            for line in self.lines
        ]
        return "\n".join([*lines, f"{'a month':34} {self.total_text}", *self.notes])


def bill_of(
    workload: Workload, function: Function, sink_units: float, outcome: Outcome, prices: Prices
) -> Bill:
    """Return a month's bill of a workload whose run stands for every second of it.

    Parameters
    ----------
    workload : Workload
    function : Function
    sink_units : float
        Write units a second of the sink.
    outcome : Outcome
        Of a run at the workload's rate.
    prices : Prices
    """
    seconds = MONTH_SECONDS
    records = workload.writes * seconds / _MILLION
    units = workload.writes * limits.write_units(workload.item_bytes) * seconds / _MILLION
    requests = outcome.invocations / outcome.seconds * seconds / _MILLION
    gigabyte_seconds = outcome.concurrency * seconds * function.memory_mb / 1024
    lines = [
        Line("writes to the table", units, prices["dynamodb_write"]),
        Line("reads of the stream by Lambda", records, prices["stream_read_by_lambda"]),
        Line("Lambda's requests", requests, prices["lambda_request"]),
        Line("Lambda's duration", gigabyte_seconds, prices["lambda_duration"]),
    ]
    if sink_units:
        lines.append(Line("writes to the sink", sink_units * seconds / _MILLION, prices["dynamodb_write"]))
    return Bill(lines)
