"""What is handed in: a handler, its function's limits, its mapping, its role's policy, and its alarms."""

from __future__ import annotations

import inspect
import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cdc_lab.classroom.exercises import checking
from cdc_lab.classroom.exercises.answer import CheckError
from cdc_lab.classroom.exercises.budget import Budget
from cdc_lab.classroom.exercises.checking import seed_of
from cdc_lab.classroom.exercises.drills.reading import is_blank, is_stub
from cdc_lab.classroom.exercises.exercise_5.alarms import Alarm, read_alarm
from cdc_lab.classroom.exercises.exercise_5.world import build
from cdc_lab.classroom.exercises.outcome import THE_ANSWER
from cdc_lab.classroom.exercises.values import shown
from cdc_lab.emulator.iam.policies import Policy
from cdc_lab.errors import LabError
from cdc_lab.show.panels import listing

PARTS = ("handler", "function", "mapping", "policy", "alarms")
CPU_SECONDS = 9.0  # twice what the slowest right answer takes
_ID = "exercise_5"
_OF_FUNCTIONS = ("timeout", "memory_size", "environment", "reserved_concurrency")
_OURS = ("FunctionName", "EventSourceArn")
_CALL = f'check("{_ID}", {{{", ".join(f"{name!r}: {name}" for name in PARTS)}}})'.replace("'", '"')


class Production:
    """An answer, read.

    Attributes
    ----------
    handler : callable
    function, mapping : dict
        Parameters as :meth:`cdc_lab.Lab.attach` takes them.
    policy : dict or None
        The policy document of the role; None as long as it is blank.
    alarms : sequence of Alarm
    budget : Budget
        What the check of it may take of the processor.
    is_out_of_budget : bool
        Whether an invocation was not made any more because that was spent.
    """

    def __init__(
        self,
        handler: Any,
        function: Mapping[str, Any],
        mapping: Mapping[str, Any],
        policy: Mapping[str, Any] | None,
        alarms: Sequence[Alarm],
    ) -> None:
        self.handler = handler
        self.function = dict(function)
        self.mapping = dict(mapping)
        self.policy = None if policy is None else dict(policy)
        self.alarms = tuple(alarms)
        self.budget = Budget(CPU_SECONDS * checking.PATIENCE)
        self.is_out_of_budget = False
        self._folder: Path | None = None

    def __repr__(self) -> str:
        # Other code or settings meet other flights, equal ones the same.
        code = 0 if self.handler is None else seed_of(self.handler)
        return f"{code} {self.function} {self.mapping} {self.policy} {self.alarms}"

    @property
    def template(self) -> Path:
        """The template in the folder to deploy, which is built once.

        Raises
        ------
        Undeployable
            It cannot be built.
        """
        if self._folder is None:
            place = Path(tempfile.mkdtemp(prefix="cdc-lab-"))
            weakref.finalize(self, shutil.rmtree, place, ignore_errors=True)
            build(self, place / "audit-log")
            self._folder = place / "audit-log"
        return self._folder / "template.yaml"


def blanks(answer: Any) -> list[str]:
    """Return the parts that are not written yet."""
    if is_blank(answer):
        return [THE_ANSWER]
    if not isinstance(answer, Mapping):
        return []
    found = [name for name in PARTS if name in answer and is_blank(answer[name])]
    if is_stub(answer.get("handler")) and "handler" not in found:
        found.insert(0, "handler")
    return found


def read(answer: Any) -> Production:
    """Read an answer.

    Raises
    ------
    CheckError
        In one line: a part is missing, or of another form. What AWS would refuse is left to the check.
    """
    if not isinstance(answer, Mapping) or any(name not in answer for name in PARTS):
        missing = [name for name in PARTS if isinstance(answer, Mapping) and name not in answer]
        wrong = f"{listing(missing, 'and')} missing" if missing else f"not {type(answer).__name__}"
        raise CheckError(f"{_ID} needs its five parts by name, {wrong}: write {_CALL}")
    if unknown := [str(name) for name in answer if name not in PARTS]:
        raise CheckError(f"{_ID} has no part {listing(unknown, 'and')}: write {_CALL}")
    given = {name: None if is_blank(answer[name]) else answer[name] for name in PARTS}
    return Production(
        _handler(given["handler"]),
        _named("function", given["function"], _OF_FUNCTIONS),
        _named("mapping", given["mapping"]),
        _policy(given["policy"]),
        _alarms(given["alarms"]),
    )


def _handler(given: Any) -> Any:
    if given is not None and not callable(given):
        raise CheckError(f"{_ID}: handler is {type(given).__name__}: give the function itself.")
    if given is not None:
        try:
            inspect.signature(given).bind({}, None)
        except TypeError:
            raise CheckError(f"{_ID}: the handler cannot be called as handler(event, context).") from None
        except ValueError:
            pass  # a builtin without a signature: the call will tell
    return given


def _named(part: str, given: Any, names: Sequence[str] = ()) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise CheckError(f"{_ID}: {part} is a dict of parameters, not {type(given).__name__}.")
    others = [str(name) for name in given if (names and name not in names) or name in _OURS]
    if others:
        known = f" There is {listing(list(names), 'and')}." if names else ""
        raise CheckError(f"{_ID}: {listing(others, 'and')} is not yours to choose in {part}.{known}")
    return dict(given)


def _policy(given: Any) -> dict[str, Any] | None:
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise CheckError(f"{_ID}: policy is a dict with Version and Statement, not {type(given).__name__}.")
    try:
        Policy.of_identity(given)
    except LabError as error:
        raise CheckError(f"{_ID}: {error}") from None
    return dict(given)


def _alarms(given: Any) -> list[Alarm]:
    if given is None:
        return []
    if isinstance(given, Mapping | str) or not isinstance(given, Sequence):
        raise CheckError(f"{_ID}: alarms is a list of dicts, one for each alarm, not {type(given).__name__}.")
    return [read_alarm(_ID, one) for one in given]


def tell(production: Production) -> list[str]:
    """Say what was deployed, in a few lines."""
    mapping = ", ".join(f"{name}={shown(value, 90)}" for name, value in production.mapping.items())
    function = ", ".join(f"{name}={shown(value, 60)}" for name, value in production.function.items())
    lines = [f"  function: {function or 'defaults'}", f"  mapping: {mapping or 'defaults'}"]
    lines += [f"  alarm: {alarm}" for alarm in production.alarms]
    return ["You deployed:", *lines]
