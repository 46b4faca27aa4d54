"""Lab time along the x axis: seconds or minutes since the start of a short run, the clock of a long one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from matplotlib.axes import Axes

_SHORT, LONG = 180.0, 7200.0  # seconds: below the second the axis counts, above it has a clock


class TimeAxis:
    """Turns timestamps into positions and labels the axis to match.

    Parameters
    ----------
    times : iterable of pandas Series
        Every timestamp (UTC) that will be drawn.
    tz : str
        Time zone of the clock on a long axis.
    """

    def __init__(self, times: Iterable[pd.Series[Any]], tz: str = "UTC") -> None:
        import pandas as pd

        filled = [series for series in times if len(series)]
        every = pd.concat(filled) if filled else pd.Series([pd.Timestamp(0, tz="UTC")])
        self.start: pd.Timestamp = every.min().floor("s")  # the label names it in whole seconds
        self.end: pd.Timestamp = every.max()
        self.tz = tz
        self.span = (self.end - self.start).total_seconds()
        # On a long axis positions are matplotlib's date numbers, which count days.
        self.per_second = 1.0 if self.span < _SHORT else 1 / 60 if self.span < LONG else 1 / 86400

    def x(self, times: Any) -> np.ndarray[Any, Any]:
        """Positions of timestamps."""
        import pandas as pd

        seconds = (pd.Series(times) - self.start).dt.total_seconds().to_numpy() * self.per_second
        return seconds + self._origin()

    def width(self, seconds: float) -> float:
        """A length of time in positions."""
        return seconds * self.per_second

    def clock(self, moment: pd.Timestamp) -> str:
        """``15:30`` or, on a short axis, ``15:30:05``, in the axis's zone."""
        return moment.tz_convert(self.tz).strftime("%H:%M:%S" if self.span < LONG else "%H:%M")

    def label(self, axes: Axes) -> None:
        """Name the axis with its unit, and set limits and ticks."""
        origin, width = self._origin(), max(self.width(self.span), self.width(1.0))
        axes.set_xlim(origin - 0.02 * width, origin + 1.03 * width)
        zone = self.tz.rpartition("/")[2].replace("_", " ")
        zone = zone if zone == "UTC" else f"{zone} time"
        if self.span < LONG:
            unit = "s" if self.span < _SHORT else "min"
            axes.set_xlabel(
                f"lab time since {self.start.tz_convert(self.tz):%Y-%m-%d %H:%M:%S} {zone} ({unit})"
            )
            return
        from zoneinfo import ZoneInfo

        from matplotlib.dates import AutoDateLocator, DateFormatter

        days = self.span > 86400 * 1.5
        zoned = ZoneInfo(self.tz)
        ticks = AutoDateLocator(tz=zoned, minticks=4, maxticks=9)  # type: ignore[no-untyped-call]
        texts = DateFormatter("%d %b %H:%M" if days else "%H:%M", tz=zoned)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(ticks)
        axes.xaxis.set_major_formatter(texts)
        first, last = (moment.tz_convert(self.tz).date() for moment in (self.start, self.end))
        dates = f"on {first}" if first == last else f"from {first} to {last}"
        axes.set_xlabel(f"lab time {dates} ({zone})")

    def _origin(self) -> float:
        return 0.0 if self.span < LONG else self.start.timestamp() / 86400
