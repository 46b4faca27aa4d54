"""A reader's copy is not run yet, and each question can be read before its cell is run."""

from __future__ import annotations

from html import unescape
from typing import Any

import nbformat
import pytest
from nbconvert.filters.markdown_mistune import markdown2html_mistune

from cdc_lab.classroom.questions import find, lessons, load
from cdc_lab.course.project import lessons as numbered
from cdc_lab.course.project import notebook_files
from cdc_lab.course.reader_copy import HOW_TO_ANSWER, as_markdown, reader_version
from cdc_lab.show.panels import inline
from tests.course.lessons import code, markdown, notebook, shown
from tests.tested_notebooks import ROOT

ONE, OTHER = next(ids[:2] for ids in map(list, map(load, lessons())) if len(ids) > 1)
ASK_ONE, ASK_OTHER = (f'predict("{name}", answer=None)' for name in (ONE, OTHER))


def sources(raw: dict[str, Any]) -> list[str]:
    return ["".join(cell["source"]) for cell in raw["cells"]]


def test_the_question_stands_above_its_cell_and_the_answer_is_open() -> None:
    # GIVEN a lesson that was run
    lesson = notebook([markdown("# 01"), code(ASK_ONE, shown("the question"))])
    # WHEN a reader gets it
    copy = reader_version(lesson)
    # THEN the question and each option can be read, and the cell waits for a letter
    title, question, asking = sources(copy)
    assert title == "# 01"
    for option in find(ONE).options:
        assert f"**{option.key}**) {as_markdown(option.text)}" in question
    assert question.startswith(f"**Prediction {ONE}.** ")
    assert question.endswith(HOW_TO_ANSWER)
    assert asking == f'predict("{ONE}", answer="")'
    # AND nothing of the run is left, and the committed one is as it was
    assert (copy["cells"][2]["outputs"], copy["cells"][2]["execution_count"]) == ([], None)
    assert len(lesson["cells"]) == 2
    assert lesson["cells"][1]["outputs"]


def test_how_to_answer_is_said_once() -> None:
    asked = [code(ASK_ONE), code(ASK_OTHER)]
    copy = reader_version(notebook(asked))
    assert sum(HOW_TO_ANSWER in source for source in sources(copy)) == 1


def test_several_questions_of_one_cell_are_asked_one_by_one() -> None:
    cell = code(f"{ASK_ONE}\n{ASK_OTHER}")
    copy = reader_version(notebook([cell]))
    assert sources(copy)[1::2] == [f'predict("{name}", answer="")' for name in (ONE, OTHER)]
    nbformat.validate(nbformat.from_dict(copy))


@pytest.mark.parametrize("source", ['predict("99-nothing")', f"x = 1\n{ASK_ONE}", "predict"])
def test_a_cell_that_does_not_just_ask_a_question_is_left_as_it_is(source: str) -> None:
    assert sources(reader_version(notebook([code(source)]))) == [source]


def test_what_is_looked_up_keeps_its_tables() -> None:
    table = notebook([code("facts.table('A1', 'A9')", shown("A1 a claim"))])
    assert reader_version(table, keeps_outputs=True) == table


def test_each_question_of_the_course_can_be_read_in_its_lesson() -> None:
    # GIVEN the course's own notebooks
    for path in numbered(ROOT):
        raw = nbformat.read(path, as_version=4)
        # WHEN a reader gets one THEN it is a notebook, and no cell asks what cannot be read above it
        copy = reader_version(raw)
        nbformat.validate(nbformat.from_dict(copy))
        before = ""
        for source in sources(copy):
            if source.startswith("predict("):
                assert source.endswith(', answer="")'), path.name
                _, asked, _ = source.split('"', 2)
                assert before.startswith(f"**Prediction {asked}.**"), path.name
            before = source


def test_a_question_reads_the_same_as_when_its_cell_is_run() -> None:
    questions = [question for lesson in lessons() for question in load(lesson).values()]
    assert questions
    for text in [text for q in questions for text in (q.text, *(option.text for option in q.options))]:
        rendered = markdown2html_mistune(as_markdown(text)).strip()
        assert unescape(rendered) == unescape(f"<p>{inline(text)}</p>"), text


def test_ids_stay_within_what_the_format_allows() -> None:
    cell = code(ASK_ONE)
    cell["id"] = "x" * 64
    copy = reader_version(notebook([cell]))
    nbformat.validate(nbformat.from_dict(copy))


def test_there_is_something_to_copy() -> None:
    assert len(notebook_files(ROOT)) > 30
