"""One notebook as a chapter: what a reader answers or asks for in JupyterLab unfolds on the page."""

from __future__ import annotations

import base64
import posixpath
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from cdc_lab.classroom.exercises.texts import texts_of
from cdc_lab.classroom.headings import headings
from cdc_lab.classroom.questions import Question, find
from cdc_lab.course.book.links import led, led_html
from cdc_lab.course.navigation import END, SAYS_SOLUTION, TOP
from cdc_lab.show.panels import inline

Cell = dict[str, Any]

_PREDICT = re.compile(r"""^predict\(\s*["'](?P<id>[\w-]+)["']""", re.MULTILINE)
_CHECK = re.compile(r"""^check\(\s*["'](?P<id>\w+)["']""", re.MULTILINE)
_SOLUTION = "### solution"
_FIGURES = "figures"
_KEPT = ("tags",)
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class Chapter:
    """A notebook on its way into the book.

    Parameters
    ----------
    notebook : dict
        Parsed JSON of format 4.5, executed.
    place : str
        Its path below ``notebooks/``, such as ``solutions/exercise_1_audit_log.ipynb``.

    Attributes
    ----------
    figures : dict of str to bytes
        The pictures of its outputs, by their path in the book.
    """

    def __init__(self, notebook: Mapping[str, Any], place: str) -> None:
        self.place = place
        self.figures: dict[str, bytes] = {}
        self._given = notebook
        self._asked: set[str] = set()

    @property
    def is_solution(self) -> bool:
        """Whether it is the solution of an exercise or of drills."""
        return self.place.startswith("solutions/")

    @property
    def notebook(self) -> dict[str, Any]:
        """The notebook as the site's builder reads it; fills `figures`."""
        cells = [made for cell in self._given["cells"] for made in self._made(cell)]
        # What a run adds (times, versions) would make every page new.
        return {"cells": cells, "metadata": _METADATA, "nbformat": 4, "nbformat_minor": 5}

    def _made(self, cell: Cell) -> Iterator[Cell]:
        if cell["cell_type"] == "markdown":
            # The site itself leads on, back and to what is looked up.
            if cell["id"] not in (TOP, END, SAYS_SOLUTION):
                yield _text(cell["id"], self._prose("".join(cell["source"])))
            elif cell["id"] == SAYS_SOLUTION:
                yield _text(cell["id"], led("".join(cell["source"]), self.place))
            return
        source = "".join(cell["source"])
        asked = _PREDICT.search(source)
        if asked and source.count("\n") == 0:
            yield _text(cell["id"], question_in_html(find(asked["id"])))
            return
        yield self._code(cell, source)
        # A lesson checks an answer of its own to show what a check says; an exercise's page asks for one.
        checked = _CHECK.search(source) if self.place.startswith("exercises/") else None
        if checked and checked["id"] not in self._asked:
            self._asked.add(checked["id"])
            yield _text(f"{cell['id']}-hints", hints_in_html(texts_of(checked["id"]).hints))

    def _prose(self, text: str) -> str:
        if self.is_solution and re.match(r"# +", text):
            text = re.sub(r"^# +", "# Solution: ", text, count=1)
        return _with_anchors(led(text, self.place))

    def _code(self, cell: Cell, source: str) -> Cell:
        metadata = {name: value for name, value in cell["metadata"].items() if name in _KEPT}
        is_answer = "solution-only" in metadata.get("tags", ()) or _SOLUTION in source
        if self.is_solution and is_answer:
            metadata["tags"] = [*metadata.get("tags", ()), "hide-input"]
            metadata["mystnb"] = {"code_prompt_show": "Show the solution", "code_prompt_hide": "Hide it"}
        outputs = [
            self._output(output, cell["id"], number) for number, output in enumerate(cell["outputs"], 1)
        ]
        return {
            "cell_type": "code",
            "id": cell["id"],
            "metadata": metadata,
            "source": source,
            "outputs": outputs,
            "execution_count": cell["execution_count"],
        }

    def _output(self, output: dict[str, Any], cell: str, number: int) -> dict[str, Any]:
        data = output.get("data", {})
        picture = data.get("image/png")
        if picture is None:
            html = "".join(data.get("text/html", ""))
            return {**output, "data": {**data, "text/html": led_html(html)}} if html else output
        about = output["metadata"].get("image/png", {})
        name = f"{_FIGURES}/{self.place.removesuffix('.ipynb').replace('/', '-')}-{cell}-{number}.png"
        self.figures[name] = base64.b64decode("".join(picture))
        there = posixpath.relpath(name, posixpath.dirname(self.place) or ".")
        size = "".join(f' {side}="{int(about[side])}"' for side in ("width", "height") if side in about)
        alt = escape(about.get("alt", ""))
        html = f'<img class="figure" src="{there}" alt="{alt}"{size}>'
        return {**output, "data": {"text/html": html, "text/plain": about.get("alt", "")}, "metadata": {}}


def question_in_html(question: Question) -> str:
    """A question whose options unfold: each says whether it is right, and why.

    Which is right is what the facts say; a test compares that with what the lab computes.
    """
    options = "".join(
        f'<details class="option"><summary>{inline(str(option))}</summary>'
        f"<p><strong>{'Right' if option.key == question.expected else 'Not so'}.</strong> "
        f"{inline(option.why)}</p></details>"
        for option in question.options
    )
    return (
        f'<section class="question" id="{question.id}" aria-label="Prediction {question.id}">'
        f"<p><small>Prediction {question.id}: choose an answer, then read on</small><br>"
        f"<strong>{inline(question.text)}</strong></p>{options}</section>"
    )


def hints_in_html(hints: tuple[str, ...]) -> str:
    """The hints of an exercise, folded, from slight to plain."""
    folded = "".join(
        f"<details><summary>Hint {number} of {len(hints)}</summary><p>{inline(hint)}</p></details>"
        for number, hint in enumerate(hints, 1)
    )
    return f'<section class="hints" aria-label="Hints">{folded}</section>'


def _text(identity: str, text: str) -> Cell:
    return {"cell_type": "markdown", "id": identity, "metadata": {}, "source": text}


def _with_anchors(text: str) -> str:
    """Give each heading the anchor that it has in JupyterLab, so that links lead to it here, too."""
    made, done = [], 0
    for heading in headings(text):
        made += [text[done : heading.at], f'<span class="anchor" id="{escape(heading.anchor)}"></span>\n\n']
        done = heading.at
    return "".join([*made, text[done:]])
