"""The notebooks as git has them, beside a reader's own: what tests look at, and what a reset brings back.

A reader answers, types and saves in the course's own files. What is tested is therefore what git's index
holds, which is what an author is about to commit; where no notebook differs, the files themselves are used.
The standard library only: the doctor, too, works with any package missing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cdc_lab.course.project import CourseError

# "working": test the files as they are; or a folder that holds notebooks/ and data/.
CHOICE = "CDC_LAB_TEST_NOTEBOOKS"
WORKING = "working"
# What notebooks read, link to and are linted by; an author's edits of these are tested as they are.
_BESIDE = ("data", "README.md", "pyproject.toml")
_NAMED = 4


@dataclass(frozen=True)
class Chosen:
    """What is tested: ``root`` holds ``notebooks/``, and ``said`` tells in one line why it is that one."""

    root: Path
    said: str = ""
    is_copy: bool = False

    @property
    def environment(self) -> dict[str, str]:
        """Variables for a process that is to test the same; a copy's notebooks meet the copy by its data."""
        data = {"CDC_LAB_DATA": str(self.root / "data")} if self.is_copy else {}
        return {CHOICE: str(self.root), **data}


def under_test(root: Path, environment: Mapping[str, str] | None = None) -> Chosen:
    """Return which notebooks to test: the files, or a copy as git's index has them where one differs.

    Parameters
    ----------
    root : Path
        The checkout. A copy lies in its ``build/committed/``.
    environment : mapping, optional
        Where ``CDC_LAB_TEST_NOTEBOOKS`` is looked up; the process's own by default.

    Raises
    ------
    CourseError
        When ``CDC_LAB_TEST_NOTEBOOKS`` names no folder with notebooks, or git cannot write its copy.
    """
    chosen = (os.environ if environment is None else environment).get(CHOICE)
    if chosen == WORKING:
        return Chosen(root, f"notebooks: the files are tested as they are ({CHOICE}={WORKING})")
    if chosen:
        if not (Path(chosen) / "notebooks").is_dir():
            raise CourseError(f"{CHOICE} is {chosen!r}: write {WORKING!r}, or a folder that holds notebooks/")
        return Chosen(Path(chosen))
    if not _tracked(root):
        return Chosen(root, "notebooks: the files are tested as they are, for git does not know them here")
    changed = [*_differing(root), *_unknown(root)]
    if not changed:
        return Chosen(root)
    more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
    return Chosen(
        _copy(root),
        f"notebooks: tested as in git's index, for these differ here: {', '.join(changed[:_NAMED])}{more} "
        f"(`git add` yours, or set {CHOICE}={WORKING}, to test them)",
        is_copy=True,
    )


def edited(root: Path) -> list[str] | None:
    """Return the notebooks that differ from the last commit, by their paths; None where there is no git."""
    return _differing(root, "HEAD") if _tracked(root) else None


def last_committed(root: Path, name: str) -> bytes:
    """Return a notebook's file as the last commit has it, its path given relative to the checkout."""
    return _git(root, "cat-file", "--filters", f"HEAD:./{name}")


def _differing(root: Path, *commit: str) -> list[str]:
    """Paths of the notebooks that differ from the index, or from a commit; those that are gone included."""
    return _paths(_git(root, "diff", "--name-only", "--relative", "-z", *commit, "--", "notebooks"))


def _unknown(root: Path) -> list[str]:
    return _paths(_git(root, "ls-files", "--others", "--exclude-standard", "-z", "--", "notebooks"))


def _tracked(root: Path) -> list[str]:
    try:
        return _paths(_git(root, "ls-files", "-z", "--", "notebooks"))
    except CourseError:
        return []


def _paths(listed: bytes) -> list[str]:
    return sorted(name for name in listed.decode().split("\0") if name.endswith(".ipynb"))


def _copy(root: Path) -> Path:
    """Write notebooks/ as the index has it, and the files beside it; return the folder, named by its content.

    Such a folder never changes: several runs at once can read it.
    """
    files = [file for name in _BESIDE for file in _files(root / name)]
    index = _git(root, "ls-files", "--stage", "-z", "--", "notebooks")
    content = hashlib.sha256(index)
    for file in files:
        content.update(f"\0{file.relative_to(root).as_posix()}\0".encode() + file.read_bytes())
    target = root / "build" / "committed" / content.hexdigest()[:16]
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as draft:
        whole = Path(draft) / "whole"
        names = _git(root, "ls-files", "-z", "--", "notebooks")
        _git(root, "checkout-index", "-z", "--stdin", f"--prefix={whole.as_posix()}/", given=names)
        # A course that was put into a folder of a larger repository is written below that folder's name.
        made = whole / _git(root, "rev-parse", "--show-prefix").decode().strip()
        for file in files:
            (made / file.relative_to(root)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, made / file.relative_to(root))
        try:
            made.rename(target)
        except OSError:
            if not target.is_dir():  # else another run was faster
                raise
    return target


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return [path] if path.is_file() else []


def _git(root: Path, *arguments: str, given: bytes | None = None) -> bytes:
    """Run git in the checkout and return what it printed.

    Raises
    ------
    CourseError
        When there is no git, or it refuses.
    """
    try:
        answer = subprocess.run(["git", *arguments], cwd=root, input=given, capture_output=True, check=False)
    except OSError:
        raise CourseError("git is not installed") from None
    if answer.returncode:
        said: Sequence[str] = answer.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        raise CourseError(f"git {arguments[0]} failed: {said[-1]}")
    return answer.stdout
