"""The four view types of a stream: which images its records carry (A19)."""

from __future__ import annotations

from typing import NamedTuple


class ViewType(NamedTuple):
    """What records of a stream carry beside the key."""

    name: str
    has_new: bool
    has_old: bool


# In the order in which AWS's refusal lists them.
VIEW_TYPES = {
    view_type.name: view_type
    for view_type in (
        ViewType("NEW_IMAGE", has_new=True, has_old=False),
        ViewType("OLD_IMAGE", has_new=False, has_old=True),
        ViewType("NEW_AND_OLD_IMAGES", has_new=True, has_old=True),
        ViewType("KEYS_ONLY", has_new=False, has_old=False),
    )
}
