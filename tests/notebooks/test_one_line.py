"""What a service refuses, and an interrupt, is one line in a lesson, and no screenful."""

from __future__ import annotations

from pathlib import Path

import nbformat

from cdc_lab.classroom.one_line import AGAIN, STOPPED
from tests.notebooks.running_again import executed

BEGIN = "from cdc_lab import Lab\nfrom cdc_lab.classroom import begin\nbegin('01_streams_intro')\nlab = Lab()"
TABLE = "name = 'flights'\nlab.create_table(name, 'flight_id')"


def test_a_lesson_says_in_one_line_what_was_refused_and_which_cell_to_run(batch: Path) -> None:
    # GIVEN a lesson whose reader creates a table twice, interrupts a cell, and makes a mistake
    cells = [BEGIN, TABLE, TABLE, "raise KeyboardInterrupt", "1 / 0"]
    notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    # WHEN it runs
    shown = [
        [output for output in cell.outputs if output.output_type == "error"]
        for cell in executed(notebook, batch).cells
    ]
    # THEN the refusal and the interrupt are one line each, with the line of the cell
    refused, stopped, mistake = ("\n".join(output.traceback) for (output,) in shown[2:])
    assert refused == (
        "ResourceInUseException: Table already exists: flights. (Line 2 of this cell.) " + AGAIN
    )
    assert stopped == "KeyboardInterrupt. (Line 1 of this cell.) " + STOPPED
    # AND any other error has its traceback
    assert len(mistake.splitlines()) > 2
