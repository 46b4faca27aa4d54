"""A class's notebooks, right, wrong and broken: each gives a row with a reason, none stops the others."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from cdc_lab import cli
from cdc_lab.classroom.exercises import EXERCISES
from cdc_lab.classroom.exercises.drills import DRILLS
from cdc_lab.course.grading.command import check
from cdc_lab.course.grading.gradebook import StudentRow, overview, rows_of, write_csv
from cdc_lab.course.grading.handins import of_folder
from cdc_lab.course.grading.running import Limits, run_all
from tests.exercises.loading import load
from tests.tested_notebooks import NOTEBOOKS

ROOT = Path(__file__).resolve().parents[2]
LEARNERS = NOTEBOOKS / "exercises" / "exercise_1_audit_log.ipynb"
ALTERNATIVE = load("alternatives", "exercise_1", "raw_event").source
GIVEN = "from cdc_lab.classroom import check\nfrom cdc_lab import Lab\nlab = Lab(seed=7)"
DOES_NOTHING = "def handler(event, context):\n    return None"
CHECK = 'check("exercise_1", handler)'


def notebook(path: Path, *cells: str) -> None:
    """Write a notebook of code cells."""
    entries = [
        {
            "cell_type": "code",
            "id": f"c{n}",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": s,
        }
        for n, s in enumerate(cells)
    ]
    path.parent.mkdir(exist_ok=True)
    text = json.dumps({"cells": entries, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    path.write_text(text, "utf-8")


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, StudentRow]:
    """The rows of a class in which everything happens that a teacher meets."""
    folder = tmp_path_factory.mktemp("class")
    notebook(folder / "ann" / "log.ipynb", GIVEN, ALTERNATIVE, CHECK)
    own = "def check(*_):\n    print('pass')"
    notebook(folder / "ben.ipynb", GIVEN, "1 / 0", own, DOES_NOTHING, CHECK)
    (folder / "cho.ipynb").write_bytes(LEARNERS.read_bytes())
    network = "import socket\nsocket.create_connection(('192.0.2.1', 80))"
    secrets = "import os\nassert os.environ.keys().isdisjoint({'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE'})"
    notebook(folder / "dan.ipynb", "many = bytearray(2**36)", network, secrets, "check = input")
    (folder / "guy.ipynb").write_text("{", "utf-8")
    (folder / "hal.ipynb").write_text('["cells"]', "utf-8")
    (folder / "ida").mkdir()
    (folder / "ida" / "answer.docx").touch()
    (folder / "kim.py").touch()
    (folder / ".DS_Store").touch()
    handins = of_folder(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_SECRET_ACCESS_KEY", "the teacher's")
        patch.setenv("AWS_PROFILE", "the teacher's")
        made = rows_of(handins, run_all(handins, [2013, 2014], Limits(), jobs=2))
    return {row.learner: row for row in made}


def test_every_learner_has_a_row(rows: dict[str, StudentRow]) -> None:
    assert list(rows) == ["ann", "ben", "cho", "dan", "guy", "hal", "ida", "kim"]


def test_a_right_answer_passes_with_both_seeds(rows: dict[str, StudentRow]) -> None:
    assert rows["ann"].outcome("exercise_1") == "pass", rows["ann"].judged["exercise_1"].panel
    assert rows["ann"].remarks == []


def test_a_wrong_answer_names_scenario_and_misconception(rows: dict[str, StudentRow]) -> None:
    judged = rows["ben"].judged["exercise_1"]
    assert (judged.outcome, judged.scenario) == ("wrong", "plain day")
    assert judged.misconception == "Changes without a row"


def test_a_cell_that_raises_does_not_keep_later_ones_from_running(rows: dict[str, StudentRow]) -> None:
    assert "cell 2 raised ZeroDivisionError: division by zero" in rows["ben"].remarks


def test_a_check_of_the_notebooks_own_is_not_believed(rows: dict[str, StudentRow]) -> None:
    assert "cell 3 replaces check: the course's own was used" in rows["ben"].remarks
    assert rows["ben"].outcome("exercise_1") == "wrong"


def test_an_untouched_notebook_is_not_attempted(rows: dict[str, StudentRow]) -> None:
    assert rows["cho"].outcome("exercise_1") == "not attempted"
    assert rows["cho"].remarks == []


def test_a_notebook_meets_limits_and_finds_no_network_no_secrets_and_no_check(
    rows: dict[str, StudentRow],
) -> None:
    memory, network, *rest = rows["dan"].remarks
    assert memory == "memory: cell 1 raised MemoryError"
    assert network.endswith("there is no network in a check: 192.0.2.1 is not this machine")
    assert rest == ["cell 4 replaces check: the course's own was used", "no check of an exercise in it"]


def test_what_is_no_notebook_has_a_row_that_says_so(rows: dict[str, StudentRow]) -> None:
    assert rows["guy"].remarks == ["no notebook: the file is not valid JSON (JSONDecodeError)"]
    assert rows["hal"].remarks[0].startswith("no notebook: its JSON has no cells")
    assert rows["ida"].remarks == ["no notebook in the folder, only answer.docx"]
    assert rows["kim"].remarks == ["no notebook: kim.py does not end in .ipynb"]


def test_the_table_has_a_column_for_each_exercise(rows: dict[str, StudentRow]) -> None:
    table = overview(list(rows.values()))
    assert table.columns == ["learner", "exercise_1", "remarks"]
    assert [row[1] for row in table.rows][:4] == ["pass", "wrong", "not attempted", "-"]


def test_the_command_makes_rows_and_a_csv_and_says_how_far_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # GIVEN two files that need no lab, one of them with a name that a spreadsheet would run
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "=1+1.ipynb").write_text("{", "utf-8")
    (folder / "zoe.txt").touch()
    # WHEN the class is checked
    code = cli.main(["exercise", "check", "--all", str(folder), "--csv", str(tmp_path / "rows.csv")])
    # THEN all rows are made, which is what the exit code says
    shown = capsys.readouterr()
    assert code == 0
    assert shown.err.startswith("[1/1] =1+1: no notebook")
    assert "zoe      no notebook: zoe.txt does not end in .ipynb" in shown.out
    with (tmp_path / "rows.csv").open(encoding="utf-8", newline="") as file:
        assert [row[0] for row in csv.reader(file)] == ["learner", "'=1+1", "zoe"]


def test_a_table_into_which_somebody_typed_is_kept(tmp_path: Path, rows: dict[str, StudentRow]) -> None:
    # GIVEN a class's table with a teacher's remark
    file, all_rows = tmp_path / "class" / "rows.csv", list(rows.values())
    assert write_csv(all_rows, file) is None
    assert write_csv(all_rows, file) is None
    file.write_text(f"{file.read_text()}seen by me\n")
    # WHEN the class is checked again THEN the new rows are there, and the remark beside them
    kept = write_csv(all_rows, file)
    assert kept is not None
    assert "seen by me" in kept.read_text()
    assert "seen by me" not in file.read_text()


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--all", "nowhere"],
        ["check", "nowhere.ipynb"],
        ["check", "--all", ".", "."],
        ["check", "--all", "empty"],
    ],
)
def test_what_is_asked_wrongly_is_refused_in_one_line(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    assert cli.main(["exercise", *arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "option", [["--jobs", "0"], ["--timeout", "-1"], ["--timeout", "nan"], ["--memory", "x"]]
)
def test_limits_that_are_none_are_refused(option: list[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        cli.main(["exercise", "check", "a.ipynb", *option])
    assert exit_.value.code == 2


def test_a_file_that_is_named_twice_counts_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "one.ipynb"
    path.write_text("{", "utf-8")
    again = tmp_path / "." / "one.ipynb"
    check([path, again], is_folder=False, seed=1, jobs=1, limits=Limits(), csv=None)
    assert capsys.readouterr().err.startswith("[1/1] one:")


def test_the_list_names_every_exercise(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["exercise", "list"]) == 0
    out = capsys.readouterr().out
    assert "exercise_1" in out
    assert "notebooks/exercises/exercise_1_audit_log.ipynb" in out
    assert [line.split()[0] for line in out.splitlines()[1:]] == [*EXERCISES, *DRILLS]
