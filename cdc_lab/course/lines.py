"""How processes of the course talk: one message a line, each a dataclass as JSON.

A line is whole or it is no message, so that a process that breaks off loses nothing that it has said before.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Message = TypeVar("Message", bound="DataclassInstance")


class Lines(Generic[Message]):
    """The messages that two processes exchange.

    Parameters
    ----------
    *kinds : dataclass
        The messages' classes. A line names its class, so their names must differ.
    """

    def __init__(self, *kinds: type[Message]) -> None:
        self._kinds = {kind.__name__: kind for kind in kinds}

    def to_line(self, message: Message) -> str:
        """Return the message as one line of JSON, without its line break."""
        return json.dumps({"kind": type(message).__name__, **asdict(message)})

    def from_line(self, line: str) -> Message | None:
        """Return the message that a line holds, None for any other text, such as a library's warning."""
        try:
            fields = json.loads(line)
            return self._kinds[fields.pop("kind")](**fields)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
