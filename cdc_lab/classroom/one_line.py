"""Errors of a service, and interrupts, in one line: what happened, where in the cell, and which cell to run.

In a notebook boto3's ``ClientError`` comes with a traceback longer than the screen, most of it botocore's.
In a lesson the common cause is a cell that ran before: the table is there already, the mapping is gone.
"""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

from cdc_lab.show.expect import summary

AGAIN = "If this cell ran before, run the section again, from the cell that opens its lab."
STOPPED = "The lab may have stopped half way: run the section again, from the cell that opens its lab."


def install() -> None:
    """Show such errors of the running shell in one line, if a shell runs; doing it twice is doing it once."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        from botocore.exceptions import ClientError

        shell.set_custom_exc((ClientError, KeyboardInterrupt), _show)


def line_for(error: BaseException, trace: TracebackType | None) -> str:
    """Return the one line for an error that a cell let out."""
    told = summary(error)
    where = _line_of_the_cell(trace)
    advice = STOPPED if isinstance(error, KeyboardInterrupt) else AGAIN
    end = "" if told.endswith((".", "!", "?")) else "."
    return f"{told}{end} (Line {where} of this cell.) {advice}" if where else f"{told}{end} {advice}"


def _show(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
    tb_offset: int | None = None,
) -> None:
    # What IPython asks an error for, before it makes a traceback of its own.
    error._render_traceback_ = lambda: [line_for(error, trace)]  # type: ignore[attr-defined]
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)


def _line_of_the_cell(trace: TracebackType | None) -> int | None:
    while trace is not None:
        frame = trace.tb_frame
        if frame.f_globals.get("__name__") == "__main__" and frame.f_code.co_name == "<module>":
            return trace.tb_lineno
        trace = trace.tb_next
    return None
