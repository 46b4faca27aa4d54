"""The questions of the lessons: their texts, their options, and which option a computed value stands for.

Each lesson has one file ``questions/<lesson>.toml`` beside this module. A question is a table whose
name starts with the lesson's number; its options are sub-tables named a, b, c::

    [01-noop]
    section = 1                   # the checkpoint that closes its section
    question = "UA1545 is written again, unchanged. What does the stream get?"
    fact = "A23"                  # from the fact sheet; shown after the verdict
    expected = "b"                # what the facts say: only the tests read it
    was = ["01b-same"]            # optional: ids that it had before, so that a reader's progress stays

    [01-noop.a]
    text = "one MODIFY record"
    value = 1                     # right when the lab computes this
    why = "MODIFY means that the item changed, and nothing changed."
    misconception = "E10"         # optional

    [01-noop.b]
    text = "no record"
    value = 0
    why = "The stream holds changes of items, not calls of the API."

Instead of ``value`` an option may carry ``at_least`` and/or ``below`` (a range of numbers), or
``otherwise = true`` (whatever no other option stands for). Exactly one option must stand for what the
lab computed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

from cdc_lab.classroom.bare_letters import BareLetter
from cdc_lab.show.panels import ClassroomError, listing

_ID = re.compile(r"^(?P<lesson>\d\d[a-z]?)-[a-z0-9][a-z0-9-]*$")
_ANSWER = re.compile(r"\(?([a-z])[).:]?", re.IGNORECASE)
_FIELDS = {"section": int, "question": str, "fact": str, "expected": str}
_FORMER = "was"
_OPTION_FIELDS = {"text", "why", "value", "at_least", "below", "otherwise", "misconception"}


class QuestionError(ClassroomError):
    """A question that is not there, is written wrongly, or does not fit what was computed."""


@dataclass(frozen=True)
class Option:
    """One answer: its letter, its text, when it is right, and why it is or is not."""

    key: str
    text: str
    why: str
    rule: Mapping[str, Any]
    misconception: str | None = None

    @property
    def is_otherwise(self) -> bool:
        """Whether it is right when no other option is."""
        return "otherwise" in self.rule

    def stands_for(self, computed: object) -> bool:
        """Whether the option's own rule fits the (normalised) value; never for ``otherwise``."""
        if "value" in self.rule:
            return _same(self.rule["value"], computed)
        if self.is_otherwise or not isinstance(computed, Decimal) or computed.is_nan():
            return False
        low, high = self.rule.get("at_least"), self.rule.get("below")
        return (low is None or computed >= low) and (high is None or computed < high)

    def __str__(self) -> str:
        return f"{self.key}) {self.text}"


@dataclass(frozen=True)
class Question:
    """A question with its options.

    Attributes
    ----------
    id : str
        ``01-noop``: the lesson's number, a dash, a name.
    section : int
        The checkpoint that closes the section of the lesson in which it is asked.
    fact : str
        Fact ids, such as ``A23``.
    expected : str
        The letter that the facts name. Nothing is judged by it: a test compares it with the lab.
    was : tuple of str
        Ids that it had when its lesson had another number. Saved progress knows it by these, too.
    """

    id: str
    text: str
    options: tuple[Option, ...]
    section: int
    fact: str
    expected: str
    was: tuple[str, ...] = ()

    def answered(self, answer: object) -> Option:
        """The option that a reader names by `answer`: its letter, in either case, also as ``b)`` or ``(b)``.

        Raises
        ------
        QuestionError
            When there is none, or when the letter was written without quotes.
        """
        bare = isinstance(answer, BareLetter)
        written = _ANSWER.fullmatch(str(answer).strip()) if bare or isinstance(answer, str) else None
        found = [option for option in self.options if written and written[1].lower() == option.key]
        if found and bare:
            key = found[0].key
            raise QuestionError(
                f'{self.id}: the letter needs quotes: write answer="{key}" and run this cell again.'
            )
        if found:
            return found[0]
        keys = listing([f'"{option.key}"' for option in self.options])
        raise QuestionError(f"{self.id}: answer={answer!r} is none of the options: set it to {keys}.")

    def matching(self, computed: object) -> Option:
        """The option that is right when the lab computed `computed`.

        Raises
        ------
        QuestionError
            When none or several stand for that value.
        """
        value = normalised(computed)
        found = [option for option in self.options if option.stands_for(value)]
        found = found or [option for option in self.options if option.is_otherwise]
        if len(found) == 1:
            return found[0]
        stand = f"options {listing([o.key for o in found], 'and')} all stand" if found else "no option stands"
        raise QuestionError(
            f"{self.id}: the lab computed {computed!r}, and {stand} for that: "
            "run this section again from its start; if the message stays, the question needs mending."
        )


def find(question_id: str) -> Question:
    """The question with that id.

    Raises
    ------
    QuestionError
        When no lesson holds it; the message names those that the lesson has.
    """
    lesson = lesson_of(question_id)
    questions = load(lesson)
    if question_id not in questions:
        raise QuestionError(f"no question {question_id!r} in {lesson}; it has {', '.join(questions)}.")
    return questions[question_id]


