"""``cdc-lab try``: a handler behind a table, undisturbed and under schedules of faults."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdc_lab.errors import LabError
from cdc_lab.patterns.deserializer import deserialize, is_typed
from cdc_lab.testing.commands import Setting, TableOption, importing

if TYPE_CHECKING:
    from cdc_lab.lab import Lab

_RETRIES = {"MaximumRetryAttempts": 2}
"""Of the undisturbed run: Lambda would go on for a day (C20), and who fails thrice there fails always."""
_REPORTS = re.compile(r"batchItemFailures|process_batch|process_partial_response|BatchProcessor")


@dataclass(frozen=True)
class Trying:
    """What a handler is tried with."""

    source: TableOption
    items: Sequence[Mapping[str, Any]]
    mapping: Mapping[str, Any]
    ignored: frozenset[str] = frozenset()
    seed: int = 0
    tries: int = 40


def try_handler(setting: Setting, trying: Trying, with_faults: bool) -> int:
    """Run a handler behind a table, undisturbed, or also under schedules of faults.

    Under faults its tables must end as they do undisturbed: that is what an idempotent handler does.

    Returns
    -------
    int
        0 where they do, 1 where a schedule was found under which they do not. Without faults 1 where records
        were given up.

    Raises
    ------
    LabError
        Where there would be nothing to compare: no table is named, the handler wrote to none of them, or it
        fails undisturbed.
    """
    from cdc_lab.testing.handlers import run_handler
    from cdc_lab.testing.schedules import Trials

    if with_faults and not setting.tables:
        raise LabError("--faults compares tables: name those that the handler writes, --table totals:id")
    sys.path.insert(0, str(Path.cwd()))
    plain: list[dict[str, Any]] = []
    refused: list[str] = []
    failed: list[str] = []

    def test(lab: Lab, faults: Any) -> None:
        source = trying.source.create(lab, "NEW_AND_OLD_IMAGES", trying.items)
        for table in setting.tables:
            table.create(lab, None)
        mapping = {**({} if plain else _RETRIES), **trying.mapping}
        trace = run_handler(
            lab, setting.handler, source, trying.items, faults=faults, **setting.options, **mapping
        )
        ended = {table.name: _content(lab, table, trying.ignored) for table in setting.tables}
        if not plain:
            plain.append(ended)
            refused.extend(_refused(lab))
            if trace.rows.failures:
                failed.append(f"undisturbed, {_failures(lab)}")
            if with_faults and not any(ended.values()):
                raise LabError(_wrote_nothing(ended, refused, _failures(lab)))
            if with_faults and failed:
                raise LabError(f"{failed[0]}: mend that first, there is nothing yet to compare")
        for name, items in ended.items():
            if items != plain[0][name]:
                hint = _may_differ(items, plain[0][name])
                raise AssertionError(f"{name} ends as {items}, and undisturbed as {plain[0][name]}{hint}")

    trials = Trials(test, {"seed": trying.seed})
    try:
        with importing():
            if with_faults:
                trials.run(trying.tries)
            else:
                _run_once(test, trying.seed)
    except LabError:
        raise
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
        print("\n".join(getattr(error, "__notes__", ())))
        if _may_report(setting) and "FunctionResponseTypes" not in trying.mapping:
            print(
                "The handler's module speaks of batchItemFailures. Lambda reads them only where the mapping "
                "has ReportBatchItemFailures: if yours has, add --report-failures."
            )
        return 1
    for line in refused:
        print(f"refused: {line}")
    for name, items in plain[0].items():
        print(f"{name}: {items}")
    for line in trials.not_judged:
        print(line)
    for line in failed:
        print(line)
    if with_faults:
        print(f"the tables end alike undisturbed and under {trying.tries} schedules of faults")
    return 1 if failed else 0


def _run_once(test: Any, seed: int) -> None:
    from cdc_lab.lab import Lab
    from cdc_lab.testing.timelines import timeline

    with Lab(seed=seed) as lab:
        lab.answer_all()
        test(lab=lab, faults=None)
        print(timeline(lab.trace))


def _refused(lab: Lab) -> list[str]:
    """The calls of an undisturbed run that did not succeed, each kind once."""
    kinds = Counter(
        f"{row.service}.{row.operation} {row.outcome}"
        for row in lab.trace.rows.calls
        if row.outcome not in ("ok", "unanswered")
    )
    return [f"{kind} ({count} times)" if count > 1 else kind for kind, count in kinds.items()]


def _failures(lab: Lab) -> str:
    errors = Counter(row.error for row in lab.trace.rows.invocations if row.error)
    if not errors:
        return "the handler reports records as failed" if lab.trace.rows.failures else ""
    (most, _), times = errors.most_common(1)[0], sum(errors.values())
    return f"the handler failed {times} times, mostly with {most}"


def _wrote_nothing(tables: Mapping[str, Any], refused: Sequence[str], failures: str) -> str:
    causes = [failures, f"refused were {', '.join(refused)}" if refused else ""]
    why = "".join(f"; {cause}" for cause in causes if cause)
    return (
        f"undisturbed, the handler leaves nothing in {', '.join(tables)}: there is nothing to compare{why}; "
        "give it items that it works on, --items FILE, and name the tables that it writes, --table NAME:KEY"
    )


def _may_differ(items: Sequence[Mapping[str, Any]], plain: Sequence[Mapping[str, Any]]) -> str:
    """Name the only attributes in which the items differ, if these are texts, as times and ids are."""
    if [set(item) for item in items] != [set(item) for item in plain]:
        return ""
    pairs = list(zip(items, plain, strict=True))
    names = sorted({name for one, other in pairs for name in one if one[name] != other[name]})
    texts = [item.get(name, "") for pair in pairs for item in pair for name in names]
    if not all(isinstance(text, str) for text in texts):
        return ""  # a count that differs is what one looks for
    if all(len(item) <= len(names) for item in items):
        return ""  # the items have nothing in common
    options = " ".join(f"--ignore {name}" for name in names)
    return f". Only {', '.join(names)} differs: if it may, as a time or a random id may, add {options}"


def _may_report(setting: Setting) -> bool:
    """Whether the handler's module has a word that one writes who reports records as failed."""
    module = sys.modules.get(setting.handler.rpartition(".")[0])
    file = getattr(module, "__file__", None) or setting.handler.rpartition(":")[0]
    try:
        return bool(_REPORTS.search(Path(file).read_text("utf-8")))
    except (OSError, UnicodeDecodeError):
        return False


