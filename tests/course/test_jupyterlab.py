"""JupyterLab is reachable from this machine only, and leaves the reader's own settings alone."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from cdc_lab.course import jupyterlab
from cdc_lab.course.project import CourseError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("00_start.ipynb", "01_a.ipynb", "00_start.mine.ipynb", "reference_facts.ipynb"):
        (tmp_path / name).touch()
    return tmp_path


def test_it_opens_on_the_first_notebook_of_the_folder(folder: Path) -> None:
    command = jupyterlab.command(folder, folder / ".state")
    assert "--ServerApp.ip=127.0.0.1" in command
    assert f"--ServerApp.root_dir={folder}" in command
    assert "--LabApp.default_url=/lab/tree/00_start.ipynb" in command


@pytest.mark.parametrize("shell", ["/bin/zsh", "/a folder/fish", ""])
def test_its_terminals_are_no_login_shells(folder: Path, monkeypatch: pytest.MonkeyPatch, shell: str) -> None:
    # GIVEN a reader's shell, which as a login shell would set PATH anew, without the course's commands
    monkeypatch.setenv("SHELL", shell)
    # WHEN the environment is made
    own = Path(jupyterlab.environment(folder / ".state")["JUPYTER_CONFIG_PATH"].split(":")[0])
    # THEN JupyterLab's terminals are that shell, with no option (tests/browser tries one)
    settings = json.loads((own / "jupyter_server_config.json").read_text())["ServerApp"]
    assert settings["terminado_settings"] == {"shell_command": [shell or shutil.which("sh")]}


def test_it_opens_the_folder_that_was_asked_for(folder: Path) -> None:
    # GIVEN that JupyterLab refuses to start with two folders
    command = jupyterlab.command(folder, folder, ["--ServerApp.root_dir=elsewhere"])
    assert [argument for argument in command if "root_dir" in argument] == ["--ServerApp.root_dir=elsewhere"]


@pytest.mark.parametrize(
    ("user", "arguments", "allowed"),
    [
        (0, [], True),
        (0, ["--no-browser", "--port=9999"], True),
        (0, ["--ip=localhost"], True),
        (0, ["--ip", "::1"], True),
        (0, ["--ip=0.0.0.0"], False),
        (0, ["--ip", "0.0.0.0"], False),
        (0, ["--ServerApp.ip=*"], False),
        (1000, [], False),
    ],
)
def test_root_is_allowed_where_nobody_else_reaches_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, user: int, arguments: list[str], allowed: bool
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: user, raising=False)
    assert ("--allow-root" in jupyterlab.command(folder, folder, arguments)) is allowed


def test_its_settings_are_defaults_in_a_folder_of_its_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a reader with settings
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/theirs")
    # WHEN the environment is made
    environment = jupyterlab.environment(folder / ".state")
    # THEN theirs still counts, and ours stands beside
    own, theirs = environment["JUPYTER_CONFIG_PATH"].split(":")
    assert theirs == "/theirs"
    assert environment["PATH"].startswith(str(Path(sys.executable).parent))
    settings = json.loads((Path(own) / "labconfig/default_setting_overrides.json").read_text())
    assert settings["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"


def test_jupyterlab_knows_each_of_the_settings(folder: Path) -> None:
    # GIVEN the schemas of the installed JupyterLab
    schemas = Path(pytest.importorskip("jupyterlab").__file__).parent / "schemas"
    if not schemas.is_dir():
        from jupyterlab.commands import get_app_dir

        schemas = Path(get_app_dir()) / "schemas"
    for name, values in jupyterlab._SETTINGS.items():
        package, plugin = name.split(":")
        schema = json.loads((schemas / package / f"{plugin}.json").read_text())
        assert values.keys() <= schema["properties"].keys(), name


def test_without_jupyterlab_one_line_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jupyterlab, "find_spec", lambda name: None)
    with pytest.raises(CourseError, match=r"pip install 'cdc-lab\[course\]'"):
        jupyterlab.command(folder, folder)
