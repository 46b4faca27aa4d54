"""Runs pytest in a process of its own that need not import everything anew.

Most of a short test's time goes into imports. Where the system can fork, a server that has them waits beside
the kernel, and each run is a fork of it: fresh, and there at once. Elsewhere a run is a new process.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

# What a test in a lab imports. Not the plugin itself: pytest rewrites its asserts as it imports it.
_IMPORTED = (
    "pytest",
    "time_machine",
    "boto3.dynamodb.conditions",
    "cdc_lab.emulator.account",
    "cdc_lab.lab",
    "cdc_lab.patterns",
    __name__,
)
_STARTS = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


class Ended(NamedTuple):
    """How a run of pytest ended: its exit code, None where it was ended, and what it wrote."""

    code: int | None
    out: str
    err: str


def run(
    folder: Path,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    typed: str,
    files: Path,
    seconds: float,
) -> Ended:
    """Run pytest as in a terminal, and wait for it.

    Parameters
    ----------
    folder : Path
        Where it runs.
    arguments : sequence of str
    environment : mapping of str to str
        All of its environment.
    typed : str
        What it reads from standard input.
    files : Path
        An empty folder for what goes in and out.
    seconds : float
        How long it may take.
    """
    context = multiprocessing.get_context(_STARTS)
    if _STARTS == "forkserver":
        context.set_forkserver_preload(list(_IMPORTED))
    (files / "in").write_text(typed, encoding="utf-8")
    options = (str(folder), list(arguments), dict(environment), str(files))
    process = context.Process(target=_pytest, args=options)  # type: ignore[attr-defined]  # every context has
    process.start()
    try:
        process.join(seconds)
        code = process.exitcode
    finally:
        if process.is_alive():  # it took too long, or the reader interrupted the cell
            process.kill()
            process.join()
    out, err = ((files / name).read_text("utf-8", errors="replace") for name in ("out", "err"))
    return Ended(code, out, err)


def _pytest(folder: str, arguments: list[str], environment: dict[str, str], files: str) -> None:
    """What happens in the process: everything of the kernel's is put away first."""
    for number, (name, mode) in enumerate((("in", "r"), ("out", "w"), ("err", "w"))):
        with Path(files, name).open(mode) as file:
            os.dup2(file.fileno(), number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - it ends with the process
    sys.stdout = open(1, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.dont_write_bytecode = True  # a file that changes within a second would be read from its cache
    sys.path.insert(0, folder)
    sys.argv = ["pytest", *arguments]
    import pytest

    code = int(pytest.main(arguments))
    sys.stdout.flush()
    sys.stderr.flush()
    sys.exit(code)
