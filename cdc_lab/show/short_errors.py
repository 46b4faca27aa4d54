"""Errors that belong to a lesson, in two lines of a notebook: what an AWS service refused, and an interrupt.

Their tracebacks are longer than the screen, and hold nothing but boto3's and the lab's own files. All other
errors keep theirs, and ``%tb`` shows the whole of these, too. Below a name that a cell above makes stands
the remedy. This module is an extension of IPython, so that a kernel knows it before any cell ran.
"""

from __future__ import annotations

import linecache
import sys
import traceback
from types import TracebackType
from typing import Any

from cdc_lab.show import typed_answers
from cdc_lab.show.missing_names import remedy

# The common causes in a lesson: the cell ran before, or another one was stopped half-way.
AGAIN = "If this cell ran before, run the section again, from the cell that opens its lab; %tb shows all."
STOPPED = "The lab may have stopped half-way: run the section again, from the cell that opens its lab."

# What was installed last, to know it from a handler of the reader's own.
_installed: tuple[type[BaseException], ...] = ()


def install(*kinds: type[BaseException]) -> None:
    """Show errors of these kinds in short in the notebook's shell that is running, if one is.

    Whoever has set a handler for exceptions of their own keeps it. A second call does nothing.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        _install(shell, kinds)


def load_ipython_extension(shell: Any) -> None:
    """Do what needs no lab, at the start of a kernel: ``--ext=cdc_lab.show.short_errors``."""
    _install(shell, (KeyboardInterrupt,))


def _install(shell: Any, kinds: tuple[type[BaseException], ...]) -> None:
    global _installed
    typed_answers.install(shell)
    if shell.custom_exceptions and shell.custom_exceptions is not _installed:
        return
    _installed = (*kinds, NameError)
    shell.set_custom_exc(_installed, _show)


def _show(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    frames: TracebackType | None,
    tb_offset: int | None = None,
) -> None:
    # The shell's own display asks an error how to show it; only this once, so that %tb shows all.
    error._render_traceback_ = lambda: lines_of(shell, error, frames, tb_offset)  # type: ignore[attr-defined]
    try:
        shell.showtraceback((kind, error, frames), tb_offset=tb_offset)
    finally:
        del error._render_traceback_  # type: ignore[attr-defined]


def lines_of(
    shell: Any, error: BaseException, frames: TracebackType | None, tb_offset: int | None = None
) -> list[str]:
    """Return what is shown of an error: what it says, where in the cell, and the remedy if there is one."""
    if isinstance(error, NameError):
        whole = shell.InteractiveTB.structured_traceback(type(error), error, frames, tb_offset=tb_offset)
        return [*whole, *filter(None, [remedy(error, shell)])]
    place = _place(shell, frames)
    where = f"In {place}. " if place else ""
    if isinstance(error, KeyboardInterrupt):
        return ["KeyboardInterrupt", where + STOPPED]
    return [f"{type(error).__name__}: {error}", where + AGAIN]


def _place(shell: Any, frames: TracebackType | None) -> str:
    """Return the last line of a cell that was running."""
    for frame in reversed(traceback.extract_tb(frames)):
        named = shell.compile.format_code_name(frame.filename)
        if named is not None:
            source = linecache.getline(frame.filename, frame.lineno or 0).strip()
            return f"line {frame.lineno}, {source!r}"
    return ""
