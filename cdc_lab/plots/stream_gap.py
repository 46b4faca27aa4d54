"""Which writes fell into which stream: the gap between one that was disabled and its successor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdc_lab.plots.drawn import BLUE, SKY, VERMILLION, Drawn, canvas, count, finish, legend_below
from cdc_lab.plots.time_axis import TimeAxis

if TYPE_CHECKING:
    import pandas as pd


def stream_gap(streams: pd.DataFrame, writes: pd.DataFrame, since: Any = None, title: str = "") -> Drawn:
    """Draw when each of a table's streams took in changes, and which writes found one.

    Parameters
    ----------
    streams : DataFrame
        Columns ``stream`` (its name in the figure), ``enabled_at``, ``disabled_at`` (UTC; NaT while it is
        enabled).
    writes : DataFrame
        Columns ``at`` (UTC), ``item``, ``stream`` (the name of the one that holds the record, "" for none).
    since : aware datetime, optional
        The left edge; a stream that was enabled before is drawn from there.
    title : str
        Instead of the one that is made from the rows.
    """
    import pandas as pd

    if streams.empty or writes.empty:
        raise ValueError("there are no streams or no writes to draw")
    margin = max((writes["at"].max() - writes["at"].min()) * 0.06, pd.Timedelta("1s"))
    end = max(writes["at"].max(), streams["disabled_at"].dropna().max()) + margin
    begun_at = streams["enabled_at"]
    if since is not None:
        begun_at = begun_at.where(begun_at > pd.Timestamp(since), pd.Timestamp(since))
    axis = TimeAxis([begun_at, writes["at"], pd.Series([end])])
    place = {name: -row for row, name in enumerate(streams["stream"], start=1)}
    with canvas(1.4 + 0.45 * (len(streams) + 1)) as (figure, axes):
        begun = axis.x(begun_at)
        axes.barh(
            list(place.values()),
            axis.x(streams["disabled_at"].fillna(end)) - begun,
            left=begun,
            height=0.4,
            color=SKY,
            label="takes in changes",
        )
        for label, those, color, marker in (
            ("write with a record", writes[writes["stream"] != ""], BLUE, "o"),
            ("write without one", writes[writes["stream"] == ""], VERMILLION, "X"),
        ):
            if those.empty:
                continue
            x = axis.x(those["at"])
            axes.scatter(x, [0] * len(those), color=color, marker=marker, s=60, zorder=3, label=label)
            for at, item, stream in zip(x, those["item"], those["stream"], strict=True):
                axes.annotate(item, (at, 0), (0, 8), textcoords="offset points", ha="center", color=color)
                axes.vlines(at, place.get(stream, -len(place) - 0.4), 0, color=color, linestyle=":", zorder=1)
        axes.set_yticks([0, *place.values()], ["writes", *place])
        axes.set_ylim(-len(place) - 0.5, 0.7)
        axis.label(axes)
        legend_below(axes)
        finding, reading = _texts(streams, writes)
        return finish(figure, axes, title or finding, reading)


def _texts(streams: pd.DataFrame, writes: pd.DataFrame) -> tuple[str, str]:
    lost = [str(item) for item in writes.loc[writes["stream"] == "", "item"]]
    held: Any = writes.loc[writes["stream"] != "", "stream"].value_counts()
    parts = [f"{held.get(name, 0):,} in the {name}" for name in streams["stream"]]
    finding = (
        f"{len(lost)} of {count(len(writes), 'write')} left no record in any stream: {', '.join(lost)}"
        if lost
        else f"Each of {count(len(writes), 'write')} left its record in a stream"
    )
    return finding, f"{count(len(writes), 'write')}: {', '.join(parts)}, {len(lost):,} in none."
