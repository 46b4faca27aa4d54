"""The commands that hand on to a tool: tests, checks, benchmarks, JupyterLab, the lock file, cleaning up."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

from cdc_lab.course import jupyterlab
from cdc_lab.course.committed import Chosen, under_test
from cdc_lab.course.kernel import batch_environment
from cdc_lab.course.project import CourseError, course_notebooks
from cdc_lab.course.workspace import Workspace, default_folder, find_workspace

# More workers than this only wait for each other's kernels.
MOST_WORKERS = 8


def workers() -> int:
    """Return how many test processes to run: the processors that this process may use, at most eight."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, MOST_WORKERS)


def pytest_arguments(root: Path, arguments: Sequence[str], notebooks: Path | None = None) -> list[str]:
    """Return pytest's arguments: all tests and every committed notebook, unless ``arguments`` names paths.

    Notebooks are compared strictly, never ``--nbval-lax``; one process takes all cells of one, in one kernel.

    Parameters
    ----------
    root : Path
        The checkout.
    arguments : sequence of str
        What the caller asks of pytest.
    notebooks : Path, optional
        What holds the ``notebooks/`` to test (`cdc_lab.course.committed`); the checkout by default.
    """
    spread = ["-n", str(workers()), "--dist", "loadfile", "--no-loadscope-reorder"]
    strictly = ["--nbval", "--nbval-current-env", "--nbval-cell-timeout", "300"]
    chosen = [
        item for item in arguments if not item.startswith("-") and (root / item.split("::")[0]).exists()
    ]
    found = [] if chosen else course_notebooks(notebooks or root)
    paths = [str(path.relative_to(root) if path.is_relative_to(root) else path) for path in found]
    return [*spread, *strictly, *arguments, *([] if chosen else ["tests", *paths])]


def test(root: Path, arguments: Sequence[str]) -> int:
    """Run pytest and return its exit code."""
    chosen = _tested(root)
    environment = {**batch_environment(root / "build"), **chosen.environment}
    if not arguments:
        print("all tests: five to fifteen minutes on two processors", flush=True)
    # matplotlib's font list is made first: made in a notebook's kernel, it is announced in a cell's output.
    _step([sys.executable, "-c", "import matplotlib.font_manager"], root, environment)
    command = [sys.executable, "-m", "pytest", *pytest_arguments(root, arguments, chosen.root)]
    return _run(command, root, environment)


def lint(root: Path) -> int:
    """Run every check, also after one that failed; return 1 when any did."""
    chosen = _tested(root)
    ruff = ["ruff", "check", "."]
    if chosen.root != root:
        ruff += ["--extend-exclude", "notebooks/**/*.ipynb", str(chosen.root / "notebooks")]
    checks = {
        "ruff": ruff,
        "ruff format": ["ruff", "format", "--check", "."],
        "mypy": ["mypy"],
        "notebooks": ["tests.notebooks.lint"],
    }
    failed = []
    for name, command in checks.items():
        print(f"-- {name}", flush=True)
        if _step([sys.executable, "-m", *command], root, {**os.environ, **chosen.environment}):
            failed.append(name)
    print(f"lint: FAILED: {', '.join(failed)}" if failed else "lint: all checks passed", flush=True)
    return 1 if failed else 0


def _tested(root: Path) -> Chosen:
    """Return which notebooks to test, and say it where they are not simply the committed ones."""
    chosen = under_test(root)
    if chosen.said:
        print(chosen.said, flush=True)
    return chosen


