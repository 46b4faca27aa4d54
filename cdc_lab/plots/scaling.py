"""The iterator age over time, and by the rate of writes: what a planner's runs show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cdc_lab.plots.drawn import (
    SERIES_COLORS,
    SERIES_LINES,
    SERIES_MARKERS,
    Drawn,
    canvas,
    duration,
    finish,
    from_zero,
    legend_below,
)

if TYPE_CHECKING:
    import pandas as pd

_MARKS = 12  # on a line


def ages(frames: Mapping[str, pd.DataFrame], title: str = "") -> Drawn:
    """Draw the highest iterator age of each step of some runs.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        For each label a run's frame, with the columns ``second`` and ``age_max``.
    title : str
        Instead of the one that is made from the numbers.
    """
    if not frames or all(frame["age_max"].dropna().empty for frame in frames.values()):
        raise ValueError("a figure of ages needs at least one run with an invocation")
    longest = max(float(frame["second"].max()) for frame in frames.values())
    unit, scale = ("min", 60.0) if longest > 600 else ("s", 1.0)
    with canvas() as (figure, axes):
        for number, (name, frame) in enumerate(frames.items()):
            known = frame.dropna(subset=["age_max"])
            axes.plot(
                known["second"] / scale,
                known["age_max"] / scale,
                color=SERIES_COLORS[number % 8],
                linestyle=SERIES_LINES[number % 8],
                marker=SERIES_MARKERS[number % 8],
                markevery=max(1, len(known) // _MARKS),
                markersize=5,
                linewidth=1.6,
                label=name,
            )
        axes.set_xlabel(f"time, {unit}")
        axes.set_ylabel(f"iterator age, {unit}")
        from_zero(axes)
        legend_below(axes)
        return finish(figure, axes, title or _oldest(frames), _each(frames))


def ages_by_rate(frame: pd.DataFrame, title: str = "") -> Drawn:
    """Draw the age at the end of runs against the rate of writes, a line for each setting.

    Parameters
    ----------
    frame : DataFrame
        Column ``writes`` (a second), and one for each setting with ages in seconds, its name the label.
    title : str
        Instead of the one that is made from the numbers.
    """
    names = [str(name) for name in frame.columns if name != "writes"]
    if frame.empty or not names:
        raise ValueError("ages by rate need rows, and a column for each setting beside writes")
    with canvas() as (figure, axes):
        for number, name in enumerate(names):
            axes.plot(
                frame["writes"],
                frame[name],
                color=SERIES_COLORS[number % 8],
                linestyle=SERIES_LINES[number % 8],
                marker=SERIES_MARKERS[number % 8],
                markersize=5,
                linewidth=1.6,
                label=name,
            )
        axes.set_xlabel("writes a second")
        axes.set_ylabel("iterator age at the end, s")
        from_zero(axes)
        legend_below(axes)
        return finish(figure, axes, title or "The age stays low up to a knee, and then grows", _knees(frame))


def _oldest(frames: Mapping[str, pd.DataFrame]) -> str:
    peaks = {name: float(frame["age_max"].max()) for name, frame in frames.items()}
    name = max(peaks, key=lambda one: peaks[one])
    return f"{name}: the iterator age reaches {duration(peaks[name])}"


def _each(frames: Mapping[str, pd.DataFrame]) -> str:
    parts = []
    for name, frame in frames.items():
        known = frame["age_max"].dropna()
        highest, last = duration(float(known.max())), duration(float(known.iloc[-1]))
        parts.append(f"{name}: highest {highest}, {last} at the end")
    return f"Iterator age: {'; '.join(parts)}."


def _knees(frame: pd.DataFrame) -> str:
    parts = []
    for name in (column for column in frame.columns if column != "writes"):
        low = frame.loc[frame[name] < 1.0, "writes"]
        below = f"below a second up to {low.max():,.0f}" if len(low) else "never below a second"
        last, most = duration(float(frame[name].iloc[-1])), frame["writes"].iloc[-1]
        parts.append(f"{name}: {below}, {last} at {most:,.0f}")
    return f"Iterator age at the end, by writes a second: {'; '.join(parts)}."
