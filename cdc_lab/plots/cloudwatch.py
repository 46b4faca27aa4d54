"""Metrics of a trace as CloudWatch graphs them: a point a minute for each statistic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cdc_lab.plots.drawn import (
    Drawn,
    amount,
    canvas,
    finish,
    from_zero,
    legend_below,
    series_style,
)
from cdc_lab.plots.time_axis import LONG, TimeAxis

if TYPE_CHECKING:
    import pandas as pd

STATISTICS = ("sum", "average", "minimum", "maximum")
_MARKS = 12  # on a line


def metric_graph(metrics: pd.DataFrame, lines: Mapping[str, Sequence[str]], title: str = "") -> Drawn:
    """Draw statistics of metrics, one point for each minute in which there was a value.

    Parameters
    ----------
    metrics : DataFrame
        What ``trace.metrics()`` returns. Mappings of a function are taken together, as CloudWatch does for
        the dimension ``FunctionName``.
    lines : mapping of str to sequence of str
        For each metric the statistics to draw: ``sum``, ``average``, ``minimum``, ``maximum``. All metrics
        have the same unit.
    title : str
        Instead of the one that is made from the numbers.

    Raises
    ------
    ValueError
        For a statistic that there is not, metrics of several units, or metrics without a value.
    """
    unknown = sorted({name for names in lines.values() for name in names} - {*STATISTICS})
    if unknown:
        raise ValueError(f"no statistic {', '.join(unknown)}: there are {', '.join(STATISTICS)}")
    frame = metrics[metrics["metric"].isin(list(lines))]
    units = sorted(frame["unit"].unique())
    if len(units) != 1:
        raise ValueError(
            f"a graph needs metrics of one unit, and {', '.join(lines)} have {units or 'no value'}"
        )
    drawn = {
        f"{metric}, {name}": _by_minute(frame[frame["metric"] == metric], name)
        for metric, names in lines.items()
        for name in names
    }
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    axis = TimeAxis([frame["timestamp"]])
    with canvas() as (figure, axes):
        for number, (label, values) in enumerate(drawn.items()):
            axes.plot(
                axis.x(values.index.to_series()),
                values.to_numpy(),
                markevery=max(1, len(values) // _MARKS),
                **series_style(number),
                label=label,
            )
        from_zero(axes)
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
        axes.set_ylabel(f"{units[0].lower()} (one point a minute)")
        axis.label(axes)
        if axis.span < LONG:
            # No value lies between two minutes.
            axes.xaxis.set_major_locator(MaxNLocator(nbins=9, integer=True))
        legend_below(axes)
        return finish(figure, axes, title or _finding(drawn, units[0]), _reading(drawn, axis))


def _by_minute(frame: pd.DataFrame, statistic: str) -> pd.Series[Any]:
    minutes = frame.groupby("timestamp")
    if statistic == "average":
        return minutes["sum"].sum() / minutes["sample_count"].sum()
    how = {"sum": "sum", "minimum": "min", "maximum": "max"}[statistic]
    found: pd.Series[Any] = minutes[statistic].agg(how)
    return found


def _finding(drawn: Mapping[str, pd.Series[Any]], unit: str) -> str:
    name = max(drawn, key=lambda one: float(drawn[one].max()))
    return f"{name}: up to {_number(drawn[name].max())} {unit.lower()}"


def _reading(drawn: Mapping[str, pd.Series[Any]], axis: TimeAxis) -> str:
    parts = [
        f"{name}: highest {_number(values.max())} at {axis.clock(values.index[int(values.argmax())])}, "
        f"last {_number(values.iloc[-1])}"
        for name, values in drawn.items()
    ]
    return f"{'; '.join(parts)}."


def _number(value: float) -> str:
    return amount(float(f"{value:.4g}"))
