"""What was run in this kernel: the lesson, its predictions, its checkpoints."""

from __future__ import annotations

from dataclasses import dataclass, field

from cdc_lab.classroom import bare_letters
from cdc_lab.classroom.questions import Option, Question, lesson_of, load


@dataclass(frozen=True)
class JudgedAnswer:
    """A reader's answer beside what the lab did."""

    question: Question
    answer: Option | None
    lab: Option
    computed: object

    @property
    def right(self) -> bool | None:
        """None when nothing was answered."""
        return None if self.answer is None else self.answer.key == self.lab.key


@dataclass
class AskedQuestion:
    """A question that was shown: the answer that the reader committed to, and the verdict once revealed.

    `was_revealed` says that the lab had shown its result before this answer was given.
    """

    question: Question
    answer: Option | None
    verdict: JudgedAnswer | None = None
    was_revealed: bool = False


@dataclass
class Session:
    """One run through a lesson.

    Attributes
    ----------
    lesson : str or None
        None until `begin` or the first prediction.
    asked : dict
        By question id; a question that is asked again starts over.
    passed : set of int
        Checkpoints; passing one forgets those after it, whose cells are older now.
    """

    lesson: str | None = None
    asked: dict[str, AskedQuestion] = field(default_factory=dict)
    passed: set[int] = field(default_factory=set)

    @property
    def answered(self) -> bool:
        """Whether the reader committed to any answer; in a batch run, never."""
        return any(asked.answer for asked in self.asked.values())

    def missing(self, checkpoint: int) -> list[str]:
        """What should have run before that checkpoint and did not, in the lesson's order."""
        questions = load(self.lesson).values() if self.lesson else ()
        steps: list[str] = []
        for section in range(1, checkpoint + 1):
            if section in self.passed and section < checkpoint:
                continue
            for question in questions:
                if question.section == section:
                    steps += self._missing_of(question.id)
            if section < checkpoint:
                steps.append(f"checkpoint({section})")
        return steps

    def _missing_of(self, question_id: str) -> list[str]:
        asked = self.asked.get(question_id)
        if asked is None:
            return [f'predict("{question_id}")', f'reveal("{question_id}")']
        return [] if asked.verdict else [f'reveal("{question_id}")']


_current = Session()


def current() -> Session:
    """The session of this kernel."""
    return _current


def begin(lesson: str) -> None:
    """Start a lesson's session over; belongs into the set-up cell, beside ``lab = Lab(...)``.

    Parameters
    ----------
    lesson : str
        The notebook's name without its suffix, ``01_streams_intro``.

    Raises
    ------
    QuestionError
        When no lesson of that name has questions.
    """
    load(lesson)
    bare_letters.install()
    _start(lesson)


def session_for(question_id: str) -> Session:
    """The present session if it is of that question's lesson, else a new one."""
    lesson = lesson_of(question_id)
    if _current.lesson != lesson:
        _start(lesson)
    return _current


def _start(lesson: str | None) -> None:
    global _current
    _current = Session(lesson)
