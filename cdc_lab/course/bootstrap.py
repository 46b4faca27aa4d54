"""Sets the project up in its own ``.venv``: ``python3 cdc_lab/course/bootstrap.py``, or ``make setup``.

Runs on a bare interpreter: the standard library only, and nothing of the package.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OLDEST, NEWEST = (3, 11), (3, 14)
STEPS = 4
STAMP = ".set-up"  # in .venv once a set-up has ended well


class SetupError(Exception):
    """The set-up cannot go on; the message says what is wrong and what to do."""


def say(step: int, text: str) -> None:
    """Print one line of progress, at once."""
    print(f"[{step}/{STEPS}] {text}", flush=True)


def check_python(version: tuple[int, ...] = tuple(sys.version_info[:3])) -> None:
    """Refuse an interpreter that is too old for the course, or too new for its packages.

    Raises
    ------
    SetupError
        When ``version`` is below 3.11, or above 3.14.
    """
    if OLDEST <= version[:2] <= NEWEST:
        return
    found = ".".join(map(str, version))
    why = "is too old" if version[:2] < OLDEST else "is too new: some packages have no wheels for it yet"
    raise SetupError(
        f"the course needs Python 3.11 to 3.14, and {sys.executable} is {found}, which {why}. "
        "Install one of those and name it, as in `make setup PYTHON=python3.13`"
    )


def venv_python(venv: Path) -> Path:
    """Return where a virtual environment keeps its interpreter, on this system."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def works(python: Path) -> bool:
    """Tell whether ``python`` starts, is one of ours and has pip, which an interrupted set-up leaves out."""
    code = f"import sys, pip; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
    try:
        return subprocess.run([str(python), "-c", code], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def version_of(python: Path) -> str:
    """Return the version of an interpreter, such as ``3.12``; empty when it does not start."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return (answer.stdout or "").strip()


def make_venv(venv: Path) -> Path:
    """Create the virtual environment where there is none that works, and return its interpreter.

    One that a failed set-up left with another Python is made anew: the reader has named the right one since.

    Raises
    ------
    SetupError
        When this Python cannot make one.
    """
    python = venv_python(venv)
    is_ours = (venv / STAMP).exists() or version_of(python) == f"{sys.version_info[0]}.{sys.version_info[1]}"
    if is_ours and works(python):
        say(1, f"the environment {venv.name} is there")
        return python
    say(1, f"making the environment {venv.name} with Python {sys.version.split()[0]}")
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(venv)], capture_output=True, text=True, check=False
    )
    if made.returncode or not works(python):
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        raise SetupError(
            f"`{sys.executable} -m venv` does not work: on Debian and Ubuntu `sudo apt install {package}`, "
            "elsewhere install a Python that has venv and pip, or name another one with PYTHON=...\n"
            + (made.stdout + made.stderr).strip()
        )
    return python


def locked(package: str, lock: Path) -> str:
    """Return the entry of ``package`` in the lock file, with its hashes."""
    entry = re.search(
        rf"^{re.escape(package)}==.*?(?=^\S|\Z)", lock.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    if entry is None:
        raise SetupError(f"{lock.name} has no entry for {package}: make it anew with `make lock`")
    return entry.group()


def find_uv(python: Path, lock: Path) -> str | None:
    """Return the machine's uv, or the locked one brought by pip; None where neither works."""
    machine = shutil.which("uv")
    own = python.with_name("uv.exe" if os.name == "nt" else "uv")
    if machine or own.exists():
        say(2, f"uv is there: {machine or own.relative_to(ROOT)}")
        return machine or str(own)
    say(2, "bringing uv by pip into the environment")
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "uv.txt"
        wanted.write_text(locked("uv", lock), "utf-8")
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*command, "--require-hashes", "--no-deps", "-r", str(wanted)], check=False)
    return str(own) if own.exists() else None


def install(python: Path, uv: str | None, arguments: list[str]) -> None:
    """Install with uv, and with pip where uv cannot (pip knows mirrors that uv's settings may not name).

    Raises
    ------
    SetupError
        When pip cannot either.
    """
    # The certificates that the machine's owner trusts, as pip and browsers use them.
    environment = {"UV_SYSTEM_CERTS": "1", **os.environ}
    if uv is not None:
        command = [uv, "pip", "install", "--quiet", "--python", str(python), *arguments]
        if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0:
            return
        print("uv could not; trying pip, which is slower", flush=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        raise SetupError(f"the packages could not be installed: see the lines above; {_why(python)}")


def _why(python: Path) -> str:
    if os.environ.get("PIP_NO_INDEX", "0") == "0":
        return "is there a network?"
    folder = os.environ.get("PIP_FIND_LINKS")
    return (
        f"the folder of packages{f' ({folder})' if folder else ''} lacks something for Python "
        f"{version_of(python)} on {sysconfig.get_platform()}: fetch it with this Python version on such a "
        "system, or name the one that it was fetched with, with `make setup PYTHON=...`"
    )


def main() -> int:
    """Set the project up; return the exit code."""
    lock = ROOT / "requirements.lock"
    try:
        check_python()
        python = make_venv(ROOT / ".venv")
        uv = find_uv(python, lock)
        say(3, "installing the packages of requirements.lock: some 200, once; about a minute")
        install(python, uv, ["--require-hashes", "-r", lock.name])
        say(4, "installing this project beside them")
        install(python, uv, ["--no-deps", "--no-build-isolation", "--editable", "."])
    except SetupError as error:
        print(f"set-up: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("set-up: interrupted; the next command goes on with it", file=sys.stderr)
        return 130
    (ROOT / ".venv" / STAMP).touch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
