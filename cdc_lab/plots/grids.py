"""Tables that one takes in at a glance: each cell with its word, a colour and a hatch."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cdc_lab.plots.drawn import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    YELLOW,
    Drawn,
    canvas,
    count,
    finish,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_PAPER = "#FFFFFF"
_DARK = {BLACK, BLUE, VERMILLION, GREEN}


class _Look(NamedTuple):
    """How the cells of one kind look, and what the legend calls them."""

    color: str
    hatch: str
    label: str


_IMAGES = {
    "keys": _Look(_PAPER, "", "the key alone"),
    "new": _Look(SKY, "", "key and new image"),
    "old": _Look(ORANGE, "//", "key and old image"),
    "new + old": _Look(BLUE, "", "key and both images"),
}


def image_matrix(frame: pd.DataFrame, title: str = "") -> Drawn:
    """Draw which images a record holds, by view type and kind of event (A19).

    Parameters
    ----------
    frame : DataFrame
        A row for each view type, a column for each event name; cells ``keys``, ``new``, ``old`` or
        ``new + old``.
    title : str
        Instead of the one that is made from the cells.
    """
    _not_empty(frame)
    held = {kind: int((frame == kind).sum().sum()) for kind in _IMAGES}
    both = [f"a {event} under {view}" for view, event in _where(frame, "new + old")]
    finding = f"Only {' and '.join(both)} has both images" if both else "No record has both images"
    reading = f"{count(frame.size, 'combination')}: " + ", ".join(
        f"{number} with {_IMAGES[kind].label}" for kind, number in held.items() if number
    )
    with canvas(0.9 + 0.45 * len(frame)) as (figure, axes):
        _fill(axes, frame, lambda value: _IMAGES[value])
        _frame_names(axes, frame, "view type", "event")
        _legend(axes, [look for kind, look in _IMAGES.items() if held[kind]])
        return finish(figure, axes, title or finding, f"{reading}.")


def counted_grid(frame: pd.DataFrame, truth: int, unit: str = "flights", title: str = "") -> Drawn:
    """Draw counts that should all be the same: which are, which lost something, which doubled it.

    Parameters
    ----------
    frame : DataFrame
        A row for each way of counting, a column for each circumstance; the index of the columns names it.
        A value is missing, and its cell empty, where the circumstance cannot happen.
    truth : int
        What each count should be.
    unit : str
        Of the counts.
    title : str
        Instead of the one that is made from the numbers.
    """
    _not_empty(frame)
    low, right, high = (
        _Look(ORANGE, "//", f"fewer than {truth}: lost"),
        _Look(_PAPER, "", f"{truth} {unit}: right"),
        _Look(VERMILLION, "xx", f"more than {truth}: doubled"),
    )
    wrong = (frame.notna() & (frame != truth)).sum(axis="columns")
    always = [str(name) for name in frame.index[wrong == 0]]
    finding = (
        f"Always {truth}: {', '.join(always)}" if always else f"None of {len(frame)} ways is always right"
    )
    parts = [
        f"{name}: {int((row == truth).sum())} of {row.count()} right"
        + (f", between {row.min()} and {row.max()}" if (row.dropna() != truth).any() else "")
        for name, row in frame.iterrows()
    ]
    with canvas(1.0 + 0.42 * len(frame)) as (figure, axes):
        _fill(axes, frame, lambda value: low if value < truth else high if value > truth else right)
        _frame_names(
            axes, frame, "way of counting", "" if frame.columns.name is None else str(frame.columns.name)
        )
        _legend(axes, [low, right, high])
        return finish(figure, axes, title or finding, f"{'; '.join(parts)}.")


def reading_orders(
    orders: Mapping[str, Sequence[tuple[str, object]]],
    title: str = "",
    hatched: Collection[str] = (),
    meaning: str = "",
) -> Drawn:
    """Draw in which order several readers met the same records.

    Parameters
    ----------
    orders : mapping of str to sequence of (item, value)
        For each reader its records as it met them: which item changed, and to what.
    title : str
        Instead of the one that is made from the orders.
    hatched : collection of str
        Items that are drawn with a hatch, such as those of one shard.
    meaning : str
        What the hatch means.
    """
    if not orders or not any(orders.values()):
        raise ValueError("there are no records to draw")
    items = sorted({item for records in orders.values() for item, _ in records})
    colors = (SKY, ORANGE, GREEN, YELLOW, PURPLE, BLUE, VERMILLION, GREY)
    looks = {
        item: _Look(colors[n % 8], "//" if item in hatched else "", str(item)) for n, item in enumerate(items)
    }
    longest = max(map(len, orders.values()))
    with canvas(0.8 + 0.5 * len(orders), 9.5) as (figure, axes):
        for row, records in enumerate(orders.values()):
            for column, (item, value) in enumerate(records):
                _box(axes, row, column, f"{item}\n{value}", looks[item], size=9)
        axes.set_xlim(-0.5, longest - 0.5)
        axes.set_ylim(len(orders) - 0.5, -0.5)
        axes.set_yticks(range(len(orders)), list(orders))
        axes.set_xticks([0, longest - 1], ["first", "last"])
        axes.set_ylabel("reader")
        axes.set_xlabel("record, in the order in which the reader got it")
        _bare(axes)
        if hatched:
            _legend(axes, [_Look(_PAPER, "//", meaning)])
        finding, reading = _order_texts(orders, items)
        return finish(figure, axes, title or finding, reading)


def _order_texts(orders: Mapping[str, Sequence[tuple[str, object]]], items: Sequence[str]) -> tuple[str, str]:
    whole = {tuple(records) for records in orders.values()}
    kept = [
        item
        for item in items
        if len({tuple(value for name, value in records if name == item) for records in orders.values()}) == 1
    ]
    finding = f"{len(whole)} orders of the same records; " + (
        "each item's own changes in one order everywhere"
        if len(kept) == len(items)
        else f"{len(items) - len(kept)} of {count(len(items), 'item')} differ too"
    )
    length = len(next(iter(orders.values())))
    reading = (
        f"{count(len(orders), 'reader')}, {count(length, 'record')} of {count(len(items), 'item')}: "
        f"{count(len(whole), 'different order')} of the whole; "
        f"the same history of {len(kept)} of {count(len(items), 'item')}."
    )
    return finding, reading


def _not_empty(frame: pd.DataFrame) -> None:
    if frame.empty:
        raise ValueError("there are no cells to draw")


def _where(frame: pd.DataFrame, value: object) -> list[tuple[Any, Any]]:
    return [
        (row, column) for row in frame.index for column in frame.columns if frame.loc[row, column] == value
    ]


def _fill(axes: Axes, frame: pd.DataFrame, look_of: Any) -> None:
    import pandas as pd

    for row, values in enumerate(frame.itertuples(index=False)):
        for column, value in enumerate(values):
            if not pd.isna(value):
                _box(axes, row, column, str(value), look_of(value))


def _box(axes: Axes, row: int, column: int, text: str, look: _Look, size: float = 9.5) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(
        Rectangle(
            (column - 0.47, row - 0.44), 0.94, 0.88,
            facecolor=look.color, hatch=look.hatch, edgecolor=GREY if look.color == _PAPER else _PAPER,
        )
    )  # fmt: skip
    ground = {"facecolor": look.color, "edgecolor": "none", "pad": 1.5} if look.hatch else None
    ink = _PAPER if look.color in _DARK else BLACK
    axes.text(column, row, text, ha="center", va="center", color=ink, fontsize=size, bbox=ground)


def _frame_names(axes: Axes, frame: pd.DataFrame, rows: str, columns: str) -> None:
    axes.set_xlim(-0.5, len(frame.columns) - 0.5)
    axes.set_ylim(len(frame) - 0.5, -0.5)
    axes.set_xticks(range(len(frame.columns)), [str(name) for name in frame.columns])
    axes.set_yticks(range(len(frame)), [str(name) for name in frame.index])
    axes.set_xlabel(columns)
    axes.set_ylabel(rows)
    _bare(axes)


def _bare(axes: Axes) -> None:
    axes.tick_params(length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


def _legend(axes: Axes, looks: Sequence[_Look]) -> None:
    from matplotlib.patches import Patch

    figure = axes.figure.get_figure(root=True)
    assert figure is not None
    patches = [
        Patch(
            facecolor=look.color,
            hatch=look.hatch,
            edgecolor=GREY if look.color == _PAPER else _PAPER,
            label=look.label,
        )
        for look in looks
    ]
    figure.legend(handles=patches, loc="outside lower left", ncols=4, handlelength=2.2)
