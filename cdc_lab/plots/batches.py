"""Which records each invocation got: a failing batch that is delivered again, cut or halved, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdc_lab.plots.drawn import Drawn, canvas, count, finish, legend_below
from cdc_lab.plots.event_flow import OUTCOMES

if TYPE_CHECKING:
    from cdc_lab.trace import Trace

_MOST = 30  # invocations; with more, rows cannot be told apart
_LIGHT = {"success": "#9CC9E8", "partial": "#F3CE7B", "error": "#EFA27A", "timeout": "#E3B5CF"}


def batches(trace: Trace, title: str = "") -> Drawn:
    """Draw the records of each invocation as a bar, the first invocation on top.

    Parameters
    ----------
    trace : Trace
        What ``lab.run()`` returned: of one function, with at most 30 invocations.
    title : str
        Instead of the one that is made from the numbers.

    Raises
    ------
    ValueError
        There are no deliveries to draw, or too many invocations.
    """
    deliveries, invocations = trace.deliveries, trace.invocations
    if deliveries.empty or len(invocations) > _MOST:
        raise ValueError(f"batches are drawn for 1 to {_MOST} invocations, not for {len(invocations)}")
    place = {event: number for number, event in enumerate(deliveries["event_id"].unique())}
    names = deliveries.drop_duplicates("event_id")["keys"].str.replace(r"(^|, )[^=]+=", r"\1", regex=True)
    spans = deliveries["event_id"].map(place).groupby(deliveries["invocation"]).agg(["min", "max"])
    outcomes = invocations.set_index("invocation")["outcome"]
    with canvas(1.3 + 0.27 * len(spans)) as (figure, axes):
        for outcome in OUTCOMES:
            rows = [row for row, number in enumerate(spans.index) if outcomes[number] == outcome]
            if rows:
                mine = spans.iloc[rows]
                axes.barh(
                    rows,
                    mine["max"] - mine["min"] + 0.9,
                    left=mine["min"] - 0.45,
                    height=0.72,
                    color=_LIGHT.get(outcome, OUTCOMES[outcome][0]),
                    label=f"{outcome} ({len(rows)})",
                )
        for row, number in enumerate(spans.index):
            middle = float(spans.loc[number].sum()) / 2
            axes.text(middle, row, str(outcomes[number]), ha="center", va="center", fontsize=9)
        axes.set_xticks(range(len(place)), list(names))
        axes.set_yticks(range(len(spans)), [str(row + 1) for row in range(len(spans))])
        axes.set_ylim(len(spans) - 0.4, -0.6)
        axes.set_xlabel("record, by item, in the order of the shard")
        axes.set_ylabel("invocation")
        legend_below(axes)
        failed = int((outcomes != "success").sum())
        reading = (
            f"{count(len(spans), 'invocation')} for {count(len(place), 'record')}: {failed:,} did not "
            f"succeed, {int(trace.failures['records'].sum()):,} given up."
        )
        return finish(figure, axes, title or reading.rstrip("."), reading)
