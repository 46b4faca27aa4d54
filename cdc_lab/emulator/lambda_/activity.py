"""What of Lambda is under way: as long as there is any, a run is not over."""

from __future__ import annotations


class Activity:
    """Counts pollers at work, transitions of mappings, and events on their way to a function."""

    def __init__(self) -> None:
        self._count = 0

    def __repr__(self) -> str:
        return f"<Activity {self._count} under way>"

    @property
    def has_ended(self) -> bool:
        """Whether nothing is under way."""
        return self._count == 0

    def begin(self) -> None:
        """Count something that is under way from here on."""
        self._count += 1

    def end(self) -> None:
        """Count it no longer."""
        self._count -= 1
