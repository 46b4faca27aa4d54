"""Lists that are answered page by page."""

from __future__ import annotations

from typing import Any

from cdc_lab.emulator.lambda_.validation import invalid

_MOST = 100


def page(member: str, rows: list[dict[str, Any]], params: dict[str, Any]) -> dict[str, Any]:
    """Return the answer of a list call: one page of rows, and where the next one begins.

    Parameters
    ----------
    member : str
        What the answer calls the rows.
    rows : list of dict
        All of them.
    params : dict
        ``Marker`` and ``MaxItems`` of the call; at most 100 rows are answered at a time.
    """
    try:
        start = int(params.get("Marker") or 0)
    except ValueError:
        raise invalid(f"Invalid pagination token: {params['Marker']}") from None
    end = start + min(params.get("MaxItems", _MOST), _MOST)
    rest = {"NextMarker": str(end)} if end < len(rows) else {}
    return {member: rows[start:end], **rest}