def _content(lab: Lab, table: TableOption, ignored: frozenset[str]) -> list[dict[str, Any]]:
    items = lab.resource("dynamodb").Table(table.name).scan()["Items"]
    kept = [{name: value for name, value in item.items() if name not in ignored} for item in items]
    return sorted(kept, key=repr)


def changes_in(file: Path | None, source: TableOption, count: int) -> list[dict[str, Any]]:
    """Read the items to put from a file of JSON, a list or one item a line; without a file make some.

    Items in DynamoDB's own JSON, such as ``{"order_id": {"S": "o1"}}``, are brought into plain values.
    """
    if file is None:
        return [dict.fromkeys(source.keys, f"{source.keys[0]}-{number}") for number in range(1, count + 1)]
    try:
        text = file.read_text("utf-8")
        is_list = text.lstrip().startswith("[")
        lines = [text] if is_list else [line for line in text.splitlines() if line.strip()]
        found = [json.loads(line, parse_float=Decimal) for line in lines]
    except (OSError, ValueError) as error:
        raise LabError(f"{file}: {error}") from None
    items = found[0] if is_list else found
    wrong = next((item for item in items if not isinstance(item, dict)), None)
    if wrong is not None or not items:
        raise LabError(f"{file}: give a list of items, or an item a line; found {wrong!r}")
    items = [_plain(item) if is_typed(item.get(source.keys[0])) else item for item in items]
    for number, item in enumerate(items, 1):
        for key in source.keys:
            value = item.get(key)
            if not isinstance(value, str | int | Decimal) or isinstance(value, bool) or value == "":
                said = repr(value) if key in item else "not there"
                raise LabError(f"{file}, item {number}: its key {key!r} is {said}: give a text or a number")
    return items


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return deserialize(item)
    except (TypeError, ValueError) as error:
        raise LabError(
            f"item {json.dumps(item, default=str)} mixes typed values with others: {error}"
        ) from None
