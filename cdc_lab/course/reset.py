"""Fresh notebooks without loss: the reader's own is kept beside, under a name of its own."""

from __future__ import annotations

from pathlib import Path

from cdc_lab.course.committed import edited, last_committed
from cdc_lab.course.project import CourseError, notebook_files
from cdc_lab.keeping import keep, replace

ELSEWHERE = "unpack the course once more in another folder, and take the fresh notebook from there"


def reset(root: Path, name: str) -> str:
    """Make one notebook as it was committed, and return in one line what was done.

    Parameters
    ----------
    root : Path
        The checkout.
    name : str
        ``01_streams_intro``, ``exercises/exercise_1_audit_log``, or a path; with or without ``.ipynb``.

    Raises
    ------
    CourseError
        When the name is no notebook's, or that of several, or there is no git to ask for the fresh one.
    """
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
    yours = f"yours is {kept.relative_to(root).as_posix()}" if kept else "yours was not there"
    return f"{found} is fresh, {yours} (is it open in JupyterLab? then close it there without saving)"


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
