"""Predict, run, reveal: the reader commits to an answer, and the lab's own result judges it.

The texts of the questions are in ``questions/<lesson>.toml``; the form is in `cdc_lab.classroom.questions`.
"""

from __future__ import annotations

from cdc_lab.classroom import progress
from cdc_lab.classroom.bare_letters import BareLetter
from cdc_lab.classroom.questions import Option, Question, find, normalised
from cdc_lab.classroom.session import AskedQuestion, JudgedAnswer, current, session_for
from cdc_lab.show.panels import ClassroomError, Panel, inline, show, small

# Its example is no letter: whatever letter stood there would be the right one somewhere.
NOT_ANSWERED = 'Not answered yet: write your letter in quotes, as in answer="…", and press Shift+Enter.'
_BLUE, _GREEN, _ORANGE, _GREY = "#56B4E9", "#009E73", "#E69F00", "#999999"


class PredictionError(ClassroomError):
    """Predictions that were made or revealed in the wrong order."""


def predict(question_id: str, answer: str | BareLetter | None = None) -> None:
    """Show a question with its options; or, with an answer, commit to it.

    The answer counts in the reader's progress at once: a kernel or a browser may end before the reveal.

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
    was_revealed = bool(earlier and (earlier.verdict or earlier.was_revealed))
    session.asked[question_id] = AskedQuestion(question, option, was_revealed=was_revealed)
    if option is None:
        show(_asking(question))
        return
    progress.record_given(question_id, option.key)
    line = f"Your answer: {_sentence(option)} Run the cells below: `reveal` judges it."
    first = earlier.answer if earlier and earlier.verdict and not earlier.was_revealed else None
    if first and first != option:
        line += f" (Your first, before the lab showed its result: {first.key}.)"
    show(Panel(line, inline(line), _BLUE))


def reveal(question_id: str, computed: object) -> None:
    """Judge the committed answer against what the lab just did, and say of every option why it is so or not.

    Without an answer the same is shown, folded away, and nothing is judged.

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


def _asking(question: Question) -> Panel:
    options = "".join(f"\n  {option}" for option in question.options)
    items = "".join(f"<br>{inline(str(option))}" for option in question.options)
    return Panel(
        f"Prediction {question.id}: {question.text}{options}\n{NOT_ANSWERED}",
        f"{small(f'Prediction {question.id}')}<br><b>{inline(question.text)}</b>{items}"
        f"<br><i>{inline(NOT_ANSWERED)}</i>",
        _BLUE,
    )


def _judging(verdict: JudgedAnswer) -> Panel:
    name, fact = verdict.question.id, verdict.question.fact
    lab = f"The lab: {verdict.lab} (computed: {_brief(verdict.computed)})."
    options = _explained(verdict)
    text = "\n".join([f"{lab} [{fact}]", *(f"  {said} {option.why}" for said, option in options)])
    html = "<br>".join(
        [
            f"{inline(lab)} {small(f'[{fact}]')}",
            *(f"<b>{inline(said)}</b> {inline(option.why)}" for said, option in options),
        ]
    )
    if verdict.answer is None:
        head = f"{name}: no answer to judge."
        # Folded away in a notebook: whoever reads a page that was run before can still predict.
        folded = f"<details><summary>{inline(head)} What the lab did, and why</summary>{html}</details>"
        return Panel(f"{head} {text}", folded, _GREY)
    head = f"{name}: right." if verdict.right else f"{name}: not so. You said {_sentence(verdict.answer)}"
    return Panel(f"{head} {text}", f"<b>{inline(head)}</b> {html}", _GREEN if verdict.right else _ORANGE)


def _explained(verdict: JudgedAnswer) -> list[tuple[str, Option]]:
    """Every option with what is said of it: the reader's own first, then the right one, then the others."""
    own = verdict.answer.key if verdict.answer else None
    options = sorted(verdict.question.options, key=lambda o: (o.key != own, o.key != verdict.lab.key, o.key))
    return [
        (f"{'Right:' if option.key == verdict.lab.key else 'Not'} {_sentence(option)}", option)
        for option in options
    ]


def _sentence(option: Option) -> str:
    return f"{option}" if str(option).endswith((".", "!", "?")) else f"{option}."


def _brief(computed: object) -> str:
    value = normalised(computed)
    words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return words if len(words) <= 60 else words[:59] + "…"
