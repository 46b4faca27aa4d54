"""What ``cdc-lab replay`` and ``cdc-lab try`` are told of a handler, and ``cdc-lab replay``."""

from __future__ import annotations

import json
import re
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
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

    def create(self, lab: Lab, stream_view_type: str | None, items: Sequence[Mapping[str, Any]] = ()) -> Any:
        """Create it, with keys that are strings, or numbers where they are that in the items.

        Raises
        ------
        LabError
            Where DynamoDB refuses it.
        """
        keys = [(key, _key_type(items[0].get(key) if items else "")) for key in self.keys]
        try:
            return lab.create_table(self.name, keys[0], keys[1] if len(keys) == 2 else None, stream_view_type)
        except ClientError as error:
            said = error.response["Error"]
            if said["Code"] == "ResourceInUseException":
                raise LabError(
                    f"table {self.name!r} is named twice: name each table once, and the one with the stream "
                    "not again"
                ) from None
            raise LabError(f"table {self.name!r}: {said['Message']}") from None


def _key_type(value: Any) -> str:
    return "N" if isinstance(value, int | Decimal) and not isinstance(value, bool) else "S"


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
def importing() -> Iterator[None]:
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
    with Lab() as lab, importing():
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
