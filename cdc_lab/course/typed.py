"""Commands as the reader types them: ``make course ARGS="--only 03"``, or ``cdc-lab course --only 03``."""

from __future__ import annotations

import argparse
import os
import re

# The Makefile sets it. Taken out at once: what a command starts was not typed by the reader.
_BY_MAKE = os.environ.pop("CDC_LAB_TYPED", "") == "make"
_NO_TARGET = ("start", "example", "try", "replay", "template", "deployable")


def typed(verb: str, arguments: str = "", *, by_make: bool | None = None) -> str:
    """Return a command as the reader types commands.

    Parameters
    ----------
    verb : str
        Such as ``course``.
    arguments : str
        Such as ``--only 03``.
    by_make : bool, optional
        Instead of how this process was started.
    """
    by_make = _BY_MAKE if by_make is None else by_make
    if not by_make or verb in _NO_TARGET:
        return f"cdc-lab {verb} {arguments}".rstrip()
    return f'make {verb} ARGS="{arguments}"' if arguments else f"make {verb}"


def name_of(verb: str, *, by_make: bool | None = None) -> str:
    """Return whose messages these are: the name before the colon of an error."""
    by_make = _BY_MAKE if by_make is None else by_make
    return f"make {verb}" if by_make else "cdc-lab"


def show_as_typed(command: argparse.ArgumentParser, verb: str) -> None:
    """Have a command's parser show its usage as the reader types the command."""
    if not _BY_MAKE or verb in _NO_TARGET:
        return
    words = re.sub(r"\s+", " ", command.format_usage()).strip()
    _, _, arguments = words.partition(f"{command.prog} ")
    action = command.prog.partition(f"{verb} ")[2]  # of a command that has several: exercise check
    command.usage = f'make {verb} ARGS="{f"{action} {arguments}".strip()}"'.replace("%", "%%")
    command.prog = f"make {verb}"
