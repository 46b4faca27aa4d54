"""Where things lie in the event flow: a row for each lane, a height and a mark for each shard's writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cdc_lab.plots.drawn import GREY, SERIES_COLORS, SERIES_MARKERS, shard_name

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_ROWS = 12

Lane = tuple[str, str, int]  # function, shard, lane


class Spot(NamedTuple):
    """How the writes of one shard look: their height within the top row, colour and marker."""

    height: float
    color: str
    marker: str


def lay_rows(invocations: pd.DataFrame) -> dict[Lane, int]:
    """Give every lane a row, counted from 1; lanes, then shards, share one where there are too many."""
    called = invocations[["function", "shard_id", "lane"]].drop_duplicates()
    lanes: list[Lane] = sorted(called.itertuples(index=False, name=None))
    if len(lanes) <= _ROWS:
        return {lane: 1 + number for number, lane in enumerate(lanes)}
    # The lanes of a shard share its row, or the figure would be a barcode.
    shards = sorted({lane[:2] for lane in lanes})
    row_of = {shard: 1 + number for number, shard in enumerate(shards)}
    if len(shards) > _ROWS:
        row_of = _in_turn(invocations)
    return {lane: row_of[lane[:2]] for lane in lanes}


def lay_spots(writes: pd.DataFrame) -> dict[str, Spot]:
    """Give every shard its height within the top row, its colour and its marker."""
    shards = sorted(writes["shard_id"].unique())
    step = 0.56 / max(1, len(shards) - 1)
    top = 0.28 if len(shards) > 1 else 0.0
    return {
        shard: Spot(top - number * step, SERIES_COLORS[number % 8], SERIES_MARKERS[number % 8])
        for number, shard in enumerate(shards)
    }


def lanes_of(frame: pd.DataFrame) -> list[Lane]:
    """Return the lane of each row of a frame."""
    return list(zip(frame["function"], frame["shard_id"], frame["lane"], strict=True))


def name_rows(axes: Axes, rows: dict[Lane, int], spots: dict[str, Spot]) -> None:
    """Name the rows at the left, each with the mark that its shard's writes carry in the top row."""
    functions = {function for function, _, _ in rows}
    names = {0: "writes"}
    for number in sorted(set(rows.values())):
        lanes = [lane for lane, row in rows.items() if row == number]
        shards = {shard for _, shard, _ in lanes}
        function, shard, lane = lanes[0]
        name = f"shard {shard_name(shard)}" if len(shards) == 1 else f"{len(shards)} shards in turn"
        if len(lanes) == 1 and any(other[:2] == (function, shard) and other[2] != lane for other in rows):
            name += f" lane {lane}"
        names[number] = f"{function} {name}" if len(functions) > 1 else name
        if len(shards) == 1 and shard in spots and len(spots) > 1:
            _, color, marker = spots[shard]
            place = axes.get_yaxis_transform()
            axes.scatter([0.008], [-number], color=color, marker=marker, s=26, linewidths=0, transform=place)
    axes.set_yticks([-row for row in names], list(names.values()))
    axes.set_ylim(-max(names) - 0.7, 0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    for row in names:
        axes.axhline(-row - 0.5, color=GREY, linewidth=0.4, alpha=0.5)


def _in_turn(invocations: pd.DataFrame) -> dict[tuple[str, str], int]:
    # A day closes many shards: one that begins after another has ended takes over its row.
    grouped = invocations.groupby(["function", "shard_id"], as_index=False)
    lives = grouped.agg(start=("started_at", "min"), end=("ended_at", "max")).sort_values(["start", "end"])
    row_of: dict[tuple[str, str], int] = {}
    last: list[tuple[str, Any]] = []
    for function, shard, start, end in lives.itertuples(index=False, name=None):
        free = (row for row, (owner, ended) in enumerate(last) if owner == function and ended <= start)
        row = next(free, len(last))
        last[row : row + 1] = [(function, end)]
        row_of[function, shard] = 1 + row
    return row_of