def former_ids() -> Mapping[str, str]:
    """The id that each question has now, by every id that it had before."""
    every = (question for lesson in lessons() for question in load(lesson).values())
    return MappingProxyType({former: question.id for question in every for former in question.was})


def lesson_of(question_id: object) -> str:
    """The lesson to which a question's id belongs: ``01-noop`` -> ``01_streams_intro``."""
    match = _ID.match(question_id) if isinstance(question_id, str) else None
    prefix = f"{match['lesson']}_" if match else "none"
    found = [name for name in lessons() if name.startswith(prefix)]
    if len(found) != 1:
        raise QuestionError(
            f"no lesson for {question_id!r}: ids look like 01-noop; lessons: {', '.join(lessons())}."
        )
    return found[0]


@cache
def lessons() -> tuple[str, ...]:
    """Names of all lessons with questions, in order."""
    names = (entry.name for entry in _folder().iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


@cache
def load(lesson: str) -> dict[str, Question]:
    """All questions of a lesson, by id, in the order of the file."""
    if lesson not in lessons():
        raise QuestionError(f"no lesson {lesson!r} with questions; lessons: {', '.join(lessons())}.")
    return parse((_folder() / f"{lesson}.toml").read_text("utf-8"), f"{lesson}.toml")


def _folder() -> Traversable:
    return files("cdc_lab.classroom") / "questions"


def parse(text: str, source: str) -> dict[str, Question]:
    """Read the questions of one TOML text.

    Parameters
    ----------
    text : str
        In the form that this module's docstring shows.
    source : str
        Its name, for error messages.

    Raises
    ------
    QuestionError
        Names the source, the question and what is wrong with it.
    """
    try:
        # Decimal throughout: 84.3 in the file equals Decimal("84.3") in a table.
        tables = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise QuestionError(f"{source}: {error}") from None
    return {name: _question(name, table, f"{source}, {name}") for name, table in tables.items()}


def _question(question_id: str, table: Any, where: str) -> Question:
    if not _ID.match(question_id) or not isinstance(table, dict):
        raise QuestionError(f"{where}: ids look like 01-noop (the lesson's number, a dash, a name).")
    for name, kind in _FIELDS.items():
        if not isinstance(table.get(name), kind) or table[name] in ("", 0):
            raise QuestionError(f"{where}: needs {name} = ({kind.__name__}), has {table.get(name)!r}.")
    was = table.get(_FORMER, [])
    if not isinstance(was, list) or not all(isinstance(one, str) and _ID.match(one) for one in was):
        raise QuestionError(f"{where}: {_FORMER} = {was!r} is no list of ids.")
    known = {*_FIELDS, _FORMER}
    options = tuple(_option(key, table[key], f"{where}.{key}") for key in table if key not in known)
    keys = "".join(option.key for option in options)
    if keys not in ("ab", "abc", "abcd", "abcde"):
        raise QuestionError(f"{where}: needs 2 to 5 options a, b, c, ... in order, has {keys!r}.")
    if table["expected"] not in keys or len(table["expected"]) != 1:
        raise QuestionError(f"{where}: expected = {table['expected']!r} is none of its options {keys!r}.")
    if sum(option.is_otherwise for option in options) > 1:
        raise QuestionError(f"{where}: only one option may be otherwise.")
    return Question(
        question_id,
        table["question"],
        options,
        table["section"],
        table["fact"],
        table["expected"],
        tuple(was),
    )


def _option(key: str, table: Any, where: str) -> Option:
    if not isinstance(table, dict) or set(table) - _OPTION_FIELDS:
        raise QuestionError(f"{where}: not an option; its fields may be {sorted(_OPTION_FIELDS)}.")
    for name in ("text", "why"):
        if not isinstance(table.get(name), str) or not table[name]:
            raise QuestionError(f"{where}: needs {name}.")
    rule = {
        name: normalised(table[name]) for name in ("value", "at_least", "below", "otherwise") if name in table
    }
    kinds = {"value", "otherwise"} & set(rule) | ({"range"} if {"at_least", "below"} & set(rule) else set())
    if len(kinds) != 1 or rule.get("otherwise", True) is not True:
        raise QuestionError(f"{where}: needs exactly one of value, at_least/below, otherwise = true.")
    return Option(key, table["text"], table["why"], rule, table.get("misconception"))


def normalised(value: object) -> object:
    """A value in the form in which values are compared: numbers as Decimal, arrays as lists."""
    if hasattr(value, "tolist"):  # numpy scalars and arrays, pandas Series and Index
        value = value.tolist()
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {str(key): normalised(inner) for key, inner in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((normalised(inner) for inner in value), key=str)
    if isinstance(value, list | tuple):
        return [normalised(inner) for inner in value]
    return value


def _same(one: object, other: object) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return bool(one == other)
