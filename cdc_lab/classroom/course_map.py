"""The map of the lessons, with what the reader has answered in each."""

from __future__ import annotations

import os
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import NamedTuple

from cdc_lab.classroom import progress
from cdc_lab.classroom.contents import START, Contents, Notebook
from cdc_lab.classroom.questions import lessons, load
from cdc_lab.errors import LabError
from cdc_lab.own_files import own_folders

# Set in the kernels of JupyterLab and of VS Code: somebody learns there. A batch run has neither, and what it
# shows must not depend on who ran it.
_READERS = ("JPY_SESSION_NAME", "VSCODE_PID")


class Stop(NamedTuple):
    """One line of the map: a lesson, what one can practise on it, and how far the reader is."""

    lesson: Notebook
    drills: tuple[Notebook, ...]
    state: str


class CourseMap:
    """All lessons in order, each with a link, its time, its drills and the reader's progress.

    Parameters
    ----------
    stops : iterable of Stop
    """

    def __init__(self, stops: Iterable[Stop]) -> None:
        self.stops = list(stops)

    def __repr__(self) -> str:
        width = max((len(stop.lesson.title) for stop in self.stops), default=0)
        return "\n".join(
            f"{lesson.title:{width}}  {_time(lesson):>6}  {state}".rstrip() for lesson, _, state in self.stops
        )

    def _repr_html_(self) -> str:
        left = 'style="text-align:left;vertical-align:top"'
        head = "".join(f"<th {left}>{name}</th>" for name in ("lesson", "time", "practise", "you"))
        body = "".join(
            f"<tr><td {left}>{_own_link(stop.lesson)}</td><td {left}>{_time(stop.lesson)}</td>"
            f"<td {left}>{', '.join(_link(one, 'drills') for one in stop.drills)}</td>"
            f"<td {left}>{escape(stop.state)}</td></tr>"
            for stop in self.stops
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def course_map(folder: str | Path | None = None) -> CourseMap:
    """Return the map of the course: the lessons in their order, and what you answered in each.

    Parameters
    ----------
    folder : path, optional
        The folder of the notebooks. By default the current one, as in a notebook of the course, or the
        course's own, as where an editor starts a notebook in another folder.

    Raises
    ------
    LabError
        When the folder holds no lessons.
    """
    places = [Path(folder)] if folder is not None else [Path.cwd(), *own_folders("notebooks")]
    found = [contents for contents in map(Contents.of, places) if contents.lessons]
    if not found:
        where = places[0]
        raise LabError(f"{where.name} holds no lessons: run this in the folder of the course's notebooks")
    contents = found[0]
    answered = progress.answered() if any(map(os.environ.get, _READERS)) else {}
    asked = {name: len(load(name)) for name in lessons()}
    stops = []
    for lesson in contents.lessons:
        # Drills are on a whole chapter: they stand beside the last of its lessons.
        is_last = [one for one in contents.lessons if one.chapter == lesson.chapter][-1] == lesson
        drills = tuple(contents.drills(lesson.chapter)) if is_last else ()
        stops.append(Stop(lesson, drills, _state(answered.get(lesson.stem, 0), asked.get(lesson.stem, 0))))
    return CourseMap(stops)


def _state(answered: int, asked: int) -> str:
    if not asked:
        return ""
    return f"{answered} of {asked} answered"


def _time(notebook: Notebook) -> str:
    """``30 min`` of ``30 minutes``; of a longer text, what stands before its first comma."""
    return notebook.minutes.partition(",")[0].replace(" minutes", " min")


def _own_link(lesson: Notebook) -> str:
    """A link to a lesson; none to the page on which the map stands."""
    return escape(lesson.title) if lesson.stem == START else _link(lesson, lesson.title)


def _link(notebook: Notebook, text: str) -> str:
    return f'<a href="{escape(notebook.place)}" title="{escape(notebook.title)}">{escape(text)}</a>'
