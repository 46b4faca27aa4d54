"""Executes notebooks where they lie, to be committed: ``python -m cdc_lab.course.reexecute NOTEBOOK ...``.

A batch run leaves the committed notebooks alone; this is for whoever changed a lesson, or something that a
committed output shows.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from cdc_lab.course.kernel import batch_environment, with_own_kernel
from cdc_lab.course.project import find_root

CELL_TIMEOUT_SECONDS = 300


def reexecute(path: Path) -> None:
    """Execute a notebook from a cold kernel and write it back, nothing changed but outputs and counts.

    Parameters
    ----------
    path : Path
        As in JupyterLab, its folder is the current one.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        A cell failed; the file is left as it was.
    """
    notebook = nbformat.read(path, as_version=4)
    metadata = notebook.metadata.copy()
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT_SECONDS,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute(env=batch_environment(find_root() / "build"))
    # The kernel tells its version, which is this machine's and not the notebook's.
    notebook.metadata = metadata
    nbformat.write(notebook, path)


def main(arguments: Sequence[str]) -> int:
    """Execute the notebooks named, one after the other; return the exit code."""
    if not arguments:
        print("usage: python -m cdc_lab.course.reexecute NOTEBOOK ...", file=sys.stderr)
        return 2
    # The kernel is looked up by this process: its own comes before one of that name in the user's home.
    os.environ["JUPYTER_PATH"] = with_own_kernel(find_root() / "build")["JUPYTER_PATH"]
    for name in arguments:
        reexecute(Path(name))
        print(f"executed {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
