"""Cells of the notebook that did not run to their end: what they define is still as it was before.

After a syntax error a notebook has the old handler under the name of the new one. Without a word of it the
check would judge the old one, and the reader would look for the fault in code that never ran.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from typing import Any, ClassVar

_DEFINES = re.compile(r"^(?:async +)?(?:def|class) +(\w+)|^(\w+)(?: *:[^=\n]+)? *=(?!=)", re.MULTILINE)


class BrokenCells:
    """Listens to the shell's cells.

    Attributes
    ----------
    errors : dict
        What ended the cell that should have defined a name: ``SyntaxError: '(' was never closed (line 3)``.
    """

    _one: ClassVar[BrokenCells | None] = None

    def __init__(self, names: dict[str, Any]) -> None:
        self.errors: dict[str, str] = {}
        self._names = names
        self._before: dict[str, int] = {}

    @classmethod
    def install(cls) -> None:
        """Listen to the shell that is running, if one is; doing it twice is doing it once."""
        ipython = sys.modules.get("IPython")
        shell = ipython.get_ipython() if ipython else None
        if shell is None or (cls._one is not None and cls._one._names is shell.user_ns):
            return
        cls._one = one = cls(shell.user_ns)
        shell.events.register("pre_run_cell", one.begin)
        shell.events.register("post_run_cell", one.end)

    @classmethod
    def error_of(cls, values: Iterable[Any]) -> tuple[str, str] | None:
        """The first of these values whose cell ended in an error before it defined it anew.

        Returns
        -------
        tuple of str
            Its name in the notebook, and the error; None where there is none.
        """
        one = cls._one
        if one is None or not one.errors:
            return None
        wanted = {id(value) for value in values}
        return next(
            (
                (name, error)
                for name, error in one.errors.items()
                if name in one._names and id(one._names[name]) in wanted
            ),
            None,
        )

    def begin(self, info: Any) -> None:
        """A cell is about to run."""
        self._before = {name: id(self._names.get(name)) for name in _defined(info.raw_cell)}

    def end(self, result: Any) -> None:
        """A cell has run, or could not."""
        if result.info is None:
            return
        error = result.error_before_exec or result.error_in_exec
        for name in _defined(result.info.raw_cell):
            is_as_before = self._before.get(name) == id(self._names.get(name))
            if error is not None and is_as_before and not isinstance(error, KeyboardInterrupt):
                self.errors[name] = _told(error)
            else:
                self.errors.pop(name, None)


def _defined(cell: str | None) -> list[str]:
    return [found[1] or found[2] for found in _DEFINES.finditer(cell or "")]


def _told(error: BaseException) -> str:
    text = f"{type(error).__name__}: {getattr(error, 'msg', None) or error}"
    line = getattr(error, "lineno", None)
    return f"{text} (line {line})" if line else text
