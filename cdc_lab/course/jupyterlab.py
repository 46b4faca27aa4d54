"""JupyterLab on a folder of notebooks: what it opens with, without a change to the reader's own settings."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path

from cdc_lab.course.kernel import with_own_kernel
from cdc_lab.course.project import CourseError
from cdc_lab.keeping import replace

# The defaults of JupyterLab's settings; what a reader sets in JupyterLab comes before them.
_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    # Without this column the notebooks' names have the whole width.
    "@jupyterlab/filebrowser-extension:browser": {"showLastModifiedColumn": False},
    "@jupyterlab/notebook-extension:tracker": {"codeCellConfig": {"lineWrap": True}},
}
# Jupytext is here for authors: it would add a section to the launcher, and entries to menus.
_WITHOUT = ["jupyterlab-jupytext"]
# Its imports take seconds: who presses Ctrl-C meanwhile gets no traceback.
_MAIN = """import sys
try:
    from jupyterlab.labapp import main
except KeyboardInterrupt:
    sys.exit(130)
sys.exit(main())"""
# Before any cell ran, after a restart, a name that is missing already says what to do.
_SAYS_REMEDIES = "--ext=cdc_lab.show.short_errors"
_LOOPBACK = "127.0.0.1"


def command(folder: Path, state: Path, arguments: Sequence[str] = ()) -> list[str]:
    """Return the command that opens JupyterLab, reachable from this machine only.

    Parameters
    ----------
    folder : Path
        What its file browser shows. A caller's own ``--ServerApp.root_dir`` replaces it.
    state : Path
        Where it keeps which tabs are open.
    arguments : sequence of str
        JupyterLab's own.

    Raises
    ------
    CourseError
        When JupyterLab is not installed.
    """
    if find_spec("jupyterlab") is None:
        raise CourseError("JupyterLab is not installed: run `python -m pip install 'cdc-lab[course]'`")
    opened = [sys.executable, "-c", _MAIN, f"--ServerApp.ip={_LOOPBACK}"]
    # Its lines say little to a reader, and warn of each fresh notebook. The address still shows.
    opened += ["--ServerApp.log_level=ERROR", "--LabApp.log_level=ERROR"]
    opened.append("--LanguageServerManager.autodetect=False")  # it would start npm to look for them
    opened.append(f"--LabApp.workspaces_dir={state / 'tabs'}")
    if not any(argument.startswith("--ServerApp.root_dir") for argument in arguments):
        opened.append(f"--ServerApp.root_dir={folder}")
        first = first_notebook(folder)
        if first:
            opened.append(f"--LabApp.default_url=/lab/tree/{first}")
    if _is_root() and _is_local(arguments):
        opened.append("--allow-root")
    return [*opened, *arguments]


def environment(state: Path) -> dict[str, str]:
    """Return the environment of JupyterLab: this interpreter's kernel, and the course's defaults.

    Parameters
    ----------
    state : Path
        The folder in which kernel and defaults are written.
    """
    config = state / "config"
    _write(config / "labconfig" / "default_setting_overrides.json", _SETTINGS)
    _write(config / "labconfig" / "page_config.json", {"disabledExtensions": dict.fromkeys(_WITHOUT, True)})
    shell = None if os.name == "nt" else os.environ.get("SHELL") or shutil.which("sh")
    if shell:
        # Started apart from a terminal, JupyterLab would open login shells, which set their PATH anew.
        terminals = {"terminado_settings": {"shell_command": [shell]}}
        _write(config / "jupyter_server_config.json", {"ServerApp": terminals})
    variables = with_own_kernel(state, options=[_SAYS_REMEDIES])
    known = variables.get("JUPYTER_CONFIG_PATH")
    variables["JUPYTER_CONFIG_PATH"] = str(config) + (os.pathsep + known if known else "")
    # What a lesson says to type in a terminal of JupyterLab, such as `cdc-lab reset`, is found there.
    variables["PATH"] = os.pathsep.join(
        [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    )
    return variables


def first_notebook(folder: Path) -> str | None:
    """Return the file with which a reader begins: the first numbered one of a workspace."""
    found = sorted(path.name for path in folder.glob("[0-9][0-9]*_*.ipynb") if "." not in path.stem)
    return found[0] if found else None


def _write(path: Path, settings: dict[str, object]) -> None:
    replace(path, json.dumps(settings, indent=1).encode())


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _is_local(arguments: Sequence[str]) -> bool:
    """Tell whether only this machine reaches JupyterLab: then its caution about root protects nobody."""
    for name in ("--ServerApp.ip", "--ip"):
        for number, argument in enumerate(arguments):
            given, _, value = argument.partition("=")
            if given == name and not _is_loopback(value or "".join(arguments[number + 1 : number + 2])):
                return False
    return True


def _is_loopback(address: str) -> bool:
    try:
        return address == "localhost" or ip_address(address).is_loopback
    except ValueError:
        return False
