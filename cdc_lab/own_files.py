"""Where the course's own notebooks and data lie: in a checkout, and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

PACKAGED = Path(__file__).resolve().parent / "course_files"
"""What a wheel brought: ``notebooks/`` and ``data/``. In a checkout there is no such folder."""

_CHECKOUT = Path(__file__).resolve().parents[1]


def own_folders(name: str) -> list[Path]:
    """Return where a folder of the course may be, ``notebooks`` or ``data``: a checkout's comes first."""
    return [_CHECKOUT / name, PACKAGED / name]
