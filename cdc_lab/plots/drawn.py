"""A figure with its finding and its reading, and the one style that all figures share."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's palette: told apart with every common form of colour blindness.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILLION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY = "#8C8C8C"

# Never colour alone: the n-th series has its own marker and line style too.
SERIES_COLORS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK, GREY)
SERIES_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
SERIES_LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)), (0, (3, 1, 1, 1)), (0, (8, 3)))

_COLORS = 128
# Pixels of the picture for each that it takes on the page: screens of today have two, some three.
_SHARPNESS = 2
_DPI = 100

_STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.labelsize": 10,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "figure.dpi": _DPI,
    "figure.facecolor": "white",
    "font.family": ["DejaVu Sans"],  # comes with matplotlib: the same picture everywhere
    "font.size": 9.5,
    "hatch.linewidth": 0.8,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
}


class Drawn:
    """A finished figure. As the last expression of a cell it shows itself once, its reading below.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
        Not known to pyplot, so that no backend shows it a second time.
    title : str
        The finding.
    reading : str
        One line on what the figure shows, made from the same numbers.
    """

    def __init__(self, figure: Figure, title: str, reading: str) -> None:
        self.figure = figure
        self.title = title
        self.reading = reading

    def __repr__(self) -> str:
        return f"{self.title}\n{self.reading}"

    def png(self) -> bytes:
        """Return the picture, the same bytes for the same numbers and the same matplotlib.

        It has twice as many pixels each way as `size`, so that it is sharp on a screen of high density.
        """
        from PIL import Image

        drawn, packed = io.BytesIO(), io.BytesIO()
        with style():
            self.figure.savefig(drawn, format="png", dpi=_SHARPNESS * _DPI)
        # A plot needs few colours: with a palette it takes a third of the space in a notebook.
        few = Image.open(drawn).convert("RGB").quantize(_COLORS, dither=Image.Dither.NONE)
        few.save(packed, format="PNG", optimize=True)
        return packed.getvalue()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height on a page, in CSS pixels."""
        width, height = self.figure.get_size_inches() * _DPI
        return round(width), round(height)

    @property
    def alt(self) -> str:
        """What stands for the picture where it cannot be seen."""
        return f"{self.title}. {self.reading}"

    def save(self, path: str | Path) -> None:
        """Write the picture to a PNG file."""
        Path(path).write_bytes(self.png())

    def _ipython_display_(self) -> None:
        from IPython.display import display

        picture = {"image/png": self.png(), "text/plain": f"Figure: {self.title}"}
        width, height = self.size
        # Jupyter's own keys for the size. `alt` is read by nbconvert's pages (`cdc_lab.course.pages`) and by
        # the course's extension of JupyterLab, whose own renderer knows no alternative text.
        about = {"image/png": {"alt": self.alt, "width": width, "height": height}}
        reading = {"text/plain": self.reading, "text/html": f"<p><i>{escape(self.reading)}</i></p>"}
        display(picture, metadata=about, raw=True)  # type: ignore[no-untyped-call]
        display(reading, raw=True)  # type: ignore[no-untyped-call]


@contextmanager
def style() -> Iterator[None]:
    """Inside, matplotlib draws in the course's style, whatever the user's own settings are."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        yield


@contextmanager
def canvas(height: float = 3.5, width: float = 9.0) -> Iterator[tuple[Figure, Axes]]:
    """Give a figure with one pair of axes to draw on in the course's style; sizes in inches."""
    from matplotlib.figure import Figure

    with style():
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure, figure.add_subplot()


def finish(figure: Figure, axes: Axes, title: str, reading: str) -> Drawn:
    """Put the title on and hand the figure over with its reading."""
    axes.set_title(title)
    return Drawn(figure, title, reading)


def from_zero(axes: Axes) -> None:
    """Begin the y axis a little below zero, so that a mark at zero lies whole above the axis's line."""
    top = max(axes.get_ylim()[1], 0.0)
    axes.set_ylim(-0.03 * top, top)


_LARGEST_MARK = 300.0  # square points: as wide as a line in the legend


def legend_below(axes: Axes, columns: int = 6) -> None:
    """Put the legend under the axes, where it covers no data."""
    from matplotlib.collections import PathCollection
    from matplotlib.container import Container

    entries = list(zip(*axes.get_legend_handles_labels(), strict=True))
    entries.sort(key=lambda entry: not isinstance(entry[0], Container))  # bars first, marks after
    if len(entries) > 1:
        figure = axes.figure.get_figure(root=True)
        assert figure is not None
        handles, labels = zip(*entries, strict=True)
        legend = figure.legend(handles, labels, loc="outside lower left", ncols=columns, handlelength=2.2)
        for handle in legend.legend_handles:
            if isinstance(handle, PathCollection):
                # As large as among the data, a mark would run through the words beside it.
                handle.set_sizes([min(float(handle.get_sizes()[0]), _LARGEST_MARK)])


def count(number: float, noun: str, plural: str = "") -> str:
    """``1 retry``, ``2 retries``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def duration(seconds: float) -> str:
    """A length of time in the unit that suits it: ``350 ms``, ``12.5 s``, ``3.2 min``, ``1.5 h``."""
    for limit, unit, factor in ((1, "ms", 1e3), (120, "s", 1), (7200, "min", 1 / 60)):
        if abs(seconds) < limit:
            return f"{_short(seconds * factor)} {unit}"
    return f"{_short(seconds / 3600)} h"


def amount(number: Any, sign: str = "") -> str:
    """A value for a text: ``1,234``, ``0.5``; with sign ``+``, ``+3``."""
    return f"{number:{sign},.6g}" if isinstance(number, float) else f"{number:{sign},}"


def _short(number: float) -> str:
    return f"{number:.0f}" if abs(number) >= 100 or number == round(number) else f"{number:.1f}"


def shard_name(shard_id: str) -> str:
    """The end of a shard's id, which tells shards apart: ``…f55eea83``."""
    return f"…{shard_id[-8:]}"
