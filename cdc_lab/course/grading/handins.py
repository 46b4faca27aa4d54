"""Who handed in what: the learners of a class's folder and their files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cdc_lab.course.grading.intercepting import may_check
from cdc_lab.course.grading.reading import Unreadable, code_cells
from cdc_lab.course.project import CourseError

_LEFT_OUT = {".ipynb_checkpoints", "__pycache__", "__MACOSX"}
# The course's own answers, which lie in every workspace: a folder of solutions, and the lesson that
# shows what a check says.
_SOLUTIONS = "solutions"
_OWN_ANSWERS = "06_exercises.ipynb"
NO_CHECK = "no check of an exercise in it"


@dataclass(frozen=True)
class HandIn:
    """One learner's notebooks; `reason` says why there are none.

    `has_solutions` when the folder holds the course's solutions, which are left out; `unchecked` counts the
    notebooks that hold no check of the learner's, such as lessons, which are left out too.
    """

    learner: str
    notebooks: tuple[Path, ...]
    reason: str = ""
    has_solutions: bool = False
    unchecked: int = 0


def of_files(paths: Iterable[Path]) -> list[HandIn]:
    """One hand-in to a file that was named; a file that was named twice counts once.

    Raises
    ------
    CourseError
        A file is not there.
    """
    unique = {path.resolve(): path for path in reversed(list(paths))}
    for path in unique.values():
        if not path.is_file():
            raise CourseError(f"{path} is no file: name a notebook, or a folder after --all")
    return [_of_file(path, path.stem) for path in reversed(list(unique.values()))]


def of_folder(folder: Path) -> list[HandIn]:
    """One hand-in to each folder in the class's folder, and to each file that lies there itself.

    Hidden files and checkpoints of JupyterLab's are left out, and of a learner's folder what is the course's:
    its folder of solutions, and lessons.

    Raises
    ------
    CourseError
        The folder is not there, or is empty.
    """
    if not folder.is_dir():
        raise CourseError(f"{folder} is no folder: name the one that holds the class's notebooks")
    entries = [
        entry
        for entry in sorted(folder.iterdir())
        if _counts(entry) and not (entry.is_dir() and entry.name.lower() == _SOLUTIONS)
    ]
    if not entries:
        raise CourseError(f"{folder} is empty: it should hold a notebook, or a folder, for each learner")
    names = [entry.stem for entry in entries]
    return [
        _of_folder(entry)
        if entry.is_dir()
        else _of_file(entry, entry.stem if names.count(entry.stem) == 1 else entry.name)
        for entry in entries
    ]


def _of_folder(folder: Path) -> HandIn:
    everything = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and all(map(_counts, [path, *path.relative_to(folder).parents]))
    ]
    inside = [path for path in everything if not _is_in_solutions(path.relative_to(folder))]
    has_solutions = len(inside) < len(everything)
    notebooks = [path for path in inside if path.suffix.lower() == ".ipynb"]
    checked = tuple(path for path in notebooks if path.name != _OWN_ANSWERS and _has_check(path))
    if checked:
        return HandIn(folder.name, checked, "", has_solutions, len(notebooks) - len(checked))
    if notebooks:
        reason = f"no check of an exercise in {_counted(len(notebooks))}"
        return HandIn(folder.name, (), reason, has_solutions, len(notebooks))
    found = ", ".join(path.name for path in inside[:3]) or ("the course's solutions" if has_solutions else "")
    reason = f"no notebook in the folder{f', only {found}' if found else ''}"
    return HandIn(folder.name, (), reason, has_solutions)


def _of_file(path: Path, learner: str) -> HandIn:
    if path.suffix.lower() != ".ipynb":
        return HandIn(learner, (), f"no notebook: {path.name} does not end in .ipynb")
    if not _has_check(path):
        return HandIn(learner, (), NO_CHECK, unchecked=1)
    return HandIn(learner, (path,))


def _has_check(path: Path) -> bool:
    """Tell whether it is worth running; what cannot be read is, for its process says why."""
    try:
        return any(may_check(source) for _, source in code_cells(path))
    except Unreadable:
        return True


def _is_in_solutions(path: Path) -> bool:
    return any(parent.name.lower() == _SOLUTIONS for parent in path.parents)


def _counted(number: int) -> str:
    return "its notebook" if number == 1 else f"its {number} notebooks"


def _counts(path: Path) -> bool:
    return path.name not in _LEFT_OUT and not (path.name.startswith(".") and path.name != ".")
