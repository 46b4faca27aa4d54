"""Executes notebooks by papermill: `execute` one, or a whole queue in a process of its own (`main`).

A notebook's code runs in a kernel, a further process. `cdc_lab.course.workers` starts processes of this
module: papermill is imported once for many notebooks, jobs come in as lines, and progress goes out.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.engines import NBClientEngine, papermill_engines

from cdc_lab.course.kernel import NAME
from cdc_lab.course.outcomes import DRAFT, LINES, Done, Failure, Job, Message, Progress

# Far above what a cell takes: it only keeps a hanging one from stopping the whole run.
CELL_TIMEOUT_SECONDS = 300


class _TellingEngine(NBClientEngine):  # type: ignore[misc]
    """Papermill's own engine, telling each finished cell."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, on_progress: Callable[[Progress], None], **kwargs: Any
    ) -> Any:
        complete = nb_man.cell_complete
        total = len(nb_man.nb.cells)

        def telling(cell: Any, cell_index: int = 0, **rest: Any) -> None:
            complete(cell, cell_index, **rest)
            on_progress(Progress(cell_index + 1, total))

        nb_man.cell_complete = telling
        return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)


_NOT_STARTED = "Kernel died before replying to kernel_info"


def has_parameters(notebook: Any) -> bool:
    """Tell whether a notebook has a cell tagged ``parameters`` that sets ``seed``."""
    return any(
        "parameters" in cell.metadata.get("tags", []) and re.search(r"^seed\b", cell.source, re.MULTILINE)
        for cell in notebook.cells
    )


def execute(
    notebook: Path,
    executed: Path,
    seed: int | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Failure | None:
    """Execute ``notebook`` into ``executed``; return where it failed, or None.

    The kernel has this process's environment; a batch run starts with that of
    `cdc_lab.course.kernel.batch_environment`. A kernel that dies at its start is started once more.
    A cell may take five minutes.

    Parameters
    ----------
    notebook, executed : Path
        The file to read and the file to write. As in JupyterLab, the notebook's folder is the current one.
    seed : int, optional
        Replaces the notebook's own seed where it has a parameters cell that sets one.
    on_progress : callable, optional
        Called after each cell.
    """
    papermill_engines.register("telling", _TellingEngine)
    source = nbformat.read(notebook, as_version=4)
    parameters = {"seed": seed} if seed is not None and has_parameters(source) else {}
    executed.parent.mkdir(parents=True, exist_ok=True)

    def run() -> None:
        papermill.execute_notebook(
            notebook,
            executed,
            parameters=parameters,
            engine_name="telling",
            kernel_name=NAME,
            cwd=notebook.parent,
            progress_bar=False,
            execution_timeout=CELL_TIMEOUT_SECONDS,
            on_progress=on_progress,
        )

    try:
        try:
            run()
        except RuntimeError as error:
            if _NOT_STARTED not in str(error):
                raise
            run()  # two kernels that start at the same moment may have been given the same port
    except papermill.PapermillExecutionError as error:
        return Failure(_number(error.cell_index, executed), f"{error.ename}: {_last_line(error.evalue)}")
    except (CellTimeoutError, DeadKernelError) as error:
        return Failure(
            _number(_running(executed), executed), f"{type(error).__name__}: {_last_line(str(error))}"
        )
    return None


def _number(index: int, executed: Path) -> int:
    """Turn an index among the executed cells into a number in the source, which has no injected cell."""
    cells = nbformat.read(executed, as_version=4).cells
    # Papermill puts a note on top and one above the failed cell only after it has counted.
    cells = [cell for cell in cells if "papermill-error-cell-tag" not in cell.metadata.get("tags", [])]
    injected = sum("injected-parameters" in cell.metadata.get("tags", []) for cell in cells[:index])
    return index + 1 - injected


def _running(executed: Path) -> int:
    cells = nbformat.read(executed, as_version=4).cells
    done = [cell.metadata.get("papermill", {}).get("status") == "completed" for cell in cells]
    return done.index(False) if False in done else len(done) - 1


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else ""


def _title(notebook: Any) -> str:
    """Return a notebook's first heading; empty where it has none."""
    texts = (cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    found = (re.search(r"^# +(.+)$", text, re.MULTILINE) for text in texts)
    return next((heading[1].strip() for heading in found if heading), "")


def _tell(message: Message) -> None:
    print(LINES.to_line(message), flush=True)


def work(job: Job) -> None:
    """Do one job and tell how it ends; whatever goes wrong belongs to the job, and the next one can come."""
    notebook, executed = Path(job.notebook), Path(job.executed)
    heading = notebook.stem
    # What an earlier run left stands until this one has its own: an interrupt must not take it.
    draft = executed.with_name(f"{DRAFT}{executed.name}")
    try:
        failure = execute(notebook, draft, job.seed, _tell)
        heading = _title(nbformat.read(draft, as_version=4)) or heading
        draft.replace(executed)
    except Exception as error:
        failure = Failure(None, f"{type(error).__name__}: {_last_line(str(error))}")
        executed.unlink(missing_ok=True)
    if failure is not None:
        _tell(failure)
    _tell(Done(heading))


def main() -> int:
    """Work off the jobs on standard input until it is closed."""
    for line in sys.stdin:
        job = LINES.from_line(line)
        if isinstance(job, Job):
            work(job)
    return 0


if __name__ == "__main__":
    sys.exit(main())