def bench(root: Path, only: Sequence[str] | None) -> int:
    """Run the benchmark scripts in order; each prints its own table. Return 1 when any failed.

    Parameters
    ----------
    root : Path
    only : sequence of str or None
        Only scripts with one of these in their name; None for all.
    """
    scripts = sorted((root / "tests" / "benchmarks").glob("bench_*.py"))
    if not scripts:
        raise CourseError("tests/benchmarks/ has no bench_*.py")
    for pattern in only or ():
        if not any(pattern in script.name for script in scripts):
            raise CourseError(f"tests/benchmarks/ has no bench_*.py with {pattern!r} in its name")
    scripts = [script for script in scripts if only is None or any(part in script.name for part in only)]
    if only is None:
        print(f"{len(scripts)} benchmarks: about a quarter of an hour on an idle machine", flush=True)
    failed = []
    for number, script in enumerate(scripts, start=1):
        print(f"-- [{number}/{len(scripts)}] {script.stem}", flush=True)
        if _step([sys.executable, str(script)], root):
            failed.append(script.name)
    if failed:
        print(f"bench: FAILED: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


def lab(root: Path, arguments: Sequence[str]) -> int:
    """Open JupyterLab on the reader's workspace in the checkout, or on the folder that the caller names."""
    if any(argument.startswith("--ServerApp.root_dir") for argument in arguments):
        state = root / "build" / "jupyterlab"
        return _open(root, state, arguments)
    workspace = find_workspace(root)
    if workspace is None:
        folder = default_folder(root)
        if folder is None:
            raise CourseError(
                "no course here: run `cdc-lab start FOLDER` first, and `cdc-lab lab` in that folder"
            )
        workspace = Workspace(folder, root)
    return start(workspace, arguments)


def start(workspace: Workspace, arguments: Sequence[str] = (), *, opens: bool = True) -> int:
    """Make or update a workspace, say what was done, and open JupyterLab there.

    Parameters
    ----------
    workspace : Workspace
    arguments : sequence of str
        JupyterLab's.
    opens : bool
        False for an editor of the reader's own: the folder alone is made.
    """
    was_there = workspace.is_there
    lines = workspace.update()
    here = f"your notebooks: {workspace.folder}"
    print(f"{here} (as you left them)" if was_there else f"{here} (made now; answer and type there)")
    for line in lines:
        print(f"  {line}")
    if not opens:
        return 0
    print("JupyterLab opens in the browser; if not, open the address below. To end it: Ctrl-C here, then y.")
    return _open(workspace.folder, workspace.state, arguments)


def _open(folder: Path, state: Path, arguments: Sequence[str]) -> int:
    command = jupyterlab.command(folder, state, arguments)
    sys.stdout.flush()
    return _run(command, folder, jupyterlab.environment(state))


def lock(root: Path, arguments: Sequence[str]) -> int:
    """Make ``requirements.lock`` anew: for every system and Python, hashed, without a registry's address."""
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    if not Path(uv).exists():
        raise CourseError("uv is not installed: run `make setup`")
    command = [
        uv,
        "pip",
        "compile",
        "pyproject.toml",
        "--all-extras",
        "--universal",
        "--python-version",
        "3.11",
    ]
    # The fewest versions per package: what a notebook prints must not depend on the Python that runs it.
    command += ["--fork-strategy", "fewest", "--generate-hashes", "--no-emit-index-url", "--no-header"]
    command += ["--no-annotate", "--no-config", "--quiet", "--output-file", "requirements.lock", *arguments]
    private = ("UV_", "PIP_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(private)}
    # What uv would print is the whole lock file; what is wrong it says on standard error.
    return _step([*command], root, {**environment, "UV_SYSTEM_CERTS": "1"}, output=subprocess.DEVNULL)


def clean(root: Path) -> int:
    """Remove what runs and tools left behind; the environment in ``.venv`` stays.

    So do JupyterLab's checkpoints: they may be the only copy of what a reader typed.
    """
    names = ["build", "dist", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".benchmarks"]
    doomed = [root / name for name in names]
    for folder in ("cdc_lab", "tests", "notebooks", "data"):
        doomed += (root / folder).rglob("__pycache__")
    for path in doomed:
        if path.is_dir():
            shutil.rmtree(path)
            print(f"removed {path.relative_to(root)}/")
    return 0


def _step(
    command: Sequence[str],
    root: Path,
    environment: dict[str, str] | None = None,
    *,
    output: int | None = None,
) -> int:
    """Run one tool of several and return its exit code.

    An interrupt ends the tool and all that it started, at once, and goes on to the caller: no step follows.
    """
    apart = os.name != "nt"  # away from the terminal's Ctrl-C: the tool would answer it with a traceback
    process = subprocess.Popen(command, cwd=root, env=environment, stdout=output, start_new_session=apart)
    try:
        return process.wait()
    except KeyboardInterrupt:
        _end(process, apart)
        raise


def _end(process: subprocess.Popen[bytes], apart: bool) -> None:
    def tell(signum: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signum) if apart else process.send_signal(signum)

    tell(signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=3)
    if apart:
        tell(signal.SIGKILL)  # what the tool started may have outlived it
    process.wait()


def _run(command: Sequence[str], root: Path, environment: dict[str, str] | None = None) -> int:
    """Run a tool that has the terminal to its own end; return its exit code, as a shell counts it."""
    process: subprocess.Popen[bytes] | None = None

    def end(signum: int, frame: FrameType | None) -> None:
        # Ctrl-C reaches the tool by itself: it sums up what it did, or asks; it is not cut short.
        if signum == signal.SIGTERM and process is not None:
            process.terminate()

    # Handlers, not an exception: one that comes while the tool's end is being noted would lose its exit code.
    before = {signum: signal.signal(signum, end) for signum in (signal.SIGINT, signal.SIGTERM)}
    try:
        process = subprocess.Popen(command, cwd=root, env=environment)
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code
