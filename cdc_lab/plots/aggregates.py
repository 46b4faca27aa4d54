"""An aggregate beside the truth: group by group, and over time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cdc_lab.plots.drawn import (
    BLACK,
    BLUE,
    GREY,
    SERIES_COLORS,
    SERIES_LINES,
    SERIES_MARKERS,
    VERMILLION,
    Drawn,
    amount,
    canvas,
    count,
    finish,
    legend_below,
)
from cdc_lab.plots.time_axis import TimeAxis

if TYPE_CHECKING:
    import pandas as pd

    Values = pd.DataFrame | pd.Series[Any] | Mapping[str, Any]

_GROUPS = 30


def bars_by_group(
    values: Values,
    truth: Values | None = None,
    unit: str = "count",
    by: str = "group",
    title: str = "",
    *,
    label: str = "",
) -> Drawn:
    """Draw a value for each group, beside the truth where there is one.

    Parameters
    ----------
    values : DataFrame with columns ``group`` and ``value``, Series by group, or mapping
        The aggregate.
    truth : the same, optional
        What it should be. A group that one of the two lacks counts as 0 there.
    unit : str
        Of the values, for the axis: ``flights``, ``minutes``.
    by : str
        What a group is: ``carrier``.
    title : str
        Instead of the one that is made from the numbers.
    label : str
        Of the axis with the groups, where it has to say more than ``by``: ``start of the window (UTC)``.
    """
    from matplotlib.ticker import MaxNLocator

    have = _series(values)
    want = _series(truth) if truth is not None else None
    groups = sorted({*have.index, *(want.index if want is not None else ())}, key=str)
    if not groups:
        raise ValueError("there are no groups to draw")
    have = have.reindex(groups, fill_value=0)
    want = want.reindex(groups, fill_value=0) if want is not None else None
    off = have[have != want] if want is not None else have[:0]
    shown = _largest(have, want)
    places = range(len(shown))
    slots = max(len(shown), 8)  # a few groups make no walls
    with canvas() as (figure, axes):
        axes.bar(places, have[shown].astype(float), color=BLUE, width=0.7, label="aggregate")
        if want is not None:
            axes.scatter(
                places,
                want[shown].astype(float),
                marker="_",
                s=(380 / slots) ** 2,
                color=BLACK,
                label="truth",
                zorder=3,
            )
            for place, group in enumerate(shown):
                if group in off.index:
                    top = max(float(have[group]), float(want[group]))
                    axes.annotate(
                        amount(have[group] - want[group], "+"),
                        (place, top),
                        (0, 3),
                        textcoords="offset points",
                        ha="center",
                        color=VERMILLION,
                        fontweight="bold",
                    )
        axes.set_xticks(places, [_wrapped(str(group)) for group in shown])
        if len(shown) > 16:
            axes.tick_params(axis="x", rotation=60)
        axes.margins(y=0.12)
        middle = (len(shown) - 1) / 2
        axes.set_xlim(middle - slots / 2, middle + slots / 2)
        axes.axhline(0, color=GREY, linewidth=0.8)
        axes.set_ylabel(unit)
        axes.set_xlabel(label or by)
        if _are_counts(have) and (want is None or _are_counts(want)):
            axes.yaxis.set_major_locator(MaxNLocator(integer=True))  # there is no half a flight
        if want is not None:
            legend_below(axes)
        finding, reading = _group_texts(have, want, unit, by)
        if len(shown) < len(groups):
            reading += f" Drawn: the {len(shown)} largest."
        return finish(figure, axes, title or finding, reading)


def drift(
    frame: pd.DataFrame, unit: str = "count", title: str = "", tz: str = "UTC", *, difference: bool = False
) -> Drawn:
    """Draw aggregates against the truth over time.

    Parameters
    ----------
    frame : DataFrame
        Columns ``at`` (UTC), ``truth``, and one column for each aggregate, its name the label
        (``value`` alone is called the aggregate).
    unit : str
        Of the values, for the axis.
    title : str
        Instead of the one that is made from the numbers.
    tz : str
        Time zone of a long axis.
    difference : bool
        Whether to draw how much each aggregate differs from the truth, where the curves themselves would lie
        too close to be told apart.
    """
    names = [name for name in frame.columns if name not in ("at", "truth")]
    if frame.empty or not names:
        raise ValueError("drift needs rows, and a column of values beside at and truth")
    axis = TimeAxis([frame["at"]], tz)
    labels = {name: "aggregate" if name == "value" else str(name) for name in names}
    base = frame["truth"].astype(float) if difference else 0.0
    with canvas() as (figure, axes):
        x = axis.x(frame["at"])
        axes.step(
            x, frame["truth"].astype(float) - base, where="post", color=BLACK, linewidth=2.2, label="truth"
        )
        for number, name in enumerate(names):
            axes.step(
                x,
                frame[name].astype(float) - base,
                where="post",
                color=SERIES_COLORS[1:][number % 7],
                linestyle=SERIES_LINES[1:][number % 7],
                marker=SERIES_MARKERS[number % 8],
                markevery=max(1, len(frame) // 12),
                markersize=5,
                linewidth=1.6,
                label=labels[name],
            )
        axes.set_ylabel(f"{unit} too many" if difference else unit)
        axis.label(axes)
        legend_below(axes)
        ends = {labels[name]: frame[name].iloc[-1] - frame["truth"].iloc[-1] for name in names}
        reading = "; ".join(_drift_reading(frame, name, labels[name], axis, unit) for name in names)
        return finish(figure, axes, title or _drift_finding(ends, unit), f"{reading}.")


def _are_counts(values: pd.Series[Any]) -> bool:
    return all(float(value).is_integer() for value in values)


def _wrapped(name: str) -> str:
    # A long name takes several lines: NEW_AND_OLD_IMAGES would run into its neighbours.
    return name.replace("_", "\n") if len(name) > 12 else name


def _series(values: Values) -> pd.Series[Any]:
    import pandas as pd

    if isinstance(values, pd.DataFrame):
        return values.set_index("group")["value"]
    return values if isinstance(values, pd.Series) else pd.Series(dict(values), dtype=object)


def _largest(have: pd.Series[Any], want: pd.Series[Any] | None) -> list[Any]:
    if len(have) <= _GROUPS:
        return list(have.index)
    size = (want if want is not None else have).astype(float).abs()
    return sorted(size.nlargest(_GROUPS).index, key=str)


def _group_texts(have: pd.Series[Any], want: pd.Series[Any] | None, unit: str, by: str) -> tuple[str, str]:
    top: Any = have.astype(float).idxmax()
    total = f"{amount(have.sum())} {unit}, {count(len(have), by)}; most: {top} with {amount(have[top])}"
    if want is None:
        return f"{by.capitalize()} {top} has the most: {amount(have[top])} {unit}", f"{total}."
    gap = have - want
    off = gap[gap != 0]
    if off.empty:
        return f"The aggregate equals the truth for every {by}", f"{total}; none differs from the truth."
    worst: Any = off.astype(float).abs().idxmax()
    finding = (
        f"{len(off)} of {count(len(have), by)} differ from the truth, most {worst}: {amount(gap[worst], '+')}"
    )
    return (
        finding,
        f"{total}; the truth is {amount(want.sum())}, so the aggregate is off by {amount(gap.sum(), '+')}.",
    )


def _drift_finding(ends: Mapping[str, Any], unit: str) -> str:
    parts = [
        f"{name} ends {amount(abs(gap))} {unit} too {'high' if gap > 0 else 'low'}"
        if gap
        else f"{name} ends on the truth"
        for name, gap in ends.items()
    ]
    text = ", ".join(parts)
    return text[0].upper() + text[1:]


def _drift_reading(frame: pd.DataFrame, name: str, label: str, axis: TimeAxis, unit: str) -> str:
    wrong = frame.loc[frame[name] != frame["truth"], "at"]
    if wrong.empty:
        return f"{label}: equal to the truth at all {count(len(frame), 'point')}"
    have, want = frame[name].iloc[-1], frame["truth"].iloc[-1]
    return (
        f"{label}: leaves the truth at {axis.clock(wrong.iloc[0])}, ends at {amount(have)} "
        f"where {amount(want)} {unit} is right"
    )
