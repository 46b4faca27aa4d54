"""Fresh notebooks without loss: the reader's own is kept beside, under a name of its own."""

from __future__ import annotations

from pathlib import Path

from cdc_lab.course.committed import edited, last_committed
from cdc_lab.course.project import CourseError, notebook_files, packaged_course
from cdc_lab.course.workspace import find_workspace, said
from cdc_lab.keeping import keep, replace

ELSEWHERE = "unpack the course once more in another folder, and take the fresh notebook from there"


def reset(root: Path, name: str) -> str:
    """Make one notebook as the reader was given it, and return in one line what was done.

    It is the one of the reader's workspace. Without a workspace, or where the name is a path below
    ``notebooks/``, it is the course's own, made as it was committed.

    Parameters
    ----------
    root : Path
        The checkout, or what a wheel brought.
    name : str
        ``01_streams_intro``, ``exercises/exercise_1_audit_log``, or a path; with or without ``.ipynb``.

    Raises
    ------
    CourseError
        When the name is no notebook's, or that of several, or nothing knows what the fresh one is.
    """
    workspace = find_workspace(root)
    if workspace is not None and not _is_the_courses(root, name):
        return workspace.reset(_find(workspace.folder, name, set(workspace.names()), workspace.edited()))
    if root == packaged_course():
        raise CourseError("no course of yours here: change into the folder that `cdc-lab start` made")
    return _reset_committed(root, name)


def _is_the_courses(root: Path, name: str) -> bool:
    given = Path(name) if Path(name).is_absolute() else Path.cwd() / name
    return given.with_suffix(".ipynb").exists() and given.is_relative_to(root / "notebooks")


def _reset_committed(root: Path, name: str) -> str:
    changed = edited(root)
    if changed is None:
        raise CourseError(f"git does not know the notebooks here: {ELSEWHERE}")
    known = {*changed, *(path.relative_to(root).as_posix() for path in notebook_files(root))}
    found = _find(root, name, known, changed)
    path = root / found
    if found not in changed:
        return f"{found} is as it was committed: nothing to do"
    fresh = last_committed(root, found)
    kept = keep(path) if path.exists() else None
    replace(path, fresh)
    return said(found, kept.relative_to(root) if kept else None)


def _find(root: Path, name: str, known: set[str], changed: list[str]) -> str:
    wanted = name.removesuffix(".ipynb")
    given = Path(wanted) if Path(wanted).is_absolute() else Path.cwd() / wanted
    if given.is_relative_to(root):
        wanted = given.relative_to(root).as_posix() if given.with_suffix(".ipynb").exists() else wanted
    matching = [path for path in sorted(known) if f"/{path.removesuffix('.ipynb')}".endswith(f"/{wanted}")]
    # An exercise and its solution have one name: the one that was worked on is meant.
    matching = [path for path in matching if path in changed] or matching
    if len(matching) > 1:
        raise CourseError(f"{name!r} is the name of several notebooks: write one of {', '.join(matching)}")
    if not matching:
        edited_ones = f"edited are {', '.join(changed)}" if changed else "none is edited"
        raise CourseError(f"no notebook is called {name!r}: {edited_ones}")
    return matching[0]
