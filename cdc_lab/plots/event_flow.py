"""The event flow: writes above, the invocations that they caused below, shard by shard."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from cdc_lab.plots.drawn import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    PURPLE,
    VERMILLION,
    Drawn,
    canvas,
    count,
    duration,
    finish,
    legend_below,
)
from cdc_lab.plots.event_rows import Lane, Spot, lanes_of, lay_rows, lay_spots, name_rows
from cdc_lab.plots.time_axis import TimeAxis

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from cdc_lab.trace import Trace

OUTCOMES = {
    "success": (BLUE, ""),
    "partial": (ORANGE, "//"),
    "error": (VERMILLION, "xx"),
    "timeout": (PURPLE, ".."),
    "throttled": (GREY, "--"),
}
_MARKS = {"partial": "^", "error": "x", "timeout": "D", "throttled": "v"}
_LABELLED = 40  # bars; with more, numbers would cover each other
_LINKED = 80  # records
_COUNTED = 2  # writes of one moment and shard: from here on their number stands beside the marker
_PAPER = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.6}
_CHARACTERS = 120  # of a label, along the axis


def event_flow(trace: Trace, title: str = "") -> Drawn:
    """Draw how writes became batches, retries and failures.

    The top row holds the writes, marked by shard. Below, each shard (each lane of it, with a
    parallelization factor above 1) has a row; a bar is an invocation, as long as it took, with the
    number of its records; its colour and hatch are its outcome. A cross is a batch that was given up.

    Parameters
    ----------
    trace : Trace
        What ``lab.run()`` returned.
    title : str
        Instead of the one that is made from the numbers.
    """
    writes, invocations, failures = _written(trace), _of_mappings(trace), trace.failures
    axis = TimeAxis(
        [writes["written_at"], invocations["started_at"], invocations["ended_at"], failures["at"]]
    )
    rows = lay_rows(invocations)
    spots = lay_spots(writes)
    with canvas(min(7.0, 1.8 + 0.5 * (1 + len(set(rows.values()))))) as (figure, axes):
        _writes(axes, axis, writes, spots)
        if len(writes) <= _LINKED:
            _links(axes, axis, trace.deliveries, rows, spots)
        draw = _bars if len(invocations) <= _LABELLED else _strokes
        draw(axes, axis, invocations, rows)
        _given_up(axes, axis, failures, rows)
        name_rows(axes, rows, spots)
        axis.label(axes)
        legend_below(axes)
        return finish(figure, axes, title or _finding(writes, invocations, failures), _reading(trace))


def _of_mappings(trace: Trace) -> pd.DataFrame:
    # An asynchronous event has no shard.
    invocations = trace.invocations
    return invocations[invocations["mapping"] != ""]


def _written(trace: Trace) -> pd.DataFrame:
    # A cell writes, the next one runs: what a run delivers was mostly written before it began.
    import pandas as pd

    columns = ["written_at", "shard_id", "event_id"]
    return pd.concat([trace.records[columns], trace.deliveries[columns]]).drop_duplicates("event_id")


def _writes(axes: Axes, axis: TimeAxis, writes: pd.DataFrame, spots: dict[str, Spot]) -> None:
    many = len(writes) > 200
    for shard, those in writes.groupby("shard_id"):
        spot = spots[str(shard)]
        axes.scatter(
            axis.x(those["written_at"]),
            [spot.height] * len(those),
            marker="|" if many else spot.marker,
            color=spot.color,
            s=max(8, 90 / len(spots)) if many else 34,
            linewidths=0.6 if many else 0,
            zorder=3,
            gid=f"writes {shard}",
        )
        if not many:
            _count_at_one_moment(axes, axis, those["written_at"], spot)


def _count_at_one_moment(axes: Axes, axis: TimeAxis, written: pd.Series[pd.Timestamp], spot: Spot) -> None:
    # Where other writes stand in its place, a number is left out: it could not be read.
    room = axis.width(max(axis.span, 1.0)) / _CHARACTERS
    moments = written.value_counts()
    places = axis.x(moments.index)
    for place, moment, number in zip(places, moments.index, moments, strict=True):
        at, text = cast("pd.Timestamp", moment), f"x {number}"
        # Before the first moments stands the name of the row.
        is_early = (at - axis.start).total_seconds() < axis.span / 10
        ahead = places - place if is_early else place - places
        covers = ((ahead > 0) & (ahead < (len(text) + 2) * room)).any()
        if number >= _COUNTED and not covers:
            axes.annotate(
                text, (place, spot.height), (6 if is_early else -6, 0),
                textcoords="offset points", ha="left" if is_early else "right",
                va="bottom" if is_early else "center", fontsize=9, color=spot.color,
            )  # fmt: skip


def _links(
    axes: Axes, axis: TimeAxis, deliveries: pd.DataFrame, rows: dict[Lane, int], spots: dict[str, Spot]
) -> None:
    first = deliveries[deliveries["delivery"] == 1]
    written, delivered = axis.x(first["written_at"]), axis.x(first["delivered_at"])
    for start, end, lane in zip(written, delivered, lanes_of(first), strict=True):
        heights = [spots[lane[1]].height, -rows[lane] + 0.15]
        axes.plot([start, end], heights, color=GREY, linewidth=0.7, alpha=0.7, zorder=1)


def _bars(axes: Axes, axis: TimeAxis, invocations: pd.DataFrame, rows: dict[Lane, int]) -> None:
    thinnest = axis.width(max(axis.span, 1.0)) / 120
    starts, ends = axis.x(invocations["started_at"]), axis.x(invocations["ended_at"])
    for outcome, (color, hatch) in OUTCOMES.items():
        mine = (invocations["outcome"] == outcome).to_numpy()
        if mine.any():
            axes.barh(
                [-rows[lane] - 0.1 for lane in lanes_of(invocations[mine])],
                [max(length, thinnest) for length in ends[mine] - starts[mine]],
                left=starts[mine],
                height=0.5,
                color=color,
                hatch=hatch,
                edgecolor="white",
                linewidth=0.6,
                label=f"{outcome} ({mine.sum()})",
                zorder=2,
            )
    if len(invocations):
        axes.plot([], [], marker="$n$", color=BLACK, linestyle="", label="= records in the batch")
    _number(axes, invocations, starts, rows, room=(axis.width(max(axis.span, 1.0))) / _CHARACTERS)


def _number(
    axes: Axes, invocations: pd.DataFrame, starts: Iterable[float], rows: dict[Lane, int], room: float
) -> None:
    # Above its bar; where the next batch follows at once, the longer form or the number itself is left out.
    free: dict[int, float] = {}
    batches = zip(invocations["records"], invocations["attempt"], starts, lanes_of(invocations), strict=True)
    for records, attempt, start, lane in batches:
        again = [f"{records}, try {attempt}"] if attempt > 1 else []
        row = rows[lane]
        for text in [*again, f"{records}"]:
            if start >= free.get(row, start):
                axes.text(start, -row + 0.17, text, fontsize=9, bbox=_PAPER)
                free[row] = start + (len(text) + 1) * room
                break


def _strokes(axes: Axes, axis: TimeAxis, invocations: pd.DataFrame, rows: dict[Lane, int]) -> None:
    # Bars this thin show no hatch: what did not succeed gets a mark on top.
    thinnest = axis.width(max(axis.span, 1.0)) / 400
    starts, ends = axis.x(invocations["started_at"]), axis.x(invocations["ended_at"])
    for outcome, (color, _) in OUTCOMES.items():
        mine = (invocations["outcome"] == outcome).to_numpy()
        if not mine.any():
            continue
        label = f"{outcome} ({mine.sum():,})"
        places = [-rows[lane] for lane in lanes_of(invocations[mine])]
        mark = _MARKS.get(outcome)
        axes.barh(
            places,
            [max(length, thinnest) for length in ends[mine] - starts[mine]],
            left=starts[mine],
            height=0.5,
            color=color,
            label="" if mark else label,
            zorder=2,
        )
        if mark:
            tops = [place + 0.33 for place in places]
            axes.scatter(starts[mine], tops, marker=mark, color=color, s=26, label=label, zorder=4)


def _given_up(axes: Axes, axis: TimeAxis, failures: pd.DataFrame, rows: dict[Lane, int]) -> None:
    if failures.empty:
        return
    where: dict[tuple[str, str], int] = {}
    for function, shard, lane in rows:
        where.setdefault((function, shard), rows[function, shard, lane])
    heights = [-where.get(pair, 0) for pair in zip(failures["function"], failures["shard_id"], strict=True)]
    axes.scatter(
        axis.x(failures["at"]),
        [height - 0.38 for height in heights],
        marker="X",
        color=BLACK,
        s=48,
        zorder=5,
        label=f"given up ({count(int(failures['records'].sum()), 'record')})",
    )


def _finding(writes: pd.DataFrame, invocations: pd.DataFrame, failures: pd.DataFrame) -> str:
    head = f"{count(len(writes), 'write')}, {count(len(invocations), 'invocation')}"
    lost = int(failures["records"].sum())
    failed = int((invocations["outcome"] != "success").sum())
    retries = int((invocations["attempt"] > 1).sum())
    if lost:
        return f"{head}: {count(lost, 'record')} given up after {count(retries, 'retry', 'retries')}"
    if failed:
        return f"{head}: {failed:,} did not succeed, nothing was given up"
    return f"{head}, all successful" if len(invocations) else f"{head}"


def _reading(trace: Trace) -> str:
    writes, invocations, failures = _written(trace), _of_mappings(trace), trace.failures
    written = f"{count(len(writes), 'record')} on {count(writes['shard_id'].nunique(), 'shard')}"
    if invocations.empty:
        return f"{written}; nothing has read them."
    deliveries = trace.deliveries
    smallest, largest = invocations["records"].min(), invocations["records"].max()
    again = int((deliveries["delivery"] > 1).sum())
    way = (deliveries["delivered_at"] - deliveries["written_at"]).dt.total_seconds().max()
    sizes = f"{largest}" if smallest == largest else f"{smallest} to {largest}"
    text = (
        f"{written}; batches of {sizes}; {count(again, 'repeated delivery', 'repeated deliveries')}; "
        f"longest way from write to handler {duration(way)}"
    )
    if failures.empty:
        return f"{text}."
    sent = int(failures.loc[failures["delivered"], "records"].sum())
    lost = int(failures["records"].sum())
    return f"{text}; {count(lost, 'record')} given up, {sent:,} of them reported to a destination."
