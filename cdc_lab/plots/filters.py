"""What a filter lets pass, beside what was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdc_lab.plots.drawn import ORANGE, SKY, VERMILLION, Drawn, canvas, count, finish
from cdc_lab.plots.grids import _PAPER, _fill, _frame_names, _legend, _Look, _not_empty

if TYPE_CHECKING:
    import pandas as pd

_LOOKS = {
    "passes": _Look(SKY, "", "passes, as meant"),
    "": _Look(_PAPER, "", "kept out, as meant"),
    "passes too": _Look(VERMILLION, "xx", "passes, and should not"),
    "lost": _Look(ORANGE, "//", "kept out, and should pass: lost"),
}


def passing(passes: pd.DataFrame, meant: pd.DataFrame, title: str = "") -> Drawn:
    """Draw which records pass which filter, and where that is not what was meant.

    Parameters
    ----------
    passes, meant : DataFrame of bool
        A row for each filter, a column for each record; the same labels in both.
    title : str
        Instead of the one that is made from the cells.
    """
    import pandas as pd

    _not_empty(passes)
    kinds = pd.DataFrame("", index=passes.index, columns=passes.columns)
    kinds = kinds.mask(passes & meant, "passes").mask(passes & ~meant, "passes too")
    kinds = kinds.mask(~passes & meant, "lost")
    wrong = (passes != meant).any(axis="columns")
    finding = (
        f"{int(wrong.sum())} of {count(len(passes), 'filter')} do something else than was meant"
        if wrong.any()
        else f"All of {count(len(passes), 'filter')} do what was meant"
    )
    lost, more = int((kinds == "lost").sum().sum()), int((kinds == "passes too").sum().sum())
    reading = f"{lost} times a record is lost, {more} times one passes that should not" + (
        f"; wrong: {', '.join(map(str, passes.index[wrong]))}." if wrong.any() else "."
    )
    with canvas(0.9 + 0.4 * len(passes)) as (figure, axes):
        _fill(axes, kinds, _LOOKS.__getitem__)
        _frame_names(axes, kinds, "filter", "record")
        _legend(axes, list(_LOOKS.values()))
        return finish(figure, axes, title or finding, reading)
