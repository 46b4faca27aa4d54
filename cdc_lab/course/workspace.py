"""A reader's own copy of the notebooks: made once, kept, and never written over where something was typed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdc_lab.course.project import CourseError, lessons, notebook_files, packaged_course
from cdc_lab.keeping import keep, put_beside, replace

NAME = "workspace"  # below the checkout
STATE = ".cdc-lab"  # in the workspace: what was given, and JupyterLab's settings
_GIVEN = "given.json"
_NAMED = 3


@dataclass(frozen=True)
class Given:
    """What the reader was given of one file.

    Attributes
    ----------
    typed : str
        Digest of what a reader could change by typing, as it was written.
    offered : str
        Digest of the course's version that was last written, there or beside the reader's.
    """

    typed: str
    offered: str


class Workspace:
    """One folder with a reader's notebooks.

    Parameters
    ----------
    folder : Path
    course : Path
        Holds the ``notebooks/`` that are copied.
    """

    def __init__(self, folder: Path, course: Path) -> None:
        self.folder = folder
        self.course = course

    @property
    def state(self) -> Path:
        """The hidden folder with what is no notebook."""
        return self.folder / STATE

    @property
    def is_there(self) -> bool:
        """Whether it was made before."""
        return (self.state / _GIVEN).is_file()

    def update(self) -> list[str]:
        """Make the folder, or bring what is new in the course; return what was done, one line each.

        A notebook in which nothing was typed follows the course. Where something was typed it stays, and the
        course's new version is put beside it as ``NAME.new.ipynb``.

        Raises
        ------
        CourseError
            When the folder holds other things: a reader's files and the course's must not be mixed up.
        """
        is_new = not self.is_there
        if is_new:
            self._begin()
        given = self._given()
        done: dict[str, list[str]] = {}
        versions = dict(self._versions())
        try:
            for name, version in versions.items():
                word = self._bring(name, version, given)
                if word:
                    done.setdefault(word, []).append(name)
            for name in [name for name in given if name not in versions]:
                done.setdefault(self._retire(name, given), []).append(name)
        finally:  # an interrupt: what was written is known as ours when the rest is brought
            self._note(given)
        if is_new:
            return []
        return [f"{_listed(names)}: {word}" for word, names in done.items()]

    def reset(self, name: str) -> str:
        """Write one notebook as it was given, the reader's kept beside it; say in one line what was done.

        Parameters
        ----------
        name : str
            Its path below the workspace, as `find` returns it.
        """
        path, version = self.folder / name, dict(self._versions())[name]
        if path.exists() and path.read_bytes() == version:
            return f"{name} is as you were given it: nothing to do"
        kept = keep(path) if path.exists() else None
        replace(path, version)
        given = self._given()
        given[name] = Given(_typed(version), _digest(version))
        self._note(given)
        return said(name, kept.relative_to(self.folder) if kept else None)

    def names(self) -> list[str]:
        """The notebooks that the course has, by their paths below the workspace."""
        above = self.course / "notebooks"
        return [path.relative_to(above).as_posix() for path in notebook_files(self.course)]

    def edited(self) -> list[str]:
        """The notebooks in which something was typed, by their paths below the workspace."""
        return [
            name
            for name, given in self._given().items()
            if name.endswith(".ipynb") and (self.folder / name).exists()
            if _typed((self.folder / name).read_bytes()) != given.typed
        ]

    def _begin(self) -> None:
        if self.folder.is_dir() and any(path.name != STATE for path in self.folder.iterdir()):
            raise CourseError(f"{self.folder} is not empty: name a new folder")
        self._note({})
        # Git ignores all of it, wherever it lies: what a reader types is no change of a project.
        replace(self.folder / ".gitignore", b"*\n")

    def _bring(self, name: str, version: bytes, given: dict[str, Given]) -> str:
        """Bring one file; return what is to be said, empty for nothing."""
        path, before = self.folder / name, given.get(name)
        fresh = Given(_typed(version), _digest(version))
        if not path.exists():
            replace(path, version)
            given[name] = fresh
            return "was gone, and is back" if before else "new"
        now = _typed(path.read_bytes())
        if before is not None and before.offered == fresh.offered:
            return ""
        if now in (fresh.typed, before.typed if before else None):
            replace(path, version)
            given[name] = fresh
            return "brought up to date: nothing was typed there"
        beside = put_beside(path, version, "new")
        given[name] = Given(before.typed if before else "", fresh.offered)
        return f"yours stays, and the course's new version is {beside.relative_to(self.folder).as_posix()}"

    def _retire(self, name: str, given: dict[str, Given]) -> str:
        """Let go of a file that the course has no more."""
        path, before = self.folder / name, given.pop(name)
        if path.exists() and _typed(path.read_bytes()) == before.typed:
            path.unlink()
            return "no longer in the course, and removed: nothing was typed there"
        return "no longer in the course: yours stays"

    def _versions(self) -> Iterator[tuple[str, bytes]]:
        """Every file of the course's notebooks, as a reader gets it."""
        from cdc_lab.course.reader_copy import reader_version  # the doctor works without what it imports

        above = self.course / "notebooks"
        to_work_through = set(lessons(self.course))
        for path in notebook_files(self.course):
            keeps_outputs = path.parent == above and path not in to_work_through
            notebook = reader_version(json.loads(path.read_text("utf-8")), keeps_outputs=keeps_outputs)
            text = json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"
            yield path.relative_to(above).as_posix(), text.encode()
        for path in sorted((above / "images").rglob("[!.]*.*")):
            if path.is_file() and path.suffix != ".py":
                yield path.relative_to(above).as_posix(), path.read_bytes()

    def _given(self) -> dict[str, Given]:
        try:
            read = json.loads((self.state / _GIVEN).read_text("utf-8"))
            return {name: Given(**digests) for name, digests in read.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}  # nothing is known, so that nothing is taken for the course's own

    def _note(self, given: dict[str, Given]) -> None:
        text = json.dumps({name: vars(digests) for name, digests in sorted(given.items())}, indent=1)
        replace(self.state / _GIVEN, text.encode())


def default_folder(root: Path) -> Path | None:
    """Return where the workspace of a checkout lies; None for an installed wheel."""
    return None if root == packaged_course() else root / NAME


def find_workspace(root: Path) -> Workspace | None:
    """Return the workspace around the current folder, else that of the checkout; None where there is none.

    Parameters
    ----------
    root : Path
        The checkout, or what a wheel brought.
    """
    here = Path.cwd().resolve()
    own = default_folder(root)
    for folder in (here, *here.parents, *([own] if own else [])):
        found = Workspace(folder, root)
        if found.is_there:
            return found
    return None


def said(name: str, kept: Path | None) -> str:
    """Return what a reset says: which notebook is fresh, and where the reader's is."""
    yours = f"yours is {kept.as_posix()}" if kept else "yours was not there"
    return f"{name} is fresh, {yours} (is it open in JupyterLab? then close it there without saving)"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:20]


def _typed(content: bytes) -> str:
    """Return the digest of what a reader types: cells' sources, whatever ran and however it was saved."""
    try:
        cells: Any = json.loads(content)["cells"]
        typed = [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
    except (ValueError, KeyError, TypeError):
        return _digest(content)
    return _digest(json.dumps(typed).encode())


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"
