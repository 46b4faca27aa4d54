"""Values beside a limit that none of them may pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cdc_lab.plots.drawn import BLACK, BLUE, VERMILLION, Drawn, amount, canvas, count, finish, legend_below

if TYPE_CHECKING:
    import pandas as pd


def against_limit(
    values: Mapping[Any, float] | pd.Series[Any], limit: float, unit: str, by: str, title: str = ""
) -> Drawn:
    """Draw a value for each choice, and the limit: which choices stay below it.

    Parameters
    ----------
    values : mapping or Series
        Choice to value, in the order of the axis: ``{1: 2900, 4: 800}``.
    limit : float
        In the unit of the values.
    unit : str
        Of the values, for the axis: ``writes per second``.
    by : str
        What a choice is: ``rows per airport``.
    title : str
        Instead of the one that is made from the numbers.
    """
    pairs = [(choice, float(value)) for choice, value in values.items()]
    if not pairs:
        raise ValueError("there are no values to draw")
    with canvas() as (figure, axes):
        for label, color, hatch, wanted in (
            ("above the limit", VERMILLION, "xx", True),
            ("within it", BLUE, "", False),
        ):
            mine = [(place, value) for place, (_, value) in enumerate(pairs) if (value > limit) is wanted]
            if mine:
                places, heights = zip(*mine, strict=True)
                axes.bar(places, heights, width=0.6, color=color, hatch=hatch, edgecolor="white", label=label)
        for place, (_, value) in enumerate(pairs):
            axes.annotate(
                amount(round(value)), (place, value), (0, 2), textcoords="offset points", ha="center"
            )
        axes.axhline(limit, color=BLACK, linestyle="--", linewidth=1.4, label=f"limit: {amount(limit)}")
        axes.set_xticks(range(len(pairs)), [str(choice) for choice, _ in pairs])
        axes.margins(y=0.12)
        axes.set_ylabel(unit)
        axes.set_xlabel(by)
        legend_below(axes)
        return finish(figure, axes, title or _finding(pairs, limit, unit, by), _reading(pairs, limit, unit))


def _finding(pairs: list[tuple[Any, float]], limit: float, unit: str, by: str) -> str:
    within = [choice for choice, value in pairs if value <= limit]
    if not within:
        return f"Not one stays within {amount(limit)} {unit}"
    if len(within) == len(pairs):
        return f"All stay within {amount(limit)} {unit}"
    tail = [choice for choice, _ in pairs][-len(within) :]
    if within == tail:
        return f"From {within[0]} {by} on, the limit of {amount(limit)} {unit} holds"
    return f"{len(within)} of {len(pairs)} stay within {amount(limit)} {unit}"


def _reading(pairs: list[tuple[Any, float]], limit: float, unit: str) -> str:
    above = [(choice, value) for choice, value in pairs if value > limit]
    highest: tuple[Any, float] = max(pairs, key=lambda pair: pair[1])
    lowest: tuple[Any, float] = min(pairs, key=lambda pair: pair[1])
    return (
        f"{count(len(above), 'value')} above {amount(limit)} {unit}; highest {amount(round(highest[1]))} "
        f"at {highest[0]}, lowest {amount(round(lowest[1]))} at {lowest[0]}."
    )
