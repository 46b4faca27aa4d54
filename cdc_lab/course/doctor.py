"""Says what on this machine keeps the course from running, and what to do: works with any package missing."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from cdc_lab.course.bootstrap import NEWEST, OLDEST
from cdc_lab.course.committed import edited
from cdc_lab.course.project import has_embedded_engine, packaged_course
from cdc_lab.course.typed import typed
from cdc_lab.course.workspace import find_workspace

# The order in which the report shows them; only FAIL makes the doctor's exit code 1.
OK, NOTE, FAIL = "OK", "NOTE", "FAIL"

_MISSING = "not installed"
_FEW = 3  # missing packages that are named one by one
_SET_UP_AGAIN = (
    "run `make setup`, or `python cdc_lab/course/bootstrap.py`, and do what its last line says; without a "
    "network see `Without a network` in cdc_lab/course/book/pages/teaching.md"
)
_OF_A_WHEEL = "run `python -m pip install 'cdc-lab[course]'` in the environment in use"
_AWS_SETTINGS = re.compile(
    r"AWS_(PROFILE|DEFAULT_PROFILE|ENDPOINT_URL.*|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|SECURITY_TOKEN"
    r"|ROLE_ARN|WEB_IDENTITY_TOKEN_FILE|CONTAINER_CREDENTIALS_.*|CONFIG_FILE|SHARED_CREDENTIALS_FILE)$"
)


@dataclass(frozen=True)
class Finding:
    """One line of the report: how it stands, what was looked at, what was seen and what to do."""

    status: str
    what: str
    seen: str
    remedy: str = ""

    def __str__(self) -> str:
        line = f"{self.status:4}  {self.what}: {self.seen}"
        return f"{line} -> {self.remedy}" if self.remedy else line


def examine(root: Path, environment: Mapping[str, str] | None = None) -> list[Finding]:
    """Return all findings for the checkout at ``root``.

    Parameters
    ----------
    root : Path
        The checkout.
    environment : mapping, optional
        Environment variables; the process's own by default.
    """
    environment = os.environ if environment is None else environment
    python = check_python(sys.version_info[:3])
    if python.status == FAIL:
        return [python]
    packages = list(check_packages(requirements(root)))
    # What a missing package breaks needs no line of its own.
    is_empty = any(finding.what == "packages" and finding.status == FAIL for finding in packages)
    return [
        python,
        *packages,
        *([] if is_empty or root == packaged_course() else [check_project(root)]),
        *(check_folders(root) if root != packaged_course() else []),
        *([] if is_empty else [check_kernel(), check_search_engine(environment)]),
        *check_aws_settings(environment),
        check_workspace(root),
        *([check_notebooks(root)] if root != packaged_course() else []),
    ]


def check_python(version: tuple[int, ...]) -> Finding:
    """Check that the interpreter's version is one for which the course's packages have wheels."""
    seen = f"{'.'.join(map(str, version))} ({sys.executable})"
    if not OLDEST <= version[:2] <= NEWEST:
        return Finding(
            FAIL, "Python", seen, "install 3.11 to 3.14, remove .venv and run `make setup PYTHON=...`"
        )
    return Finding(OK, "Python", seen)


def requirements(root: Path) -> list[str]:
    """Return what ``pyproject.toml`` asks for, with development tools; of a wheel what the course needs."""
    if not (root / "pyproject.toml").exists():
        asked = [line.replace("extra == 'course'", "") for line in metadata.requires("cdc-lab") or ()]
        return [line.rstrip(" ;").removesuffix(" and") for line in asked if "extra ==" not in line]
    import tomllib  # an interpreter that is too old to have it is told so first

    with (root / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    return [line for group in groups for line in group if not line.startswith(f"{project['name']}[")]


def check_packages(wanted: list[str]) -> Iterator[Finding]:
    """Check that each package is there and in its range.

    One line stands for all that are, and one for all that are not, where those are many.
    """
    faults = [fault for each in sorted(wanted, key=str.lower) if (fault := _check_package(each))]
    missing = [fault.what for fault in faults if fault.seen == _MISSING]
    if len(missing) > _FEW:
        seen = f"{len(set(missing))} are not installed, such as {missing[0]}: the set-up has not ended well"
        yield Finding(FAIL, "packages", seen, _OF_A_WHEEL if packaged_course() else _SET_UP_AGAIN)
        return
    yield from faults
    good = len(wanted) - len(faults)
    yield Finding(OK, "packages", f"{good} of {len(wanted)} there and in the range of pyproject.toml")


def _check_package(requirement: str) -> Finding | None:
    specifier, _, marker = requirement.partition(";")
    match = re.match(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?\s*(.*)", specifier.strip())
    assert match is not None
    name, bounds = match.groups()
    again = "run `make setup`, or `python -m pip install -r requirements.lock` in the environment in use"
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        if marker:  # wanted on some systems only; what needs it says what it does without
            return None
        return Finding(FAIL, name, _MISSING, again)
    if not in_range(version, bounds):
        return Finding(FAIL, name, f"{version}, and {bounds} is needed", again)
    return None


def in_range(version: str, bounds: str) -> bool:
    """Tell whether a version lies within bounds such as ``>=1.4,<2`` or ``==0.0.3``.

    Plain numbers only, which is what pyproject.toml uses: the doctor must not need a package itself.
    """
    found = _numbers(version)
    for bound in filter(None, (part.strip() for part in bounds.split(","))):
        match = re.fullmatch(r"(>=|<|==)\s*([\d.]+)", bound)
        if match is None:
            raise ValueError(f"{bound!r} is not a bound that the doctor reads: use >=, < or ==, and numbers")
        operator, limit = match[1], _numbers(match[2])
        width = max(len(found), len(limit))
        left, right = (found + (0,) * width)[:width], (limit + (0,) * width)[:width]
        if not {">=": left >= right, "<": left < right, "==": left == right}[operator]:
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    match = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(map(int, match.group().split("."))) if match else ()


def check_project(root: Path) -> Finding:
    """Check that a notebook would import this checkout: one that was moved still points to the old place."""
    code = "import cdc_lab, pathlib; print(pathlib.Path(cdc_lab.__file__).resolve().parents[1])"
    answer = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False)
    seen = answer.stdout.strip() if answer.returncode == 0 else "not installed"
    if seen != str(root.resolve()):
        return Finding(
            FAIL,
            "cdc-lab",
            seen,
            "run `python -m pip install --no-deps -e .`, or remove .venv and `make setup`",
        )
    return Finding(OK, "cdc-lab", "installed from this checkout")


def check_kernel() -> Finding:
    """Check that this interpreter can be a kernel, and that a kernel can leave its connection file."""
    code = (
        "import ipykernel_launcher, ipykernel, jupyter_core.paths as paths\n"
        "print(ipykernel.__version__, paths.jupyter_runtime_dir())"
    )
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False
    )
    if answer.returncode:
        last = (answer.stderr.strip().splitlines() or ["no message"])[-1]
        return Finding(FAIL, "kernel", last, "run `make setup`: ipykernel is missing or broken")
    version, _, runtime = answer.stdout.strip().partition(" ")
    folder = Path(runtime)
    if not writable(folder):
        return Finding(
            FAIL, "kernel", f"{folder} is not writable", "set JUPYTER_RUNTIME_DIR to a folder that is"
        )
    return Finding(OK, "kernel", f"ipykernel {version} on this Python")


def check_folders(root: Path) -> Iterator[Finding]:
    """Check that what a run writes can be written: results, and notebooks that a reader edits."""
    for name in ("build", "notebooks"):
        if writable(root / name):
            yield Finding(OK, f"{name}/", "writable")
        else:
            yield Finding(
                FAIL, f"{name}/", "not writable", f"give yourself the right to write to {root / name}"
            )


def check_search_engine(environment: Mapping[str, str]) -> Finding:
    """Check that there is an engine to search with: that of ``OPENSEARCH_URL``, or the embedded one."""
    url = environment.get("OPENSEARCH_URL")
    if url:
        # The address may hold a password.
        return _check_address(url)
    if has_embedded_engine():
        return Finding(OK, "search engine", "embedded, started when it is needed")
    return Finding(
        NOTE,
        "search engine",
        "the embedded one has no build for this system",
        f"set OPENSEARCH_URL to an OpenSearch of yours; `{typed('course')}` leaves out what needs one",
    )


def _check_address(url: str) -> Finding:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    shown = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 443), timeout=2):
            return Finding(OK, "search engine", f"OPENSEARCH_URL, {shown} answers")
    except OSError as error:
        remedy = "start it, or unset OPENSEARCH_URL for the embedded one"
        return Finding(NOTE, "search engine", f"OPENSEARCH_URL, {shown} does not answer: {error}", remedy)


def writable(folder: Path) -> bool:
    """Tell whether a file could be made in ``folder``, or in the nearest folder above it that exists."""
    while not folder.exists():
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def check_aws_settings(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Name AWS settings that other programs left: a lab ignores them, and nothing of the course uses them."""
    names = sorted(name for name in environment if _AWS_SETTINGS.match(name))
    if names:
        yield Finding(
            NOTE, "AWS settings", ", ".join(names), "nothing to do: while a lab is open they are ignored"
        )
    else:
        yield Finding(OK, "AWS settings", "none in the environment; none is needed")


