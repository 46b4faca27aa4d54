"""What a notebook may take: time and memory are held from outside, memory and network from inside too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from cdc_lab.course.grading import running
from cdc_lab.course.grading.gradebook import StudentRow, mistakes, rows_of, shared
from cdc_lab.course.grading.handins import HandIn
from cdc_lab.course.grading.intercepting import checks_in
from cdc_lab.course.grading.messages import (
    LINES,
    Contents,
    Examining,
    Finished,
    Judged,
    Message,
    Remark,
    Running,
)
from cdc_lab.course.grading.running import Limits, Report


def process(code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code], start_new_session=True, stderr=subprocess.DEVNULL)


def reported(*messages: Message, ended: str = "") -> Report:
    return running._report(Path("a.ipynb"), "\n".join(map(LINES.to_line, messages)), ended)


# ---- held from outside ------------------------------------------------------------------------------


def test_an_endless_loop_is_ended() -> None:
    endless = process("while True: pass")
    assert running._watch(endless, Limits(seconds=0.3), Event()) == "time: it was ended after 0.3 seconds"
    running._kill(endless)
    assert endless.returncode not in (None, 0)


def test_what_takes_too_much_memory_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_BASE_MEMORY", 0)
    hungry = process("all = bytearray(b'x' * 2**27)\nwhile True: pass")
    assert (
        running._watch(hungry, Limits(seconds=30, memory=2**26), Event()) == "memory: it took more than 64 MB"
    )
    running._kill(hungry)


def test_an_interrupt_ends_what_is_running() -> None:
    interrupted = Event()
    interrupted.set()
    endless = process("while True: pass")
    assert running._watch(endless, Limits(), interrupted) == "error: interrupted"
    running._kill(endless)


def test_a_process_that_breaks_gives_its_code() -> None:
    assert (
        running._watch(process("raise SystemExit(3)"), Limits(), Event())
        == "error: its process ended with code 3"
    )


# ---- held from inside -------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="other systems leave memory to the watch from outside")
def test_memory_is_refused_before_it_is_taken() -> None:
    code = "from cdc_lab.course.grading.limits import hold; hold(2**26, 30); bytearray(2**28)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip().endswith("MemoryError")


def test_the_network_ends_at_this_machine() -> None:
    code = """
import socket
from cdc_lab.course.grading.limits import NoNetwork, hold
hold(2**28, 30)
listening = socket.create_server(("127.0.0.1", 0))
socket.create_connection(listening.getsockname()).close()
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for reach in (lambda: socket.create_connection(("192.0.2.1", 80)),
              lambda: socket.getaddrinfo("example.com", 80),
              lambda: datagrams.sendto(b"x", ("192.0.2.1", 53))):
    try:
        reach()
    except NoNetwork as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.count("is not this machine") == 3, done.stderr


# ---- what is made of a report that breaks off --------------------------------------------------------


def test_a_check_that_was_cut_is_the_one_that_took_too_long() -> None:
    report = reported(
        Contents("d", ["exercise_1", "exercise_2"]),
        Running(4),
        Examining("exercise_1"),
        ended="time: it was ended after 5 seconds",
    )
    assert report.remarks == ["time: it was ended after 5 seconds, in cell 4"]
    assert {name: judged.outcome for name, judged in report.judged.items()} == {
        "exercise_1": "time",
        "exercise_2": "time",
    }


def test_a_notebook_that_ends_its_process_is_an_error_in_that_cell() -> None:
    report = reported(Contents("d", ["exercise_1"]), Running(3))
    assert report.remarks == ["error: it ended its process itself, in cell 3"]
    assert report.judged["exercise_1"].outcome == "error"
    assert report.judged["exercise_1"].detail == "its check was not reached"


def test_verdicts_from_before_the_end_stand() -> None:
    report = reported(
        Contents("d", ["exercise_1"]), Judged("exercise_1", "pass"), Running(9), ended="memory: too much"
    )
    assert report.judged["exercise_1"].outcome == "pass"
    assert report.remarks == ["memory: too much, in cell 9"]


def test_the_last_check_of_an_exercise_counts() -> None:
    judged = [Judged("exercise_1", "wrong", "plain day", "lost"), Judged("exercise_1", "pass")]
    assert reported(Contents("d", ["exercise_1"]), *judged, Finished()).judged["exercise_1"].outcome == "pass"


def test_lines_that_are_no_message_are_passed_over() -> None:
    text = "\n".join(["a warning", LINES.to_line(Remark("text", stops=True)), '{"kind": "Judged"}'])
    assert running._report(Path("a.ipynb"), text, "").remarks == ["text"]


# ---- rows -------------------------------------------------------------------------------------------


def test_of_one_exercise_in_two_notebooks_the_better_verdict_stands() -> None:
    wrong = Report(Path("a.ipynb"), "d", {"exercise_1": Judged("exercise_1", "wrong", "plain day", "Lost")})
    right = Report(Path("b.ipynb"), "e", {"exercise_1": Judged("exercise_1", "pass")})
    for reports in ([wrong, right], [right, wrong]):
        row = StudentRow(HandIn("ann", ()), reports)
        assert row.outcome("exercise_1") == "pass"
        assert row.remarks == ["exercise_1 is in two notebooks: the better verdict stands"]


def test_the_same_code_under_two_names_is_remarked_on_both_unless_nobody_tried() -> None:
    tried = Report(Path("a.ipynb"), "d", {"exercise_1": Judged("exercise_1", "pass")})
    stub = Report(Path("b.ipynb"), "e", {"exercise_1": Judged("exercise_1", "not attempted")})
    handins = [HandIn(name, ()) for name in ("ann", "ben", "cho", "dan")]
    rows = rows_of(handins, [[tried], [tried], [stub], [stub]])
    assert [row.remarks for row in rows] == [["the same code as ben"], ["the same code as ann"], [], []]


def test_what_the_class_believes_is_counted() -> None:
    wrong = Report(
        Path("a.ipynb"), "d", {"exercise_1": Judged("exercise_1", "wrong", "late", "Late is done")}
    )
    other = Report(Path("a.ipynb"), "e", {"exercise_1": Judged("exercise_1", "wrong", "values", "Floats")})
    handins = [HandIn(name, ()) for name in ("ann", "ben", "cho")]
    rows = rows_of(handins, [[wrong], [other], [wrong]])
    assert shared(rows).rows == [[2, "exercise_1", "Late is done"], [1, "exercise_1", "Floats"]]
    assert [row[0] for row in mistakes(rows).rows] == ["ann", "ben", "cho"]


def test_checks_are_found_in_the_text_of_a_cell() -> None:
    source = 'x = 1\nclassroom.check("exercise_2", handler)\ncheck(name, handler)\ncheck("drill_04_1", f(2))'
    assert list(checks_in(source)) == ["exercise_2", "drill_04_1"]
    assert list(checks_in("%%bash\nls")) == []
