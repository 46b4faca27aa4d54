"""Calls a reader's function inside the lab, and notes how it ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cdc_lab.classroom.exercises.budget import Budget
from cdc_lab.classroom.exercises.call import EXIT, TIMEOUT, Call
from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.deploying import Deployment
from cdc_lab.classroom.exercises.outcome import NotAttempted
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.classroom.exercises.steps import CONTEXT, Asking
from cdc_lab.emulator.lambda_.invocation import InvocationEnded, current_invocation
from cdc_lab.show.expect import summary

MOST_LINES = 2000  # of what an invocation logs, that are kept


class OutOfBudget(BaseException):
    """The reader's code used up what it may: it is not called again."""


class Invoker:
    """Calls the functions of an answer, within a budget.

    Attributes
    ----------
    run : Run
        To which the calls belong.
    """

    def __init__(self, deployment: Deployment, budget: Budget) -> None:
        self.run = Run((), Conditions(), [], frozenset())
        self._deployment = deployment
        self._budget = budget

    def handler(self, part: str) -> Callable[[Any, Any], Any]:
        """The Lambda handler that stands behind a mapping."""

        def handler(event: Any, context: Any) -> Any:
            ids = tuple(record["eventID"] for record in event["Records"])
            return self._invoke(part, (event, context), ids, self.run.calls, ())

        return handler

    def caller(self, asking: Asking, meant: tuple[str, ...], made: list[Call]) -> Callable[[Any, Any], Any]:
        """A Lambda handler that makes this call, and adds it to `made`."""

        def handler(event: Any, context: Any) -> None:
            if asking.after:
                time.sleep(asking.after)
            try:
                args = tuple(context if arg is CONTEXT else arg for arg in asking.args)
                self._invoke(asking.part, args, (), made, meant)
            except Exception:
                # It is noted. An error that the function raised is no reason for Lambda to call it again.
                return

        return handler

    def _invoke(
        self,
        part: str,
        args: tuple[Any, ...],
        ids: tuple[str, ...],
        calls: list[Call],
        meant: tuple[str, ...],
    ) -> Any:
        run = self.run
        run.spent = run.spent or self._budget.is_spent
        if run.stuck or run.not_attempted or run.spent:
            raise OutOfBudget
        if run.conditions.cold:
            self._deployment.start_afresh()
        begun = Call(ids, time.time(), part=part, args=() if ids else args, request_id=_request_id())
        try:
            answer = self._called(part, args)
        except NotAttempted:
            run.not_attempted = part
            raise
        except InvocationEnded:
            self._look_whether_stuck()
            self._note_death(replace(begun, died=True), calls)
            raise
        except KeyboardInterrupt as error:
            self._look_whether_stuck()
            if not self._deployment.interrupts.is_the_answers:
                raise
            calls.append(_failed(begun, error, meant))
            raise SystemExit(1) from error  # Lambda's runtime catches it as little as any other program
        except BaseException as error:
            calls.append(_failed(begun, error, meant))
            self._look_whether_stuck()
            raise
        self._look_whether_stuck()
        calls.append(replace(begun, answer=answer))
        return answer

    def _called(self, part: str, args: tuple[Any, ...]) -> Any:
        try:
            return self._deployment.functions[part](*args)
        finally:
            # Of a flood the end is shown: who keeps all of it waits for that at every look at the log.
            invocation = current_invocation()
            if invocation is not None:
                del invocation.lines[:-MOST_LINES]

    def _look_whether_stuck(self) -> None:
        """Ask whether the watchdog threw the function out, also when it caught that and returned."""
        invocation = current_invocation()
        if invocation is not None and invocation.stuck:
            self.run.stuck = invocation.stuck
            raise OutOfBudget

    def _note_death(self, call: Call, calls: list[Call]) -> None:
        run, invocation = self.run, current_invocation()
        if invocation is not None and invocation.exit:
            calls.append(replace(call, died=False, error=invocation.exit, kind=EXIT))
        elif run.conditions.crash_after is not None and not run.crashed:
            run.crashed = True
            calls.append(call)
        else:
            run.timed_out = True
            calls.append(replace(call, error="did not return in time", kind=TIMEOUT))
        # Lambda replaces an environment that died.
        self._deployment.start_afresh()


def _failed(call: Call, error: BaseException, meant: tuple[str, ...]) -> Call:
    where = _line_of(error)
    kind = type(error).__name__
    text = summary(error) + _reasons_of(error) + (f" (line {where})" if where else "")
    return replace(call, error=text, kind=kind, is_meant=kind in meant)


def _request_id() -> str:
    invocation = current_invocation()
    return invocation.request_id if invocation is not None else ""


def _reasons_of(error: BaseException) -> str:
    """Why a transaction was cancelled, action by action: its message has the codes alone."""
    answer = getattr(error, "response", None)
    reasons = answer.get("CancellationReasons", ()) if isinstance(answer, dict) else ()
    told = dict.fromkeys(str(reason["Message"]) for reason in reasons if reason.get("Message"))
    return f": {' '.join(told)}" if told else ""


def _line_of(error: BaseException) -> str:
    """Where in the reader's own code it was raised: ``3 of handler``."""
    found, step = "", error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        if "site-packages" not in code.co_filename and not _is_ours(step.tb_frame.f_globals):
            first = code.co_firstlineno
            if not code.co_name.startswith("<") or not found:
                found = f"{step.tb_lineno - first + 1} of {code.co_name}"
        step = step.tb_next
    return found


def _is_ours(names: dict[str, Any]) -> bool:
    return str(names.get("__name__", "")).partition(".")[0] in ("cdc_lab", "boto3", "botocore", "importlib")
