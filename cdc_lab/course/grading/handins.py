"""Who handed in what: the learners of a class's folder and their files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cdc_lab.course.project import CourseError

_LEFT_OUT = {".ipynb_checkpoints", "__pycache__", "__MACOSX"}


@dataclass(frozen=True)
class HandIn:
    """One learner's notebooks; `reason` says why there are none."""

    learner: str
    notebooks: tuple[Path, ...]
    reason: str = ""


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

    Hidden files and checkpoints of JupyterLab's are left out.

    Raises
    ------
    CourseError
        The folder is not there, or is empty.
    """
    if not folder.is_dir():
        raise CourseError(f"{folder} is no folder: name the one that holds the class's notebooks")
    entries = [entry for entry in sorted(folder.iterdir()) if _counts(entry)]
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
    inside = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and all(map(_counts, [path, *path.relative_to(folder).parents]))
    ]
    notebooks = tuple(path for path in inside if path.suffix.lower() == ".ipynb")
    if notebooks:
        return HandIn(folder.name, notebooks)
    found = ", ".join(path.name for path in inside[:3])
    return HandIn(folder.name, (), f"no notebook in the folder{f', only {found}' if found else ''}")


def _of_file(path: Path, learner: str) -> HandIn:
    if path.suffix.lower() != ".ipynb":
        return HandIn(learner, (), f"no notebook: {path.name} does not end in .ipynb")
    return HandIn(learner, (path,))


def _counts(path: Path) -> bool:
    return path.name not in _LEFT_OUT and not (path.name.startswith(".") and path.name != ".")
