"""The doctor names what is wrong and the remedy, one line each, with any package missing."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cdc_lab.course import doctor
from cdc_lab.course.doctor import FAIL, NOTE, OK
from cdc_lab.course.reset import reset
from tests.course.git_checkout import commit_all

ROOT = Path(__file__).resolve().parents[2]


def test_a_healthy_environment_is_all_ok() -> None:
    # GIVEN this environment, in which the tests run
    findings = doctor.examine(ROOT, {})
    # THEN nothing fails
    assert [str(finding) for finding in findings if finding.status == FAIL] == []
    assert {"Python", "packages", "kernel", "build/"} <= {finding.what for finding in findings}


def test_an_old_python_fails_with_its_version_and_the_remedy() -> None:
    finding = doctor.check_python((3, 9, 2))
    assert finding.status == FAIL
    assert "3.9.2" in str(finding)
    assert "make setup PYTHON=" in finding.remedy


def test_a_missing_and_an_outdated_package_fail_by_name() -> None:
    # GIVEN a requirement that nothing meets, and one that the installed version does not
    findings = list(
        doctor.check_packages(["no-such-package-here>=1", "pytest[x]>=900,<901", "pytest>=9,<10"])
    )
    # THEN both are named with what was found, and the good one is only counted
    assert [(finding.status, finding.what) for finding in findings] == [
        (FAIL, "no-such-package-here"),
        (FAIL, "pytest"),
        (OK, "packages"),
    ]
    assert "not installed" in findings[0].seen
    assert ">=900,<901 is needed" in findings[1].seen
    assert findings[2].seen.startswith("1 of 3")


def test_many_missing_packages_are_counted_in_one_line() -> None:
    wanted = [f"no-such-package-{number}>=1" for number in range(4)]
    (finding,) = doctor.check_packages([*wanted, "pytest>=1"])
    assert (finding.status, finding.what) == (FAIL, "packages")
    assert finding.seen.startswith("4 are not installed, such as no-such-package-0")
    assert len(list(doctor.check_packages(wanted[:3]))) == 4


def test_a_package_for_some_systems_may_be_missing_but_not_outdated() -> None:
    # GIVEN requirements with a marker: one that is not there, one in another version
    findings = list(
        doctor.check_packages(
            ["no-such-package-here>=1; sys_platform == 'plan9'", "pytest>=900,<901 ; sys_platform != 'plan9'"]
        )
    )
    # THEN only the second is a fault
    assert [(finding.status, finding.what) for finding in findings] == [(FAIL, "pytest"), (OK, "packages")]
    assert findings[1].seen.startswith("1 of 2")


@pytest.mark.parametrize(
    ("version", "bounds", "expected"),
    [
        ("1.44.5", ">=1.44.5,<1.45", True),
        ("1.45.0", ">=1.44.5,<1.45", False),
        ("1.44.4", ">=1.44.5,<1.45", False),
        ("2.0", "<2", False),
        ("0.0.3", "==0.0.3", True),
        ("3.1.0.261029", ">=3.0,<4", True),
        ("2.0rc1", ">=2", True),
        ("7", "", True),
    ],
)
def test_ranges_are_read_as_pip_reads_them(version: str, bounds: str, expected: bool) -> None:
    assert doctor.in_range(version, bounds) is expected


def test_every_range_of_the_project_can_be_read() -> None:
    wanted = doctor.requirements(ROOT)
    assert len(wanted) > 20
    assert all(finding.status in (OK, FAIL) for finding in doctor.check_packages(wanted))


def test_a_checkout_that_was_copied_is_told_so(tmp_path: Path) -> None:
    finding = doctor.check_project(tmp_path)
    assert (finding.status, finding.what, finding.seen) == (FAIL, "cdc-lab", str(ROOT))
    assert "pip install --no-deps -e ." in finding.remedy


def test_a_bound_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'~=1\.4' is not a bound"):
        doctor.in_range("1.4", "~=1.4")


def test_leftover_aws_settings_are_named_and_harmless() -> None:
    # GIVEN settings of other programs, one of them not a setting that leads anywhere
    environment = {
        "AWS_PROFILE": "work",
        "AWS_ENDPOINT_URL_DYNAMODB": "http://x",
        "AWS_PAGER": "",
        "HOME": "/",
    }
    # WHEN they are looked at
    (finding,) = doctor.check_aws_settings(environment)
    # THEN they are named, without their values, and nothing fails
    assert finding.status == NOTE
    assert finding.seen == "AWS_ENDPOINT_URL_DYNAMODB, AWS_PROFILE"
    assert "work" not in str(finding)


def test_an_unwritable_folder_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a folder that denies writing (asked of the system, for root may write anywhere)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    # WHEN folders are checked
    findings = list(doctor.check_folders(tmp_path))
    # THEN each is named with what to do
    assert [finding.status for finding in findings] == [FAIL, FAIL]
    assert str(tmp_path / "build") in findings[0].remedy


def test_a_folder_that_is_not_there_yet_is_judged_by_the_one_above(tmp_path: Path) -> None:
    assert doctor.writable(tmp_path / "not" / "yet")
    (tmp_path / "file").touch()
    assert not doctor.writable(tmp_path / "file")


def test_edited_notebooks_are_a_note_that_destroys_nothing(tmp_path: Path) -> None:
    # GIVEN a git checkout in which a lesson and an exercise were edited
    lesson, exercise = tmp_path / "notebooks" / "01_a.ipynb", tmp_path / "notebooks" / "exercises" / "e.ipynb"
    exercise.parent.mkdir(parents=True)
    lesson.write_text("{}")
    exercise.write_text("{}")
    commit_all(tmp_path)
    assert doctor.check_notebooks(tmp_path).status == OK
    lesson.write_text("{1}")
    exercise.write_text("{1}")
    # WHEN they are compared THEN both are named
    finding = doctor.check_notebooks(tmp_path)
    assert finding.status == NOTE
    assert finding.seen.endswith(": notebooks/01_a.ipynb, notebooks/exercises/e.ipynb")
    # AND the remedy, followed to the letter, keeps what was typed
    assert "git checkout" not in finding.remedy
    assert "`cdc-lab reset notebooks/NAME`" in finding.remedy
    reset(tmp_path, "e")
    assert exercise.read_text() == "{}"
    assert exercise.with_name("e.mine.ipynb").read_text() == "{1}"


def test_a_folder_without_git_is_no_failure(tmp_path: Path) -> None:
    assert doctor.check_notebooks(tmp_path).status == NOTE


def test_the_exit_code_is_1_only_for_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    good, note = doctor.Finding(OK, "a", "fine"), doctor.Finding(NOTE, "b", "so", "look")
    assert doctor.report([good, note]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == doctor_says_ready()
    assert doctor.report([good, doctor.Finding(FAIL, "c", "gone", "fetch it")]) == 1
    *_, fault, last = capsys.readouterr().out.splitlines()
    assert fault == "FAIL  c: gone -> fetch it"
    assert last.startswith("not ready: ")


def doctor_says_ready() -> str:
    """The last line that the letter to a class's participants promises them."""
    letter = (ROOT / "cdc_lab/course/book/pages/teaching.md").read_text("utf-8")
    (line,) = re.findall(r"^> .*its last line is `(ready: [^`]+)`", letter, re.MULTILINE)
    return str(line)


