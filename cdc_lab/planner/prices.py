"""The prices that a bill is made of: a table that anybody may replace."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from cdc_lab.own_files import own_folders
from cdc_lab.planner.workload import PlanError

COLUMNS = ("name", "what", "unit", "price", "currency", "region", "source", "address", "as_of")


class Price(NamedTuple):
    """One price, and where it was read.

    Attributes
    ----------
    name, what, unit : str
    price : float or None
        None where no source gives it: a bill then leaves its line open.
    currency, region, source, address : str
    as_of : date or None
        Of the page, or of the day on which it was read.
    """

    name: str
    what: str
    unit: str
    price: float | None
    currency: str
    region: str
    source: str
    address: str
    as_of: date | None


class Prices:
    """A table of prices.

    Parameters
    ----------
    rows : iterable of Price
    """

    def __init__(self, rows: Iterable[Price]) -> None:
        self._rows = {row.name: row for row in rows}

    @classmethod
    def read(cls, path: str | Path | None = None) -> Prices:
        """Read a table: the project's ``data/prices.csv``, or a file of yours with the same columns.

        Raises
        ------
        PlanError
            When the file is not there or is no such table; it names the line.
        """
        found = Path(path) if path is not None else _own()
        try:
            text = found.read_text("utf-8")
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or "is no text"
            raise PlanError(f"prices {found.name}: {reason}") from None
        reader = csv.DictReader(text.splitlines())
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise PlanError(f"prices {found.name}: the column {missing[0]} is missing")
        return cls([_price(row, f"{found.name}, line {line}") for line, row in enumerate(reader, 2)])

    def __getitem__(self, name: str) -> Price:
        """Return a price by its name.

        Raises
        ------
        PlanError
            When the table has no such row.
        """
        if name not in self._rows:
            raise PlanError(f"the prices have no row {name!r}: take data/prices.csv as a pattern")
        return self._rows[name]

    def __iter__(self) -> Iterator[Price]:
        return iter(self._rows.values())


def _own() -> Path:
    places = [folder / "prices.csv" for folder in own_folders("data")]
    return next((path for path in places if path.is_file()), places[0])


def _price(row: dict[str, str], where: str) -> Price:
    text, day = (row["price"] or "").strip(), (row["as_of"] or "").strip()
    try:
        price = float(text) if text else None
        as_of = date.fromisoformat(day) if day else None
    except ValueError as error:
        raise PlanError(f"prices {where}: {error}") from None
    if price is not None and (price < 0 or as_of is None or not row["address"]):
        raise PlanError(f"prices {where}: a price is 0 or more, and has an address and a date (as_of)")
    texts = {name: (row[name] or "").strip() for name in COLUMNS if name not in ("price", "as_of")}
    return Price(**texts, price=price, as_of=as_of)
