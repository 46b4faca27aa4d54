"""The way through the course: cells of links at the top and the end of each notebook, and links in its texts.

All of it is made from the notebooks' names and titles (`cdc_lab.classroom.contents`): ``make refresh`` writes
it, and the notebook checks say where it is stale. Such a cell carries the tag ``navigation``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cdc_lab.classroom.contents import (
    CONCEPTS,
    FACTS,
    GLOSSARY,
    HUB,
    PATTERNS,
    START,
    Contents,
    Notebook,
    sources,
    table,
)
from cdc_lab.classroom.headings import headings
from cdc_lab.course.links import linked
from cdc_lab.keeping import replace

TAG = "navigation"
TOP, END, SAYS_SOLUTION = "navigation-top", "navigation-end", "navigation-solution"
# The glossary's terms are the headings of this level.
_TERM = 3

Cell = dict[str, Any]
Raw = dict[str, Any]


def write_all(notebooks: Path) -> list[Path]:
    """Bring the links of all notebooks up to date; return the files that changed.

    Parameters
    ----------
    notebooks : Path
        The folder of the course. One that lacks the start page or the glossary is left alone.
    """
    way = Way.through(notebooks)
    written = []
    for place in way.contents.by_place if way.contents.is_course else ():
        path = notebooks / place
        before = json.loads(path.read_text("utf-8"))
        made = way.lead(before, place)
        if made != before:
            replace(path, (json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode())
            written.append(path)
    return written


def is_made(cell: Mapping[str, Any]) -> bool:
    """Tell whether a cell is one of those that are made here."""
    return TAG in cell.get("metadata", {}).get("tags", ())


class Way:
    """The order of a course's notebooks and the terms of its glossary: all that links are made from.

    Parameters
    ----------
    contents : Contents
        The notebooks.
    terms : mapping
        The glossary's terms in small letters, each with its anchor.
    """

    def __init__(self, contents: Contents, terms: Mapping[str, str]) -> None:
        self.contents = contents
        self.terms = terms
        # In a sentence a lesson is called by what stands before the colon of its title.
        self._titles = {one.stem: one.title.partition(":")[0] for one in contents.lessons}

    @classmethod
    def through(cls, notebooks: Path) -> Way:
        """Read the names and titles of a folder's notebooks, and its glossary where it has one."""
        glossary = notebooks / f"{GLOSSARY}.ipynb"
        texts = sources(json.loads(glossary.read_text("utf-8"))) if glossary.is_file() else ()
        terms = [heading for text in texts for heading in headings(text) if heading.level == _TERM]
        return cls(Contents.of(notebooks), {term.text.lower(): term.anchor for term in terms})

    def lead(self, notebook: Raw, place: str) -> Raw:
        """Return a notebook with all its links as they are made today.

        Parameters
        ----------
        notebook : dict
            Parsed JSON of format 4.5.
        place : str
            Its path below ``notebooks/``.
        """
        met: set[str] = set()
        cells = [self._texts(cell, place, met) for cell in notebook["cells"] if not is_made(cell)]
        made = [*self._above(place), *cells, *self._below(place)]
        return {**notebook, "cells": made}

    def _texts(self, cell: Cell, place: str, met: set[str]) -> Cell:
        if cell["cell_type"] != "markdown":
            return cell
        text, up = "".join(cell["source"]), "../" * place.count("/")
        if self._own(place).number and table(text).get("next"):
            text = self._with_next(text, place)
        is_lesson = bool(self._own(place).number)
        terms = self.terms if is_lesson else {}
        made = linked(text, up, terms, met, self._titles)
        return cell if made == "".join(cell["source"]) else {**cell, "source": made.splitlines(keepends=True)}

    def _with_next(self, text: str, place: str) -> str:
        """Put the lesson that follows into the last column of a lesson's first table."""
        _, following = self.contents.neighbours(place)
        if following is None:
            return text
        lines = text.splitlines(keepends=True)
        row = [number for number, line in enumerate(lines) if line.startswith("|")][2]
        lines[row] = re.sub(r"\| *[^|]* *\|\s*$", f"| `{following.stem}` |\n", lines[row])
        return "".join(lines)

    def _above(self, place: str) -> Iterator[Cell]:
        own = self._own(place)
        before, after = self.contents.neighbours(place) if own.number or "/" in place else (None, None)
        parts = [
            self._link(place, before, f"← {_short(before)}") if before and before.stem != START else "",
            *self._places(place),
            self._link(place, after, f"{_short(after)} →") if after else "",
        ]
        if place.startswith("solutions/"):
            exercise = self.contents.by_place.get(place.replace("solutions/", "exercises/"))
            there = self._link(place, exercise, "the exercise") if exercise else "the exercise"
            text = f"**This is the solution.** Try {there} first: it has the same cells, without the answers."
            yield _cell(SAYS_SOLUTION, text, "solution-only")
        yield _cell(TOP, " · ".join(filter(None, parts)))

    def _below(self, place: str) -> Iterator[Cell]:
        own = self._own(place)
        if own.number:
            before, after = self.contents.neighbours(place)
            # Drills may need lessons that come later: those who stand before them are told.
            drills = [
                self._link(place, one) + (f" (after {one.needs})" if own.number < one.needs else "")
                for one in self.contents.drills(own.chapter)
            ]
            lines = [
                f"**Next:** {self._link(place, after)}" if after else "",
                f"**Practise:** {' · '.join(drills)}" if drills else "",
                f"**Back:** {self._link(place, before)}" if before else "",
                f"**Look up:** {' · '.join(self._places(place))}",
            ]
            yield _cell(END, "---\n\n" + "\n\n".join(filter(None, lines)))
        elif "/" in place:
            # The same cell stands in the exercise and in its solution, which the exercise is made of: links
            # within the folder lead within it, and this one leads to the solution from both.
            solution = f"solutions/{own.stem}.ipynb"
            compare = f"**Passed?** [Compare with the solution](../{solution})"
            _, after = self.contents.neighbours(place)
            lessons = [one for one in self.contents.lessons if own.chapter and one.chapter == own.chapter]
            lines = [
                f"**Next:** {self._link(place, after)}" if after else "",
                f"**Lessons:** {' · '.join(self._link(place, one) for one in lessons)}" if lessons else "",
                compare if solution in self.contents.by_place else "",
                f"**Look up:** {' · '.join(self._places(place))}",
            ]
            yield _cell(END, "---\n\n" + "\n\n".join(filter(None, lines)))

    def _places(self, place: str) -> list[str]:
        """The links to what each reader looks for, wherever they are; none leads to the notebook itself."""
        own = self._own(place)
        named = {START: "Start", HUB: "Exercises", GLOSSARY: "Glossary", CONCEPTS: "Concepts"}
        named |= {FACTS: "Facts", PATTERNS: "Patterns"}
        found = []
        for stem, word in named.items():
            target = self.contents.by_place.get(f"{stem}.ipynb")
            if target is not None and target != own:
                found.append(self._link(place, target, word))
            if stem == START and own.number:
                found += [self._link(place, one, "Drills") for one in self.contents.drills(own.chapter)]
        return found

    def _own(self, place: str) -> Notebook:
        return self.contents.by_place.get(place) or Notebook(place, place)

    def _link(self, place: str, target: Notebook, words: str = "") -> str:
        """A link from one notebook to another; what it leads to is told by its words or by its tooltip."""
        folder = place.rpartition("/")[0]
        there = target.place
        if folder:
            there = there.removeprefix(f"{folder}/") if there.startswith(f"{folder}/") else f"../{there}"
        tip = f' "{target.title}"' if words and '"' not in target.title else ""
        return f"[{words or target.title}]({there}{tip})"


def _short(notebook: Notebook) -> str:
    """What a notebook is called where there is little room: ``01b``, ``Drills 01``, ``Exercise 1``."""
    return notebook.number or notebook.title.partition(".")[0]


def _cell(name: str, text: str, *tags: str) -> Cell:
    return {
        "cell_type": "markdown",
        "id": name,
        "metadata": {"editable": False, "tags": [TAG, *tags]},
        "source": text.splitlines(keepends=True),
    }
