"""Ids that follow from a seed."""

from __future__ import annotations

import random

_VERSION, _VARIANT = 4 << 76, 2 << 62
_OTHERS = ~((0xF << 76) | (0x3 << 62))


def seeded_uuid(rng: random.Random) -> str:
    """Return the next UUID of a random generator, version 4 in form."""
    # By hand: uuid.UUID takes longer than what the id is for.
    digits = f"{rng.getrandbits(128) & _OTHERS | _VERSION | _VARIANT:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
