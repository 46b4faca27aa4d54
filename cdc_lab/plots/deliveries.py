"""How late records are, and how often they come: iterator age and deliveries per record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdc_lab.plots.drawn import (
    BLUE,
    ORANGE,
    SERIES_COLORS,
    SERIES_LINES,
    SERIES_MARKERS,
    VERMILLION,
    Drawn,
    canvas,
    count,
    duration,
    finish,
    from_zero,
    legend_below,
    shard_name,
)
from cdc_lab.plots.time_axis import TimeAxis

if TYPE_CHECKING:
    import pandas as pd

    from cdc_lab.trace import Trace

_UNITS = (("ms", 1.0, 1e3), ("s", 1e3, 180e3), ("min", 60e3, 7200e3), ("h", 3600e3, float("inf")))
_NAMES = re.compile(r"(^|, )[^=]+=")
_EACH = 40  # records; with more, their number per count of deliveries is drawn


def iterator_age(trace: Trace | pd.DataFrame, title: str = "") -> Drawn:
    """Draw the age of the last record of each batch when it was sent, by shard (AWS's ``IteratorAge``, D1).

    Parameters
    ----------
    trace : Trace or DataFrame
        What ``lab.run()`` returned, or ``invocations`` of one or more runs, told apart by ``function``.
    title : str
        Instead of the one that is made from the numbers.
    """
    import pandas as pd

    invocations = trace if isinstance(trace, pd.DataFrame) else trace.invocations
    frame = invocations.dropna(subset=["iterator_age_ms"])
    if frame.empty:
        raise ValueError("the trace has no invocation with records, so there is no iterator age to draw")
    axis = TimeAxis([frame["started_at"]])
    top = frame["iterator_age_ms"].max()
    unit, size = next((name, size) for name, size, below in _UNITS if top < below)
    with canvas() as (figure, axes):
        for number, (name, those) in enumerate(frame.groupby(["function", "shard_id"])):
            step = max(1, len(those) // 12)
            axes.plot(
                axis.x(those["started_at"]),
                those["iterator_age_ms"] / size,
                color=SERIES_COLORS[number % 8],
                marker=SERIES_MARKERS[number % 8],
                markevery=sorted({*range(0, len(those), step), len(those) - 1}),
                linestyle=SERIES_LINES[number % 8],
                markersize=5,
                linewidth=1.5,
                label=_series_name(frame, *map(str, name)),
            )
        from_zero(axes)
        axes.set_ylabel(f"iterator age ({unit})")
        axis.label(axes)
        legend_below(axes, 4)
        return finish(figure, axes, title or _age_finding(frame), _age_reading(frame, axis))


def attempts_per_record(trace: Trace, title: str = "") -> Drawn:
    """Draw how often each record was delivered; with many records, how many were delivered how often.

    Parameters
    ----------
    trace : Trace
        What ``lab.run()`` returned.
    title : str
        Instead of the one that is made from the numbers.
    """
    per_record = _per_record(trace.deliveries)
    if per_record.empty:
        raise ValueError("the trace has no deliveries to draw")
    from matplotlib.ticker import MaxNLocator

    with canvas() as (figure, axes):
        if len(per_record) <= _EACH:
            for outcome, color, hatch in (("done", BLUE, ""), ("never done", VERMILLION, "xx")):
                those = per_record[per_record["passed"] == (outcome == "done")]
                if len(those):
                    axes.bar(
                        those["place"],
                        those["deliveries"],
                        color=color,
                        hatch=hatch,
                        edgecolor="white",
                        label=outcome,
                    )
            axes.set_xticks(per_record["place"], [_NAMES.sub(r"\1", keys) for keys in per_record["keys"]])
            axes.tick_params(axis="x", rotation=40 if len(per_record) > 8 else 0)
            axes.set_xlabel("record, by item, in the order of the first delivery")
            axes.set_ylabel("deliveries (count)")
            axes.yaxis.set_major_locator(MaxNLocator(integer=True))
            legend_below(axes)
        else:
            counts = per_record["deliveries"].value_counts().sort_index()
            colors = [BLUE if often == 1 else ORANGE for often in counts.index]
            axes.bar(counts.index, counts, width=0.6, color=colors)
            axes.set_xlim(0.4, max(4, counts.index.max()) + 0.6)
            for often, records in counts.items():
                axes.annotate(
                    f"{records:,}",
                    (float(str(often)), records),
                    (0, 2),
                    textcoords="offset points",
                    ha="center",
                )
            axes.set_xticks(range(1, int(counts.index.max()) + 1))
            axes.set_xlabel("deliveries of a record (count)")
            axes.set_ylabel("records (count)")
        return finish(figure, axes, title or _attempts_finding(per_record), _attempts_reading(per_record))


def _series_name(frame: pd.DataFrame, function: str, shard: str) -> str:
    if frame["function"].nunique() == 1:
        return f"shard {shard_name(shard)}"
    alone = frame.loc[frame["function"] == function, "shard_id"].nunique() == 1
    return function if alone else f"{function} {shard_name(shard)}"


def _age_finding(frame: pd.DataFrame) -> str:
    highest = frame.groupby("function")["iterator_age_ms"].max() / 1000
    if 1 < len(highest) <= 3:
        *others, last = [f"{duration(age)} in {function}" for function, age in highest.items()]
        return f"Iterator age reaches {', '.join(others)} and {last}"
    peak = frame.iloc[frame["iterator_age_ms"].argmax()]
    where = f" on shard {shard_name(peak['shard_id'])}" if frame["shard_id"].nunique() > 1 else ""
    return f"Iterator age reaches {duration(peak['iterator_age_ms'] / 1000)}{where}"


def _age_reading(frame: pd.DataFrame, axis: TimeAxis) -> str:
    parts = []
    for function, those in frame.groupby("function"):
        peak = those.iloc[those["iterator_age_ms"].argmax()]
        others = those.loc[those["shard_id"] != peak["shard_id"], "iterator_age_ms"]
        parts.append(
            f"{function}: {count(len(those), 'invocation')}, "
            f"median age {duration(those['iterator_age_ms'].median() / 1000)}, "
            f"highest {duration(peak['iterator_age_ms'] / 1000)} at {axis.clock(peak['started_at'])}"
            + (f", on its other shards at most {duration(others.max() / 1000)}" if len(others) else "")
        )
    return f"{'; '.join(parts)}."


def _per_record(deliveries: pd.DataFrame) -> pd.DataFrame:
    grouped = deliveries.groupby(["mapping", "event_id"], sort=False)
    frame = grouped.agg(
        keys=("keys", "first"),
        deliveries=("delivery", "max"),
        passed=("outcome", lambda outcomes: bool((outcomes == "success").any())),
    )
    return frame.assign(place=range(len(frame)))


def _attempts_finding(frame: pd.DataFrame) -> str:
    again = int((frame["deliveries"] > 1).sum())
    if not again:
        return f"Each of {count(len(frame), 'record')} was delivered exactly once"
    most = int(frame["deliveries"].max())
    return f"{again:,} of {count(len(frame), 'record')} came more than once, up to {most} times"


def _attempts_reading(frame: pd.DataFrame) -> str:
    total = int(frame["deliveries"].sum())
    lost = int((~frame["passed"]).sum())
    text = f"{count(total, 'delivery', 'deliveries')} of {count(len(frame), 'record')}"
    return f"{text}; {lost:,} never done." if lost else f"{text}; every one was done in the end."
