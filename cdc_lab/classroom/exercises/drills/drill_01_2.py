"""Spot the bug: sequence numbers compared as text."""

from __future__ import annotations

import random
from typing import Any

from cdc_lab.classroom.exercises.answer import CheckError
from cdc_lab.classroom.exercises.drills.delivering import of_code
from cdc_lab.classroom.exercises.drills.drill import Differences, Drill, Trial
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.texts import texts_of
from cdc_lab.lab import Lab

_ID = "drill_01_2"
_SHORTEST, _LONGEST = 21, 40  # digits (A8)
Pair = tuple[str, str]


def read(answer: Any) -> Pair:
    """Return the two numbers, as they were given."""
    is_pair = isinstance(answer, tuple | list) and len(answer) == 2
    if not is_pair or not all(isinstance(number, str) for number in answer):
        raise CheckError(
            f'{_ID} asks for two sequence numbers as records hold them, strings: ("3000...", "4000...").'
        )
    return answer[0], answer[1]


def can_be_real(pair: Pair, rng: random.Random) -> Differences:
    """Whether DynamoDB could have given these numbers to two changes of a flight, in this order."""
    for name, number in zip(("the older", "the newer"), pair, strict=True):
        if not number.isascii() or not number.isdigit() or not _SHORTEST <= len(number) <= _LONGEST:
            yield Difference("no sequence numbers", name, f"{_SHORTEST} to {_LONGEST} digits", number[:50])
        elif number.startswith("0"):
            yield Difference("padded by hand", name, "the digits of a number", number)
    if all(number.isdecimal() for number in pair) and int(pair[0]) >= int(pair[1]):
        yield Difference("the wrong way round", "the older one", "the smaller number", "not smaller")


def keeps_the_older(pair: Pair, rng: random.Random) -> Differences:
    """Whether the given handler shows the older status when both have come."""
    status = _board(pair, rng)
    if status == "departed":
        kind = "as long as each other" if len(pair[0]) == len(pair[1]) else "longer, and larger as text too"
        yield Difference(kind, "the board shows", "scheduled, the older status", f"{status}, the newer one")


def _board(pair: Pair, rng: random.Random) -> str:
    flight = f"UA{rng.randint(100, 5999)}"
    with Lab(seed=rng.randrange(10**6)):
        handler = of_code(texts_of(_ID).given)()
        for number, status in zip(pair, ("scheduled", "departed"), strict=True):
            image = {"flight_id": {"S": flight}, "status": {"S": status}}
            change = {"Keys": {"flight_id": {"S": flight}}, "NewImage": image, "SequenceNumber": number}
            board = handler({"Records": [{"eventName": "MODIFY", "dynamodb": change}]}, None)
    shown: str = board[flight]
    return shown


EXERCISE = Drill(
    _ID,
    (
        Trial("numbers of a stream", "DynamoDB could have given them, in this order", can_be_real),
        Trial("the older stays", "the given handler gets the older change, then the newer", keeps_the_older),
    ),
    read=read,
    tell=lambda pair: [
        f"  {name}: {number}" for name, number in zip(("the older", "the newer"), pair, strict=True)
    ],
)
