"""``cdc-lab replay`` and ``cdc-lab try``: a handler in a lab without a test file."""

from __future__ import annotations

import json
import re
import sys
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cdc_lab.errors import LabError

if TYPE_CHECKING:
    from cdc_lab.lab import Lab

_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_HERE = "arn:aws:dynamodb:us-east-1:123456789012:table/replayed/stream/2013-03-08T10:00:00.000"


@dataclass(frozen=True)
class TableOption:
    """A table as the command line names it: ``NAME:PARTITION_KEY`` or ``NAME:PARTITION_KEY:SORT_KEY``."""

    name: str
    keys: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> TableOption:
        """Read one."""
        name, *keys = text.split(":")
        if not name or not 1 <= len(keys) <= 2 or not all(keys):
            raise LabError(f"table {text!r}: write NAME:PARTITION_KEY, or NAME:PARTITION_KEY:SORT_KEY")
        if not _NAME.fullmatch(name):
            raise LabError(f"table {name!r}: a table's name has 3 to 255 letters, digits, '_', '-' and '.'")
        return cls(name, tuple(keys))

    def create(self, lab: Lab, stream_view_type: str | None) -> Any:
        """Create it, with keys that are strings.

        Raises
        ------
        LabError
            Where DynamoDB refuses it.
        """
        sort_key = self.keys[1] if len(self.keys) == 2 else None
        try:
            return lab.create_table(self.name, self.keys[0], sort_key, stream_view_type)
        except ClientError as error:
            said = error.response["Error"]
            if said["Code"] == "ResourceInUseException":
                raise LabError(
                    f"table {self.name!r} is named twice: name each table once, and the one with the stream "
                    "not again"
                ) from None
            raise LabError(f"table {self.name!r}: {said['Message']}") from None


@dataclass(frozen=True)
class Setting:
    """Where the handler is, and what it runs with."""

    handler: str
    code_uri: str | None = None
    layers: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 3
    tables: Sequence[TableOption] = ()

    @property
    def options(self) -> dict[str, Any]:
        """As ``lab.create_function`` takes it."""
        own = {"code_uri": self.code_uri, "layers": self.layers, "environment": self.environment}
        return {**own, "timeout": self.timeout}


@contextmanager
def _importing() -> Iterator[None]:
    """Say in one line why a handler cannot be imported: what it lacks, and where it asks for it."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise LabError(
            f"{_asked_for(error)}: run this in the folder of your project, or install it"
        ) from None
    except Exception as error:
        place = _last_of_the_users(error)
        if place is None or place.name != "<module>":
            raise  # it is no import that failed
        from cdc_lab.testing.users_code import shown_path

        missing = isinstance(error, KeyError) and "environ" in (place.line or "")
        raise LabError(
            f"importing the handler fails: {type(error).__name__}: {error} in "
            f"{shown_path(place.filename)}, line {place.lineno}"
            f"{f': give it --env {error.args[0]}=...' if missing else ''}"
        ) from None


def _last_of_the_users(error: Exception) -> traceback.FrameSummary | None:
    """Where the user's code stood when an error came up, below this command."""
    from cdc_lab.testing.users_code import is_ours, is_users

    last = None
    for frame in traceback.extract_tb(error.__traceback__):
        if is_ours(frame.filename):
            last = None  # what stands before it called this command
        elif is_users(frame.filename):
            last = frame
    return last


def _asked_for(error: ModuleNotFoundError) -> str:
    from cdc_lab.testing.users_code import shown_path

    asking = _last_of_the_users(error)
    if asking is None:
        return f"there is no module {error.name!r}"
    return f"{shown_path(asking.filename)}, line {asking.lineno} imports {error.name!r}, which is not there"


# ---- replay --------------------------------------------------------------------------------------------


def replay(file: Path, setting: Setting) -> int:
    """Run a captured event through a handler, in a lab with a table made from its images.

    Parameters
    ----------
    file : Path
        The event that Lambda gave the handler, also as a line among others of its log; what an on-failure
        destination kept in S3; or what GetRecords answered.
    setting : Setting
        Its tables are created empty, beside the one that the event is of.

    Returns
    -------
    int
        0 where the handler returned, 1 where it failed.
    """
    from cdc_lab.lab import Lab

    sys.path.insert(0, str(Path.cwd()))
    event = event_in(file)
    with Lab() as lab, _importing():
        source = _make_source(lab, event["Records"])
        for table in setting.tables:
            table.create(lab, None)
        lab.create_function("replayed", setting.handler, **setting.options)
        answer = lab.client("lambda").invoke(FunctionName="replayed", Payload=json.dumps(event))
        result = json.loads(answer["Payload"].read())
        for row in lab.trace.rows.logs:
            print(row.line.rstrip("\n"))
        print(
            f"calls: {', '.join(f'{row.operation} {row.outcome}' for row in lab.trace.rows.calls) or 'none'}"
        )
        for name in (source, *(table.name for table in setting.tables)):
            print(f"{name}: {lab.resource('dynamodb').Table(name).scan()['Items']}")
    if "FunctionError" in answer:
        print(f"failed: {result.get('errorType', '')}: {result.get('errorMessage', '')}".replace(": :", ":"))
        print("".join(result.get("stackTrace", ())), end="")
        return 1
    print(f"returned: {json.dumps(result)}")
    return 0


def event_in(file: Path) -> dict[str, Any]:
    """Find the event of a stream in a file.

    Raises
    ------
    LabError
        For a file that cannot be read, or holds none.
    """
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LabError(f"{file}: {error}") from None
    for found in _objects(text):
        if isinstance(found.get("payload"), str | dict):  # an invocation record, kept in S3
            payload = found["payload"]
            found = json.loads(payload) if isinstance(payload, str) else payload
        records = found.get("Records")
        if isinstance(records, list) and records and all(_is_record(record) for record in records):
            return {**found, "Records": [_for_lambda(record) for record in records]}
    raise LabError(
        f"{file} holds no event of a DynamoDB stream: it needs JSON with Records, each with its dynamodb "
        "part (what an on-failure queue or topic got names records, and does not hold them)"
    )


