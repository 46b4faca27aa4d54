"""Tables as typed frames: the only place where a trace meets pandas."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from cdc_lab.trace.tables import Columns, kinds

if TYPE_CHECKING:
    import pandas as pd

_DTYPES: dict[type[Any], str] = {str: "str", int: "int64", float: "float64", bool: "bool"}


def as_frame(kind: Any, columns: Columns) -> pd.DataFrame | None:
    """Make a frame from a table's columns; None where pandas is not installed.

    Parameters
    ----------
    kind : type
        The class of the table's rows: its fields are the columns.
    columns : mapping
        Their values.
    """
    try:
        # Imported when somebody looks: opening a lab must not wait for pandas (0.4 s).
        import pandas as pd
    except ModuleNotFoundError:
        return None

    made: dict[str, Any] = {}
    for name, of in kinds(kind).items():
        values = columns[name]
        if of is datetime:
            micros = [round(value * 1e6) for value in values]
            times = pd.to_datetime(pd.Series(micros, dtype="int64"), unit="us", utc=True)
            made[name] = times.dt.as_unit("us")
        else:
            made[name] = pd.Series(list(values), dtype=_DTYPES[of])
    return pd.DataFrame(made)
