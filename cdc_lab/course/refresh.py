"""Executes the committed notebooks anew, in place: what they show is what the code does now."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from cdc_lab.course.execute import CELL_TIMEOUT_SECONDS
from cdc_lab.course.kernel import NAME, batch_environment
from cdc_lab.keeping import replace


def refresh(notebooks: Sequence[Path], root: Path, jobs: int) -> int:
    """Execute notebooks from a fresh kernel and write them back; return 1 when one failed.

    A notebook that fails stays as it was, and so does one that was saved meanwhile: what is typed in cells is
    never changed. Cell ids, tags and the lesson's own metadata are kept, what
    depends on the run (times, versions) is not written.
    """
    environment = batch_environment(root / "build")

    def alone(path: Path) -> int:
        command = [sys.executable, "-m", "cdc_lab.course.refresh", str(path)]
        return subprocess.run(command, cwd=root, env=environment, check=False).returncode

    with ThreadPoolExecutor(jobs) as pool:
        return max(pool.map(alone, notebooks), default=0)


def execute_in_place(path: Path) -> bool:
    """Execute one notebook and write it back; say how it went."""
    before = path.read_bytes()
    notebook = nbformat.reads(before.decode(), as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT_SECONDS,
        kernel_name=NAME,
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        print(f"FAILED  {path.name}: {str(error).strip().splitlines()[-1]}", flush=True)
        return False
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    notebook.metadata = _metadata(notebook.metadata)
    if path.read_bytes() != before:
        print(
            f"FAILED  {path.name}: it was saved while it ran, and stays as it was saved: refresh it again",
            flush=True,
        )
        return False
    replace(path, (nbformat.writes(notebook) + "\n").encode())
    print(f"ok      {path.name}", flush=True)
    return True


def _metadata(given: Any) -> Any:
    own = {"cdc_lab": given["cdc_lab"]} if "cdc_lab" in given else {}
    kernel = {"display_name": "Python 3", "language": "python", "name": NAME}
    return nbformat.from_dict({"kernelspec": kernel, "language_info": {"name": "python"}, **own})


if __name__ == "__main__":
    sys.exit(0 if execute_in_place(Path(sys.argv[1])) else 1)
