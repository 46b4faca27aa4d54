"""What waits in queues over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdc_lab.plots.drawn import (
    Drawn,
    amount,
    canvas,
    finish,
    legend_below,
    series_style,
)
from cdc_lab.plots.time_axis import TimeAxis

if TYPE_CHECKING:
    import pandas as pd


def backlog(frame: pd.DataFrame, unit: str = "waiting", title: str = "", tz: str = "UTC") -> Drawn:
    """Draw how much waited in each queue at each moment.

    Parameters
    ----------
    frame : DataFrame
        Column ``at`` (UTC), and one for each queue, its name the label.
    unit : str
        Of the values, for the axis: ``messages waiting``.
    title : str
        Instead of the one that is made from the numbers.
    tz : str
        Time zone of a long axis.
    """
    names = [str(name) for name in frame.columns if name != "at"]
    if frame.empty or not names:
        raise ValueError("a backlog needs rows, and a column for each queue beside at")
    from matplotlib.ticker import MaxNLocator

    axis = TimeAxis([frame["at"]], tz)
    with canvas() as (figure, axes):
        x = axis.x(frame["at"])
        for number, name in enumerate(names):
            axes.plot(
                x,
                frame[name].astype(float),
                **series_style(number),
                label=name,
            )
        top = max(float(frame[names].to_numpy().max()), 1.0)
        axes.set_ylim(-0.04 * top, 1.06 * top)  # a queue that is empty all along lies above the axis's line
        axes.yaxis.set_major_locator(MaxNLocator(nbins=7, integer=True))
        axes.set_ylabel(unit)
        axis.label(axes)
        legend_below(axes)
        return finish(figure, axes, title or _finding(frame, names), _reading(frame, names, axis, unit))


def _finding(frame: pd.DataFrame, names: list[str]) -> str:
    peaks = {name: frame[name].max() for name in names}
    longest = max(names, key=lambda name: peaks[name])
    if not peaks[longest]:
        return "Nothing waits anywhere"
    idle = [name for name in names if not peaks[name]]
    rest = f", in {' and '.join(idle)} nothing" if idle else ""
    return f"In {longest} up to {amount(peaks[longest])} wait{rest}"


def _reading(frame: pd.DataFrame, names: list[str], axis: TimeAxis, unit: str) -> str:
    parts = []
    for name in names:
        peak = frame[name].max()
        when = axis.clock(frame["at"].iloc[frame[name].argmax()])
        end = amount(frame[name].iloc[-1])
        parts.append(
            f"{name}: at most {amount(peak)} at {when}, {end} at the end" if peak else f"{name}: none"
        )
    return f"{unit}: {'; '.join(parts)}."
