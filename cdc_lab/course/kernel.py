"""The kernel of batch runs: this interpreter, whatever kernels and settings the user's home holds."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

NAME = "python3"


def write_spec(folder: Path, *options: str) -> Path:
    """Write a kernelspec ``python3`` that starts this interpreter; return the entry for ``JUPYTER_PATH``.

    A spec of that name in the user's home, or a stale one in the environment, may start another Python.

    Parameters
    ----------
    folder : Path
    options : str
        More of the kernel's own, such as ``--ext=cdc_lab.show.short_errors``.
    """
    # At each start a kernel warns that it talks to its parent without encryption; both are on this machine.
    quiet = "--log-level=ERROR"
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", quiet, *options],
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "metadata": {"debugger": True},
    }
    target = folder / "kernels" / NAME / "kernel.json"
    text = json.dumps(spec, indent=1)
    if not target.exists() or target.read_text("utf-8") != text:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Moved into place whole: another run may be reading it.
        draft = target.with_name(f"kernel.{os.getpid()}")
        draft.write_text(text, "utf-8")
        draft.replace(target)
    return folder


def with_own_kernel(
    build: Path, environment: dict[str, str] | None = None, options: Sequence[str] = ()
) -> dict[str, str]:
    """Return a copy of the environment in which Jupyter finds this interpreter's kernel first.

    Parameters
    ----------
    build : Path
        The folder for what a run leaves behind.
    environment : dict, optional
        What to start from; the process's own by default.
    options : sequence of str
        More of the kernel's own.
    """
    environment = dict(os.environ if environment is None else environment)
    known = environment.get("JUPYTER_PATH")
    own = str(write_spec(build / "jupyter", *options))
    environment["JUPYTER_PATH"] = own + (os.pathsep + known if known else "")
    return environment


def batch_environment(build: Path, environment: dict[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a batch run: own kernel, no start-up files, no private matplotlib style."""
    environment = with_own_kernel(build, environment)
    environment["IPYTHONDIR"] = str(build / "ipython")
    environment["MPLCONFIGDIR"] = str(build / "matplotlib")
    environment["CDC_LAB_STATE"] = str(build / "state")  # checks of solutions are no reader's progress
    if environment.pop("PYTHONDONTWRITEBYTECODE", None):
        # Without compiled modules every kernel start takes seconds; they go where nobody minds them.
        environment["PYTHONPYCACHEPREFIX"] = str(build / "pycache")
    return environment
