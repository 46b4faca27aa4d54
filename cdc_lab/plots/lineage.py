"""Shards over time: which was split, which only rolled over, which are open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cdc_lab.plots.drawn import BLUE, GREY, SKY, Drawn, canvas, count, finish, legend_below, shard_name
from cdc_lab.plots.time_axis import TimeAxis

if TYPE_CHECKING:
    import pandas as pd


def shard_lineage(
    shards: pd.DataFrame | Sequence[Mapping[str, Any]], until: Any = None, title: str = ""
) -> Drawn:
    """Draw each shard's life as a bar, and an arrow from a parent to each child.

    Parameters
    ----------
    shards : list of dict, or DataFrame
        The ``Shards`` of DescribeStream (B7), or a frame with shard_id, parent_id, opened_at, closed_at (UTC;
        None where there is none). From DescribeStream a shard's opening is read off its id (B8), and
        its closing is the opening of its first child.
    until : aware datetime, optional
        Where open shards end; they are drawn a little past the last event in any case.
    title : str
        Instead of the one that is made from the numbers.
    """
    import pandas as pd

    given = shards if isinstance(shards, pd.DataFrame) else _frame(shards)
    if given.empty:
        raise ValueError("there are no shards to draw")
    if "is_open" not in given:
        given = given.assign(is_open=given["closed_at"].isna())
    frame = _order(given)
    times = pd.concat([frame["opened_at"], frame["closed_at"].dropna()])
    end = times.max() + max((times.max() - times.min()) * 0.06, pd.Timedelta("1min"))
    if until is not None:
        end = max(end, pd.Timestamp(until).tz_convert("UTC"))
    axis = TimeAxis([times, pd.Series([end])])
    place = {shard_id: -row for row, shard_id in enumerate(frame["shard_id"])}
    opened = dict(zip(frame["shard_id"], axis.x(frame["opened_at"]), strict=True))
    with canvas(min(6.5, 1.7 + 0.32 * len(frame))) as (figure, axes):
        for state, color, hatch in (("closed", SKY, "//"), ("open", BLUE, "")):
            those = frame[frame["is_open"] == (state == "open")]
            if those.empty:
                continue
            left = axis.x(those["opened_at"])
            thinnest = axis.width(axis.span) / 250
            axes.barh(
                [place[shard_id] for shard_id in those["shard_id"]],
                [max(life, thinnest) for life in axis.x(those["closed_at"].fillna(end)) - left],
                left=left,
                height=0.55,
                color=color,
                hatch=hatch,
                edgecolor="white",
                label=f"{state} ({len(those)})",
            )
        beside = axis.width(max(axis.span, 1.0)) / 60  # down beside the children, and into each from the left
        for shard_id, parent_id in zip(frame["shard_id"], frame["parent_id"], strict=True):
            if parent_id in place:
                axes.annotate(
                    "",
                    (opened[shard_id], place[shard_id]),
                    (opened[shard_id] - beside, place[parent_id] - 0.3),
                    arrowprops={
                        "arrowstyle": "->",
                        "color": GREY,
                        "linewidth": 1.2,
                        "connectionstyle": "angle,angleA=-90,angleB=180,rad=0",
                    },
                )
        axes.set_yticks([-row for row in range(len(frame))], [shard_name(name) for name in frame["shard_id"]])
        axes.set_ylim(-len(frame) + 0.4, 0.6)
        axes.set_ylabel("shard (end of its id)")
        axis.label(axes)
        legend_below(axes)
        finding, reading = _texts(frame)
        return finish(figure, axes, title or finding, reading)


def _frame(shards: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    opened = {shard["ShardId"]: int(shard["ShardId"].split("-")[1]) for shard in shards}
    closed: dict[str, int] = {}
    for shard in shards:
        parent, at = shard.get("ParentShardId"), opened[shard["ShardId"]]
        if parent:
            closed[parent] = min(at, closed.get(parent, at))
    starts = [opened[shard["ShardId"]] for shard in shards]
    ends = [closed.get(shard["ShardId"]) for shard in shards]
    return pd.DataFrame(
        {
            "shard_id": [shard["ShardId"] for shard in shards],
            "parent_id": [shard.get("ParentShardId") for shard in shards],
            "opened_at": pd.to_datetime(pd.Series(starts), unit="ms", utc=True),
            "closed_at": pd.to_datetime(pd.Series(ends, dtype="Int64"), unit="ms", utc=True),
            # Of a disabled stream the last shards are closed and have no child.
            "is_open": ["EndingSequenceNumber" not in shard["SequenceNumberRange"] for shard in shards],
        }
    )


def _order(frame: pd.DataFrame) -> pd.DataFrame:
    # A child goes right below its parent's earlier descendants: arrows then never cross.
    by_age = frame.sort_values(["opened_at", "shard_id"])
    parents = dict(zip(by_age["shard_id"], by_age["parent_id"], strict=True))
    children: dict[str | None, list[str]] = {}
    for shard_id, parent_id in parents.items():
        children.setdefault(parent_id if parent_id in parents else None, []).append(shard_id)
    order: list[str] = []
    todo = list(reversed(children.get(None, [])))
    while todo:
        order.append(todo.pop())
        todo += reversed(children.get(order[-1], []))
    return frame.set_index("shard_id").loc[order].reset_index()


def _generations(frame: pd.DataFrame) -> int:
    depth: dict[str, int] = {}
    for shard_id, parent_id in zip(frame["shard_id"], frame["parent_id"], strict=True):  # parents come first
        depth[shard_id] = depth.get(parent_id, 0) + 1
    return max(depth.values())


def _texts(frame: pd.DataFrame) -> tuple[str, str]:
    children = frame.loc[frame["parent_id"].isin(frame["shard_id"]), "parent_id"].value_counts()
    splits, rollovers = int((children > 1).sum()), int((children == 1).sum())
    first = int((~frame["parent_id"].isin(frame["shard_id"])).sum())
    is_open = int(frame["is_open"].sum())
    if not splits and not rollovers:
        return (
            f"{count(first, 'shard')}, {is_open} open, none with a parent",
            f"{count(first, 'shard')}, {is_open} open.",
        )
    happened = " and ".join(
        text
        for number, text in ((splits, count(splits, "split")), (rollovers, count(rollovers, "rollover")))
        if number
    )
    return (
        f"{count(first, 'shard')} became {count(is_open, 'open one')}: {happened}",
        f"{count(len(frame), 'shard')} in all, {is_open} open; {happened}; the longest line of descent "
        f"is {count(_generations(frame), 'generation')}.",
    )