def test_the_doctor_works_with_no_package_installed() -> None:
    # GIVEN an interpreter that sees no installed package, only this checkout
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from cdc_lab.cli import main\n"
        "sys.exit(main(['doctor']))\n"
    )
    # WHEN the doctor is asked
    answer = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False
    )
    # THEN it reports what is missing, and does not break
    assert answer.returncode == 1, answer.stderr
    assert answer.stderr == ""
    # AND in one line how many, not in one for each, nor for what needs them
    failed = [line for line in answer.stdout.splitlines() if line.startswith("FAIL")]
    assert len(failed) == 1
    assert re.match(r"FAIL  packages: \d\d are not installed, .* -> run `make setup`", failed[0])
    assert "do what its last line says" in failed[0]
    assert "search engine" not in answer.stdout


def test_the_search_engine_is_embedded_or_named_or_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a system for which the embedded engine has a build
    monkeypatch.setattr(doctor, "has_embedded_engine", lambda: True)
    assert doctor.check_search_engine({}).status == OK
    # AND one for which it has none: the remedy is named
    monkeypatch.setattr(doctor, "has_embedded_engine", lambda: False)
    finding = doctor.check_search_engine({})
    assert finding.status == NOTE
    assert "set OPENSEARCH_URL" in finding.remedy


def test_a_named_search_engine_is_asked_and_its_password_not_shown() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        url = f"http://admin:secret@127.0.0.1:{port}"
        found = doctor.check_search_engine({"OPENSEARCH_URL": url})
    silent = doctor.check_search_engine({"OPENSEARCH_URL": url})
    assert (found.status, silent.status) == (OK, NOTE)
    assert f"http://127.0.0.1:{port} answers" in str(found)
    assert "does not answer" in str(silent)
    assert "secret" not in f"{found}{silent}"
