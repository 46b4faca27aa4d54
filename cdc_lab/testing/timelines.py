"""What happened in a lab, as a few lines of text for the report of a failed test."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdc_lab.trace import Trace
    from cdc_lab.trace.tables import Invocation

MOST_LINES = 20
_LONGEST = 160
_NOTE = "    -> "
_ATTEMPT = re.compile(r" attempt \d+")


def timeline(trace: Trace, most: int = MOST_LINES, notes: Mapping[str, Sequence[str]] | None = None) -> str:
    """One line for each invocation, and for records that were given up; the first `most`.

    What the lab could not follow stands below.

    Parameters
    ----------
    trace : Trace
    most : int
    notes : mapping of str to sequence of str, optional
        Lines to stand below an invocation, by its request id. These invocations are never left out.

    Examples
    --------
    ``+0.000 s  shard 1  batch 1 attempt 2  order_id=o0 ... o4 (5 records)  error: Runtime exited: killed``
    """
    invocations = trace.rows.invocations
    if not invocations:
        return "\n".join(["nothing was delivered", *unfollowed(trace)])
    keys: dict[int, list[str]] = {}
    for delivery in trace.rows.deliveries:
        keys.setdefault(delivery.invocation, []).append(delivery.keys)
    read = [row.shard_id for row in invocations if row.mapping]
    shards = {shard: number for number, shard in enumerate(dict.fromkeys(read), 1)}
    start = invocations[0].started_at
    lines: list[tuple[datetime, str]] = []
    for row in invocations:
        line = _invocation(row, shards, keys.get(row.invocation, []))
        below = [f"\n{_NOTE}{note}" for note in (notes or {}).get(row.request_id, ()) if row.request_id]
        lines.append((row.started_at, "".join([line, *dict.fromkeys(below)])))
    for lost in trace.rows.failures:
        where = f"shard {shards.get(lost.shard_id, '?')}" if lost.mapping else lost.function
        lines.append((lost.at, f"{where}  given up: {lost.condition}  ({_count(lost.records)})"))
    lines.sort(key=lambda line: line[0])
    shown = list(_shown(lines, start))
    if len(shown) > most:
        noted = [place for place, line in enumerate(shown) if _NOTE in line]
        kept = sorted([*noted, *(place for place in range(len(shown)) if place not in noted)][:most])
        left_out = len(shown) - most
        shown = [*(shown[place] for place in kept), f"... and {left_out} more lines: lab.trace.invocations"]
    return "\n".join([*shown, *unfollowed(trace)])


def unfollowed(trace: Trace) -> list[str]:
    """What handlers did that takes real time and no lab time, one line for each process and address.

    Examples
    --------
    ``not followed: handler started the process git (3 times)``
    """
    counts = Counter((row.function, row.kind, row.target) for row in trace.rows.unfollowed)
    return [
        f"not followed: {function} {_DID[kind]} {target} ({count} {'time' if count == 1 else 'times'})"
        for (function, kind, target), count in counts.items()
    ]


_DID = {"process": "started the process", "socket": "connected to"}


def _invocation(row: Invocation, shards: dict[str, int], keys: list[str]) -> str:
    if not row.mapping:
        return f"{row.function}  asynchronous event {row.batch} attempt {row.attempt}  {_outcome(row)}"
    where = f"shard {shards[row.shard_id]}  batch {row.batch} attempt {row.attempt}"
    return f"{where}  {_records(keys)}  {_outcome(row)}"


def _shown(lines: list[tuple[datetime, str]], start: datetime) -> Iterator[str]:
    # A batch that fails alike for a day is two lines, not a thousand.
    for _, alike in groupby(lines, key=lambda line: _ATTEMPT.sub("", line[1])):
        first, *others = alike
        yield f"{(first[0] - start).total_seconds():+.3f} s  {first[1]}"
        if len(others) > 1:
            yield f"    and {len(others)} times more, the last at"
        if others:
            yield f"{(others[-1][0] - start).total_seconds():+.3f} s  {others[-1][1]}"


def _records(keys: list[str]) -> str:
    if len(keys) < 3:
        return ", ".join(keys) or "no record"
    return f"{keys[0]} ... {keys[-1]} ({_count(len(keys))})"


def _count(number: int) -> str:
    return f"{number} record" if number == 1 else f"{number} records"


def _outcome(row: Invocation) -> str:
    text = f"{row.outcome}: {row.error}" if row.error else row.outcome
    first = text.splitlines()[0]
    return first if len(first) <= _LONGEST else first[: _LONGEST - 3] + "..."
