"""A day as a stream of changes: how many of each type in each stretch of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdc_lab.plots.drawn import BLUE, ORANGE, VERMILLION, Drawn, canvas, count, finish, legend_below
from cdc_lab.plots.time_axis import TimeAxis

if TYPE_CHECKING:
    import pandas as pd

    from cdc_lab.trace import Trace

EVENTS = {"INSERT": (BLUE, ""), "MODIFY": (ORANGE, "//"), "REMOVE": (VERMILLION, "xx")}


def day_flow(
    changes: Trace | pd.DataFrame, every: str = "30min", tz: str = "UTC", title: str = "", note: str = ""
) -> Drawn:
    """Draw how many changes of each type were written in each stretch of time.

    Parameters
    ----------
    changes : Trace or DataFrame
        A trace, or its ``records``: columns ``written_at`` (UTC) and ``event_name``.
    every : str
        The stretch, as pandas names it (``30min``, ``1h``).
    tz : str
        Time zone of the axis, such as ``America/New_York``.
    title : str
        Instead of the one that is made from the numbers.
    note : str
        A sentence to add to the reading, such as which times are rules and not data.
    """
    import pandas as pd

    writes = changes if isinstance(changes, pd.DataFrame) else changes.records
    if writes.empty:
        raise ValueError("there are no changes to draw")
    stretch = pd.Timedelta(every)
    table = _per_stretch(writes, stretch, tz)
    axis = TimeAxis([table.index.to_series(), table.index.to_series() + stretch], tz)
    with canvas() as (figure, axes):
        floor = [0.0] * len(table)
        for event, (color, hatch) in EVENTS.items():
            axes.bar(
                axis.x(table.index),
                table[event],
                bottom=floor,
                width=axis.width(stretch.total_seconds()) * 0.92,
                align="edge",
                color=color,
                hatch=hatch,
                edgecolor="white",
                linewidth=0,
                label=f"{event} ({table[event].sum():,})",
            )
            floor = [low + more for low, more in zip(floor, table[event], strict=True)]
        axes.set_ylabel(f"changes in {_words(stretch)} (count)")
        axes.margins(y=0.08)
        axis.label(axes)
        legend_below(axes)
        total = table.sum(axis="columns")
        peak: Any = total.idxmax()
        finding = (
            f"Most changes come from {axis.clock(peak)} to {axis.clock(peak + stretch)}: {total.max():,}"
        )
        parts = ", ".join(f"{table[event].sum():,} {event}" for event in EVENTS)
        busiest = f"busiest {_words(stretch)}: {total.max():,} from {axis.clock(peak)}"
        reading = f"{count(len(writes), 'change')}: {parts}; {busiest}."
        return finish(figure, axes, title or finding, f"{reading} {note}".strip())


def _per_stretch(writes: pd.DataFrame, stretch: pd.Timedelta, tz: str) -> pd.DataFrame:
    import pandas as pd

    # Floored in the zone of the axis, or a day of 5:45 h offset would begin off its own hours.
    start = writes["written_at"].dt.tz_convert(tz).dt.floor(stretch)
    table = pd.crosstab(start, writes["event_name"])
    every = pd.date_range(table.index.min(), table.index.max(), freq=stretch)
    return table.reindex(index=every, columns=list(EVENTS), fill_value=0)


def _words(stretch: pd.Timedelta) -> str:
    minutes = stretch.total_seconds() / 60
    return (
        f"{minutes:g} minutes" if minutes < 60 else "1 hour" if minutes == 60 else f"{minutes / 60:g} hours"
    )