def check_workspace(root: Path) -> Finding:
    """Say where the reader's notebooks are, and in how many something was typed."""
    workspace = find_workspace(root)
    if workspace is None:
        how = typed("start", "FOLDER") if root == packaged_course() else typed("lab")
        return Finding(OK, "your notebooks", f"not made yet: `{how}` makes them")
    return Finding(OK, "your notebooks", f"{workspace.folder}, something typed in {len(workspace.edited())}")


def check_notebooks(root: Path) -> Finding:
    """Name the notebooks that differ from what was committed: they may hold a reader's work."""
    changed = edited(root)
    if changed is None:
        return Finding(NOTE, "notebooks", "not compared: git does not know them here")
    if changed:
        remedy = (
            f"nothing to do: `{typed('test')}` takes the committed ones from git; "
            f"`{typed('reset', 'notebooks/NAME')}` brings a fresh one, and keeps yours beside it as "
            "NAME.mine.ipynb"
        )
        return Finding(NOTE, "notebooks", f"differ from what was committed: {', '.join(changed)}", remedy)
    return Finding(OK, "notebooks", "as committed")


def report(findings: list[Finding]) -> int:
    """Print the findings and what they come to; return the exit code: 1 when one of them is a FAIL."""
    for finding in findings:
        print(finding)
    failed = sum(finding.status == FAIL for finding in findings)
    if failed:
        print(f"not ready: do what stands behind the arrow in each line that begins with {FAIL}")
        return 1
    print("ready: nothing that the course needs is missing")
    return 0
