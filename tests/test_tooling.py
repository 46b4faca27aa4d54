"""pyproject.toml, requirements.lock, environment.yml, Makefile and the set-up say the same."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cdc_lab.course import bootstrap

ROOT = Path(__file__).resolve().parents[1]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
ENTRIES = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)(?: ; ([^\\\n]+))?", LOCK, re.MULTILINE)


def wanted() -> list[Requirement]:
    """Return every requirement of the project, of its extras too."""
    groups = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    return [Requirement(line) for group in groups for line in group if not line.startswith("cdc-lab")]


@pytest.mark.parametrize("requirement", wanted(), ids=lambda requirement: requirement.name)
def test_the_lock_holds_each_requirement_in_its_range(requirement: Requirement) -> None:
    locked = {canonicalize_name(name): version for name, version, _ in ENTRIES}
    assert locked[canonicalize_name(requirement.name)] in requirement.specifier


@pytest.mark.parametrize("requirement", wanted(), ids=lambda requirement: requirement.name)
def test_each_range_has_a_lower_and_an_upper_end(requirement: Requirement) -> None:
    operators = {specifier.operator for specifier in requirement.specifier}
    if requirement.name not in ("packaging", "tzdata"):  # numbered by the year: no series to hold them to
        assert operators in ({">=", "<"}, {"=="})


def test_every_package_of_the_lock_has_hashes_and_one_version() -> None:
    names = [name for name, _, _ in ENTRIES]
    assert len(names) > 100
    assert len(names) == len(set(names))
    for entry in re.split(r"^(?=[A-Za-z0-9])", LOCK, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_the_lock_names_no_index() -> None:
    assert not re.search(r"https?:|--(extra-)?index-url|--find-links|@ ", LOCK)


def test_the_lock_is_for_every_system() -> None:
    markers = {name: marker for name, _, marker in ENTRIES if marker}
    assert "win32" in markers["colorama"]
    assert "darwin" in markers["appnope"]


def test_what_builds_the_project_is_locked_too() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    locked = {canonicalize_name(name) for name, _, _ in ENTRIES}
    for line in pyproject["build-system"]["requires"]:
        assert canonicalize_name(Requirement(line).name) in locked


def test_conda_installs_the_same_lock_and_the_project_without_dependencies() -> None:
    # GIVEN the file that conda reads
    text = (ROOT / "environment.yml").read_text("utf-8")
    environment = yaml.safe_load(text)
    # THEN Python's range is the project's, everything else comes from the lock, and nothing is pinned twice
    python, pip, packages = environment["dependencies"]
    assert python.removeprefix("python") == PROJECT["requires-python"]
    assert pip == "pip"
    assert packages == {"pip": ["-r requirements.lock"]}
    assert environment["name"] == PROJECT["name"]
    assert re.search(r"^#\s+python -m pip install --no-deps -e \.$", text, re.MULTILINE)


def test_there_is_no_lock_that_carries_addresses() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout
    assert "uv.lock" not in tracked.splitlines()
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert not re.search(r"\buv (run|sync|lock)\b", makefile)


@pytest.mark.parametrize(
    ("version", "why"),
    [((3, 9, 2), "is too old"), ((3, 10, 13), "is too old"), ((3, 15, 0), "some packages have no wheels")],
)
def test_the_set_up_refuses_another_python_in_one_line(version: tuple[int, ...], why: str) -> None:
    with pytest.raises(bootstrap.SetupError, match=rf"needs Python 3\.11 to 3\.14.*{why}.*PYTHON=") as error:
        bootstrap.check_python(version)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 14, 2)])
def test_the_set_up_takes_each_python_that_the_project_names(version: tuple[int, ...]) -> None:
    bootstrap.check_python(version)
    named = {line.rpartition(" ")[2] for line in PROJECT["classifiers"] if "Python :: 3." in line}
    assert f"{version[0]}.{version[1]}" in named
    assert Requirement(f"python{PROJECT['requires-python']}").specifier.contains(".".join(map(str, version)))


def test_the_set_up_is_quiet_about_each_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[list[str]] = []

    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        seen.append(command)
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr(bootstrap.subprocess, "run", run)
    monkeypatch.delenv("PIP_NO_INDEX", raising=False)
    with pytest.raises(bootstrap.SetupError, match="is there a network"):
        bootstrap.install(tmp_path / "python", "uv", ["-r", "requirements.lock"])
    assert [("--quiet" in command) for command in seen] == [True, True]


def test_a_set_up_without_a_network_blames_the_folder_of_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a folder of packages that lacks some
    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, "install" in command, stdout="3.13\n")

    monkeypatch.setattr(bootstrap.subprocess, "run", run)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "wheels")
    # WHEN the packages are installed from it
    with pytest.raises(bootstrap.SetupError) as error:
        bootstrap.install(Path("python"), "uv", ["-r", "requirements.lock"])
    # THEN the last line names the folder, the Python version and the system, and what to do
    message = str(error.value)
    assert "is there a network" not in message
    assert "the folder of packages (wheels) lacks something for Python 3.13 on " in message
    assert "`make setup PYTHON=" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("version", "is_finished", "is_made"), [("2.7", False, True), ("2.7", True, False), ("", False, False)]
)
def test_an_environment_that_a_failed_set_up_left_with_another_python_is_made_anew(
    version: str, is_finished: bool, is_made: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN an environment that works, of another Python or of this one
    made: list[list[str]] = []
    monkeypatch.setattr(bootstrap, "works", lambda python: True)
    this = f"{sys.version_info[0]}.{sys.version_info[1]}"
    monkeypatch.setattr(bootstrap, "version_of", lambda python: version or this)

    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        made.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(bootstrap.subprocess, "run", run)
    if is_finished:
        (tmp_path / bootstrap.STAMP).touch()
    # WHEN it is asked for THEN it is made anew when no set-up has ended in it with the other Python
    bootstrap.make_venv(tmp_path)
    assert bool(made) is is_made


def test_the_version_of_an_interpreter_is_asked_of_it(tmp_path: Path) -> None:
    assert bootstrap.version_of(Path(sys.executable)) == f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert bootstrap.version_of(tmp_path / "none") == ""


def test_the_makefile_and_the_set_up_mean_the_same_stamp() -> None:
    assert f"STAMP := .venv/{bootstrap.STAMP}\n" in (ROOT / "Makefile").read_text("utf-8")


def test_the_set_up_takes_uv_with_its_hashes_from_the_lock() -> None:
    entry = bootstrap.locked("uv", ROOT / "requirements.lock")
    assert re.match(r"uv==\d+\.\d+\.\d+ \\\n\s+--hash=sha256:", entry)
    assert entry.count("==") == 1


def test_the_set_up_names_a_package_that_the_lock_has_not() -> None:
    with pytest.raises(bootstrap.SetupError, match=r"requirements\.lock has no entry for nothing"):
        bootstrap.locked("nothing", ROOT / "requirements.lock")


def test_an_interpreter_that_does_not_start_does_not_work(tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/nowhere/python\n")
    broken.chmod(0o755)
    assert not bootstrap.works(broken)
    assert not bootstrap.works(tmp_path / "none")


def test_a_python_without_venv_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a Python whose venv module does not work, as Debian's without python3-venv
    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "ensurepip is not available")

    fake = ModuleType("subprocess")
    fake.run = run  # type: ignore[attr-defined]
    monkeypatch.setattr(bootstrap, "subprocess", fake)
    # WHEN it is to make the environment THEN the package to install is named
    with pytest.raises(bootstrap.SetupError, match=r"sudo apt install python3\.\d+-venv"):
        bootstrap.make_venv(tmp_path / ".venv")


def test_the_set_up_needs_only_the_standard_library() -> None:
    # GIVEN an interpreter that sees no installed package
    code = f"import runpy; runpy.run_path({str(ROOT / 'cdc_lab' / 'course' / 'bootstrap.py')!r})"
    # WHEN the script is loaded THEN nothing is missing
    answer = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make without running its recipes."""
    return subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def test_make_alone_lists_every_target() -> None:
    # GIVEN the targets that the course promises
    promised = [
        "setup",
        "course",
        "examples",
        "example-1",
        "example-2",
        "example-3",
        "lab",
        "test",
        "lint",
        "bench",
        "clean",
    ]
    # WHEN make is run without a target
    answer = make()
    # THEN each is listed with a line of explanation, and nothing was done
    assert answer.returncode == 0, answer.stderr
    listed = dict(re.findall(r"^make (\S+) +(.+)$", answer.stdout, re.MULTILINE))
    assert set(promised) <= set(listed)
    assert all(listed.values())


def test_make_names_the_interpreters_that_it_looked_for() -> None:
    # GIVEN a name that is no Python
    answer = make("-W", "pyproject.toml", "setup", "PYTHON=no-such-python")
    # THEN the error says so in one line
    assert answer.returncode != 0
    assert answer.stderr.splitlines()[0].startswith("set-up: no Python 3.11 to 3.14 among no-such-python: ")


def test_the_recipe_without_a_network_brings_what_builds_and_names_one_python() -> None:
    # GIVEN the page for a class, and the packages that come as source only: setuptools builds them
    page = (ROOT / "cdc_lab/course/book/pages/teaching.md").read_text("utf-8")
    fetch, set_up = re.findall(r"^```\n(.*?)^```", page.partition("## Without a network")[2], re.M | re.S)[:2]
    # THEN what the lock does not bring is fetched too, and both sides name the same Python
    assert "pip download setuptools wheel -d wheels" in fetch
    assert "hatchling" in {name for name, _, _ in ENTRIES}
    assert re.findall(r"python3\.\d+", fetch) == re.findall(r"python3\.\d+", set_up)
