"""Predict, run, reveal: the reader commits to an answer, and the lab's own result judges it.

The texts of the questions are in ``questions/<lesson>.toml``; the form is in `cdc_lab.classroom.questions`.
"""

from __future__ import annotations

from cdc_lab.classroom import progress
from cdc_lab.classroom.bare_letters import BareLetter
from cdc_lab.classroom.questions import Question, find, normalised
from cdc_lab.classroom.session import AskedQuestion, JudgedAnswer, current, session_for
from cdc_lab.show.panels import ClassroomError, Panel, inline, show, small

NOT_ANSWERED = 'Not answered yet: write your letter in quotes, such as answer="b", and run this cell again.'
_BLUE, _GREEN, _ORANGE, _GREY = "#56B4E9", "#009E73", "#E69F00", "#999999"


class PredictionError(ClassroomError):
    """Predictions that were made or revealed in the wrong order."""


def predict(question_id: str, answer: str | BareLetter | None = None) -> None:
    """Show a question with its options, and commit to an answer.

    Parameters
    ----------
    question_id : str
        Such as ``01-noop``.
    answer : str, optional
        The letter of an option, such as ``"b"``; ``"B"``, ``" b "``, ``"b)"`` and ``"(b)"`` mean the same.
        Without one, or with ``""``, the lesson goes on, and nothing is judged.

    Raises
    ------
    QuestionError
        When there is no such question, `answer` is none of its options, or its letter has no quotes.
    """
    question = find(question_id)
    is_blank = answer is None or (isinstance(answer, str) and not answer.strip())
    option = None if is_blank else question.answered(answer)
    session = session_for(question_id)
    earlier = session.asked.get(question_id)
    session.asked[question_id] = AskedQuestion(question, option)
    last_line = NOT_ANSWERED if option is None else f"Your answer: {option}"
    if option and earlier and earlier.verdict and earlier.answer and earlier.answer != option:
        last_line += f" (your first, before the lab showed its result: {earlier.answer.key})"
    show(_asking(question, last_line))


def reveal(question_id: str, computed: object) -> None:
    """Judge the committed answer against what the lab just did.

    Parameters
    ----------
    question_id : str
        The id given to `predict`.
    computed : object
        What the experiment showed: a count, a name, a list of event names. The option that stands for it
        is right; there is no stored key.

    Raises
    ------
    PredictionError
        When `predict` was not run first.
    QuestionError
        When not exactly one option stands for `computed`.
    """
    question = find(question_id)
    asked = current().asked.get(question_id)
    if asked is None:
        raise PredictionError(
            f'{question_id} is revealed before it is predicted: run predict("{question_id}") first.'
        )
    asked.verdict = judge(question, asked.answer.key if asked.answer else None, computed)
    progress.record_answer(asked.verdict)
    show(_judging(asked.verdict))


def judge(question: Question, answer: str | None, computed: object) -> JudgedAnswer:
    """The verdict on an answer (a letter, or None) when the lab computed `computed`."""
    option = None if answer is None else question.answered(answer)
    return JudgedAnswer(question, option, question.matching(computed), computed)


def _asking(question: Question, last_line: str) -> Panel:
    options = "".join(f"\n  {option}" for option in question.options)
    items = "".join(f"<br>{inline(str(option))}" for option in question.options)
    return Panel(
        f"Prediction {question.id}: {question.text}{options}\n{last_line}",
        f"{small(f'Prediction {question.id}')}<br><b>{inline(question.text)}</b>{items}"
        f"<br><i>{inline(last_line)}</i>",
        _BLUE,
    )


def _judging(verdict: JudgedAnswer) -> Panel:
    lab = f"The lab: {verdict.lab} (computed: {_brief(verdict.computed)})."
    name, fact = verdict.question.id, verdict.question.fact
    if verdict.answer is None:
        head = f"{name}: no answer to judge."
        # Folded away in a notebook: whoever reads a page that was run before can still predict.
        folded = f"<details><summary>{inline(head)} What the lab did</summary>{inline(lab)}</details>"
        return Panel(f"{head} {lab}", folded, _GREY)
    if verdict.right:
        head, why = f"{name}: right.", verdict.answer.why
    else:
        head, why = (
            f"{name}: not so. You said {verdict.answer}.",
            f"Why not {verdict.answer.key}: {verdict.answer.why}",
        )
    return Panel(
        f"{head} {lab}\n{why} [{fact}]",
        f"<b>{inline(head)}</b> {inline(lab)}<br>{inline(why)} {small(f'[{fact}]')}",
        _GREEN if verdict.right else _ORANGE,
    )


def _brief(computed: object) -> str:
    value = normalised(computed)
    words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return words if len(words) <= 60 else words[:59] + "…"
