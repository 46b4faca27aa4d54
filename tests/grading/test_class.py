"""A class's notebooks, right, wrong and broken: each gives a row with a reason, none stops the others."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from cdc_lab import cli
from cdc_lab.classroom.exercises import EXERCISES
from cdc_lab.classroom.exercises.drills import DRILLS
from cdc_lab.course.grading import command, handins, running
from cdc_lab.course.grading.command import check
from cdc_lab.course.grading.gradebook import CsvFile, StudentRow, overview, rows_of
from cdc_lab.course.grading.handins import HandIn, of_folder
from cdc_lab.course.grading.running import Limits, Report, run_all
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
    path.parent.mkdir(parents=True, exist_ok=True)
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
    assert shown.err.splitlines()[0].startswith("2 learners, 1 notebook to run, 2 at a time")
    assert shown.err.splitlines()[1].startswith("[1/1] =1+1: no notebook")
    assert "zoe      no notebook: zoe.txt does not end in .ipynb" in shown.out
    with (tmp_path / "rows.csv").open(encoding="utf-8", newline="") as file:
        assert [row[0] for row in csv.reader(file)] == ["learner", "'=1+1", "zoe"]


LESSON = NOTEBOOKS / "01_streams_intro.ipynb"
ON_EXERCISES = NOTEBOOKS / "06_exercises.ipynb"


def test_a_whole_workspace_gives_the_learners_answers_and_not_the_courses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a learner who did nothing and handed in the whole workspace, solutions and lessons with it
    folder = tmp_path / "class"
    workspace = folder / "ann" / "workspace"
    for source in (LESSON, ON_EXERCISES, LEARNERS, NOTEBOOKS / "solutions" / LEARNERS.name):
        path = workspace / source.relative_to(NOTEBOOKS)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source.read_bytes())
    # WHEN the class is checked
    assert cli.main(["exercise", "check", "--all", str(folder), "--csv", str(tmp_path / "rows.csv")]) == 0
    # THEN only the learner's own notebook is run, and what is left out is said
    shown = capsys.readouterr()
    assert "[1/1] ann: exercise_1 not attempted" in shown.err
    assert "left out: 2 notebooks without a check" in shown.err
    assert shown.err.count("left out: the folder solutions") == 1
    assert "ann      not attempted  the folder solutions was left out" in shown.out


def test_a_folder_of_solutions_alone_is_no_answer(tmp_path: Path) -> None:
    notebook(tmp_path / "solutions" / "a.ipynb", GIVEN, CHECK)
    notebook(tmp_path / "zoe.ipynb", GIVEN, CHECK)
    (tmp_path / "ann" / "Solutions").mkdir(parents=True)
    notebook(tmp_path / "ann" / "Solutions" / "a.ipynb", GIVEN, CHECK)
    assert [(each.learner, each.reason) for each in of_folder(tmp_path)] == [
        ("ann", "no notebook in the folder, only the course's solutions"),
        ("zoe", ""),
    ]


def test_a_notebook_without_a_check_is_not_run(tmp_path: Path) -> None:
    notebook(tmp_path / "ann.ipynb", "1 / 0", "template.check()")
    notebook(tmp_path / "ben.ipynb", GIVEN, "for name in ['exercise_1']: check(name, 1)")
    notebook(tmp_path / "cho.ipynb", "%time check('exercise_1', 1)")
    (tmp_path / "dan").mkdir()
    notebook(tmp_path / "dan" / "a.ipynb", "1")
    assert [(each.learner, len(each.notebooks), each.reason) for each in of_folder(tmp_path)] == [
        ("ann", 0, "no check of an exercise in it"),
        ("ben", 1, ""),
        ("cho", 1, ""),
        ("dan", 0, "no check of an exercise in its notebook"),
    ]


def test_what_nobody_typed_in_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN an exercise as the course gives it, with another layout of spaces, and one with a letter more
    ran: list[str] = []
    monkeypatch.setattr(running, "run_one", lambda path, *_: ran.append(path.stem) or Report(path))
    given = json.loads(LEARNERS.read_text("utf-8"))
    for name, typed in {"ann": "  \n", "ben": "x"}.items():
        cells = [{**cell, "source": [*cell["source"], typed]} for cell in given["cells"]]
        (tmp_path / f"{name}.ipynb").write_text(json.dumps({**given, "cells": cells}), "utf-8")
    # WHEN the class is run THEN only the second is
    (ann,), _ = run_all(of_folder(tmp_path), [1, 2], Limits(), jobs=1)
    assert ran == ["ben"]
    assert {name: judged.outcome for name, judged in ann.judged.items()} == {"exercise_1": "not attempted"}


def test_the_one_lesson_that_checks_an_exercise_is_known_and_no_other_does() -> None:
    lessons = [path for path in NOTEBOOKS.glob("*.ipynb") if handins._has_check(path)]
    assert [path.name for path in lessons] == [handins._OWN_ANSWERS]
    assert all(handins._has_check(path) for path in (NOTEBOOKS / "exercises").glob("*.ipynb"))


def test_an_interrupt_keeps_the_rows_of_those_who_are_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a class of two, and a file with a teacher's remark
    for name in ("ann", "ben"):
        notebook(tmp_path / "class" / f"{name}.ipynb", GIVEN, CHECK)
    file = tmp_path / "rows.csv"
    file.write_text("seen by me\n")

    def stopped(handins: list[HandIn], *others: Any) -> None:
        others[-1](handins[0], Report(handins[0].notebooks[0], "d", {}, ["it ran"]))
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "run_all", stopped)
    # WHEN the teacher presses Ctrl-C after the first
    code = cli.main(["exercise", "check", "--all", str(tmp_path / "class"), "--csv", str(file)])
    # THEN the first row is kept and shown, the command says where, and the remark lies beside
    shown = capsys.readouterr()
    assert code == cli.INTERRUPTED
    assert file.read_text("utf-8").splitlines() == ["learner,remarks", "ann,it ran"]
    assert "ann      it ran" in shown.out
    assert f"stopped when 1 of 2 learners were done; their rows are in {file}" in shown.err
    assert (tmp_path / "rows.mine.csv").read_text() == "seen by me\n"


def test_a_csv_that_cannot_be_written_is_said_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook(tmp_path / "class" / "ann.ipynb", GIVEN, CHECK)
    (tmp_path / "file").touch()
    file = tmp_path / "file" / "rows.csv"
    assert cli.main(["exercise", "check", "--all", str(tmp_path / "class"), "--csv", str(file)]) == 2
    assert "the CSV file cannot be written" in capsys.readouterr().err


def write_csv(rows: list[StudentRow], path: Path) -> Path | None:
    """Write the rows of a whole class at once; return where the file is that was there and differs."""
    file = CsvFile(path)
    file.write(rows, is_all=True)
    return file.kept


def test_the_rows_grow_and_the_same_rows_leave_no_copy(tmp_path: Path, rows: dict[str, StudentRow]) -> None:
    # GIVEN a file of an earlier check that says the same
    path, all_rows = tmp_path / "rows.csv", list(rows.values())
    write_csv(all_rows, path)
    # WHEN it is written again, one learner after the other
    file = CsvFile(path)
    for number in range(1, len(all_rows)):
        file.write(all_rows[:number], is_all=False)
        with path.open(encoding="utf-8", newline="") as written:
            assert len(list(csv.reader(written))) == 1 + number
    assert file.kept is not None
    file.write(all_rows, is_all=True)
    # THEN nothing lies beside it
    assert [each.name for each in tmp_path.iterdir()] == ["rows.csv"]


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
    assert "[1/1] one:" in capsys.readouterr().err


def test_the_list_names_every_exercise(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["exercise", "list"]) == 0
    out = capsys.readouterr().out
    assert "exercise_1" in out
    assert "notebooks/exercises/exercise_1_audit_log.ipynb" in out
    assert [line.split()[0] for line in out.splitlines()[1:]] == [*EXERCISES, *DRILLS]