def _objects(text: str) -> Iterator[dict[str, Any]]:
    decoder, place = json.JSONDecoder(), text.find("{")
    while place >= 0:
        try:
            found, end = decoder.raw_decode(text, place)
        except ValueError:
            end = place + 1
        else:
            if isinstance(found, dict):
                yield found
        place = text.find("{", end)


def _is_record(record: Any) -> bool:
    return (
        isinstance(record, dict) and isinstance(record.get("dynamodb"), dict) and "Keys" in record["dynamodb"]
    )


def _for_lambda(record: dict[str, Any]) -> dict[str, Any]:
    """Bring a record that GetRecords answered into the form that Lambda gives (A9, A14)."""
    body = dict(record["dynamodb"])
    created = body.get("ApproximateCreationDateTime")
    if isinstance(created, str):
        body["ApproximateCreationDateTime"] = float(int(datetime.fromisoformat(created).timestamp()))
    made = {**record, "dynamodb": body, "eventSourceARN": record.get("eventSourceARN", _HERE)}
    who = record.get("userIdentity")
    if isinstance(who, dict):
        made["userIdentity"] = {name[:1].lower() + name[1:]: value for name, value in who.items()}
    return made


def _make_source(lab: Lab, records: Sequence[Mapping[str, Any]]) -> str:
    """Create the table that the event is of, as it was after its last record; return its name."""
    arn = str(records[0]["eventSourceARN"])
    name = arn.split("/")[1] if "/" in arn else "replayed"
    keys = [(key, next(iter(value))) for key, value in records[0]["dynamodb"]["Keys"].items()]
    lab.create_table(name, keys[0], keys[1] if len(keys) == 2 else None)
    last = {json.dumps(record["dynamodb"]["Keys"], sort_keys=True): record["dynamodb"] for record in records}
    client = lab.client("dynamodb")
    for body in last.values():
        if "NewImage" in body:
            client.put_item(TableName=name, Item=_with_bytes(body["NewImage"]))
    return name


def _with_bytes(value: Any, tag: str = "") -> Any:
    from base64 import b64decode

    if isinstance(value, dict):
        return {name: _with_bytes(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_bytes(inner, "B" if tag == "BS" else "") for inner in value]
    return b64decode(value) if tag == "B" and isinstance(value, str) else value


# ---- try -----------------------------------------------------------------------------------------------


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
        0 where they do, 1 where a schedule was found under which they do not.

    Raises
    ------
    LabError
        Where there would be nothing to compare: no table is named, or the handler wrote to none of them.
    """
    from cdc_lab.testing.handlers import run_handler
    from cdc_lab.testing.schedules import Trials

    if with_faults and not setting.tables:
        raise LabError("--faults compares tables: name those that the handler writes, --table totals:id")
    sys.path.insert(0, str(Path.cwd()))
    plain: list[dict[str, Any]] = []
    refused: list[str] = []

    def test(lab: Lab, faults: Any) -> None:
        source = trying.source.create(lab, "NEW_AND_OLD_IMAGES")
        for table in setting.tables:
            table.create(lab, None)
        run_handler(
            lab, setting.handler, source, trying.items, faults=faults, **setting.options, **trying.mapping
        )
        ended = {table.name: _content(lab, table, trying.ignored) for table in setting.tables}
        if not plain:
            plain.append(ended)
            refused.extend(_refused(lab))
            if with_faults and not any(ended.values()):
                raise LabError(_wrote_nothing(ended, refused, _failures(lab)))
        for name, items in ended.items():
            if items != plain[0][name]:
                raise AssertionError(f"{name} ends as {items}, and undisturbed as {plain[0][name]}")

    trials = Trials(test, {"seed": trying.seed})
    try:
        with _importing():
            if with_faults:
                trials.run(trying.tries)
            else:
                _run_once(test, trying.seed)
    except LabError:
        raise
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
        print("\n".join(getattr(error, "__notes__", ())))
        return 1
    for line in refused:
        print(f"refused: {line}")
    for name, items in plain[0].items():
        print(f"{name}: {items}")
    for line in trials.not_judged:
        print(line)
    if with_faults:
        print(f"the tables end alike undisturbed and under {trying.tries} schedules of faults")
    return 0


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
        return ""
    (most, _), times = errors.most_common(1)[0], sum(errors.values())
    return f"; the handler failed {times} times, mostly with {most}"


def _wrote_nothing(tables: Mapping[str, Any], refused: Sequence[str], failures: str) -> str:
    why = f"{failures}; refused were {', '.join(refused)}" if refused else failures
    return (
        f"undisturbed, the handler leaves nothing in {', '.join(tables)}: there is nothing to compare{why}; "
        "give it items that it works on, --items FILE, and name the tables that it writes, --table NAME:KEY"
    )


def _content(lab: Lab, table: TableOption, ignored: frozenset[str]) -> list[dict[str, Any]]:
    items = lab.resource("dynamodb").Table(table.name).scan()["Items"]
    kept = [{name: value for name, value in item.items() if name not in ignored} for item in items]
    return sorted(kept, key=repr)


def changes_in(file: Path | None, source: TableOption, count: int) -> list[dict[str, Any]]:
    """Read the items to put from a file of JSON, a list or one item a line; without a file make some."""
    if file is None:
        return [dict.fromkeys(source.keys, f"{source.keys[0]}-{number}") for number in range(1, count + 1)]
    from decimal import Decimal

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
    return list(items)
