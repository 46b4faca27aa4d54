"""Who may read a shard: AWS admits two readers at a time (B15)."""

from __future__ import annotations

MAX_READERS = 2  # B15: per shard; a third one is throttled


class ReaderPlaces:
    """Who may read a shard: two mappings in each poll interval, and nobody is refused for ever."""

    def __init__(self) -> None:
        self.mappings: dict[str, list[str]] = {}  # by stream ARN, those that are enabled
        self._grants: dict[str, tuple[int, list[str]]] = {}
        self._refused: dict[str, list[str]] = {}

    def join(self, stream: str, mapping: str) -> None:
        """Take note that a mapping starts to read that stream."""
        self.mappings.setdefault(stream, []).append(mapping)

    def leave(self, stream: str, mapping: str) -> None:
        """Take note that it stops."""
        if mapping in self.mappings.get(stream, ()):
            self.mappings[stream].remove(mapping)

    def admit(self, stream: str, shard: str, mapping: str, tick: int) -> bool:
        """Return whether the mapping may read the shard in this interval."""
        if len(self.mappings.get(stream, ())) <= MAX_READERS:
            return True
        when, granted = self._grants.get(shard, (-1, []))
        if when != tick:
            # Those refused in the last interval come first in this one.
            granted = self._refused.pop(shard, [])[:MAX_READERS]
        if mapping not in granted and len(granted) < MAX_READERS:
            granted.append(mapping)
        self._grants[shard] = (tick, granted)
        if mapping in granted:
            return True
        waiting = self._refused.setdefault(shard, [])
        if mapping not in waiting:
            waiting.append(mapping)
        return False
