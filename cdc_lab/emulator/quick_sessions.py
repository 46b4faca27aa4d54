"""boto3's default session and its clients, made quickly: most of a new lab's time went into these.

A session registers some 130 handlers, and looks at the signature of each. They are the same for all
sessions: they are registered once, and copied. A client is mostly what the service's model says of it; one
client is made as botocore makes it, and others that would be the same are copies of it with events and retry
handlers of their own. What differs in anything, such as a configuration of retries, is made in full.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import botocore.session
from botocore.client import ClientCreator
from botocore.hooks import HierarchicalEmitter

_PREFIX = "AWS_"
_HARMLESS_OPTIONS = {"account_id_endpoint_mode", "user_agent_extra", "region_name"}


class _Emitter(HierarchicalEmitter):
    """An emitter that knows whether anything was registered since it was made.

    Attributes
    ----------
    is_changed : bool
    """

    is_changed = False

    def _verify_and_register(self, *args: Any, **kwargs: Any) -> Any:
        self.is_changed = True
        plain: Any = super()
        return plain._verify_and_register(*args, **kwargs)

    def unregister(self, *args: Any, **kwargs: Any) -> Any:
        self.is_changed = True
        return super().unregister(*args, **kwargs)

    def __copy__(self) -> _Emitter:
        # botocore's own copy asks each of 400 nodes for the types of its values.
        own, again = vars(self), type(self)()
        handlers = type(own["_handlers"])()
        handlers._root = _copied_node(own["_handlers"]._root)
        unique = dict(own["_unique_id_handlers"])
        vars(again).update(own, _handlers=handlers, _unique_id_handlers=unique, _lookup_cache={})
        return again


def _copied_node(node: dict[str, Any]) -> dict[str, Any]:
    values = node["values"]
    # Its entries keep their order: moto takes the second one to see whether a client is its own already.
    return {
        **node,
        "values": None if values is None else type(values)(*map(list, values)),
        "children": {part: _copied_node(child) for part, child in node["children"].items()},
    }


_template: _Emitter | None = None
_MOULDS: dict[tuple[Any, ...], tuple[Any, Any]] = {}
_REGISTER_RETRIES: Any = vars(ClientCreator)["_register_retries"]


def set_default_session() -> None:
    """Give boto3 a default session as it would make one itself."""
    global _template
    if _template is None:
        made: Any = botocore.session.Session(event_hooks=_Emitter())
        boto3.Session(botocore_session=made)  # it registers handlers of its own
        _template = made._original_handler
    own = copy.copy(_template)
    session = botocore.session.Session(event_hooks=own, include_builtin_handlers=False)
    boto3.setup_default_session(botocore_session=session)
    own.is_changed = False


def mould_of(session: Any, service: str, region: str, given: dict[str, Any]) -> tuple[Any, ...] | None:
    """What identifies clients that would be the same; None for one that must be made in full.

    Parameters
    ----------
    session : botocore Session
    given : dict
        Further arguments of its ``create_client``.
    """
    emitter = getattr(session, "_original_handler", None)
    if type(emitter) is not _Emitter or emitter.is_changed or session.get_default_client_config() is not None:
        return None
    config = given.get("config")
    options = dict(getattr(config, "_user_provided_options", None) or {})
    if not options.keys() <= _HARMLESS_OPTIONS:
        return None
    plain = {name: value for name, value in given.items() if name != "config"}
    environment = tuple(sorted(item for item in os.environ.items() if item[0].startswith(_PREFIX)))
    return (
        service,
        region,
        repr(sorted(options.items())),
        repr(sorted(plain.items())),
        environment,
        session.user_agent_name,
        session.user_agent_extra,
    )


@contextmanager
def making_mould(key: tuple[Any, ...] | None) -> Iterator[Callable[[Any], None]]:
    """Inside, a client is made without retry handlers, to be kept; nothing happens where there is no key.

    Yields
    ------
    callable
        Keeps the client.
    """
    if key is None:
        yield lambda client: None
        return
    makers: list[Any] = []
    creator: Any = ClientCreator
    creator._register_retries = lambda maker, client: makers.append(maker)
    try:
        yield lambda client: _MOULDS.__setitem__(key, (_copied(client), makers[-1]))
    finally:
        creator._register_retries = _REGISTER_RETRIES


def from_mould(key: tuple[Any, ...] | None) -> Any:
    """Return a client like one that was kept, with retry handlers of its own; None where none was kept."""
    if key is None or key not in _MOULDS:
        return None
    mould, maker = _MOULDS[key]
    again = _copied(mould)
    _REGISTER_RETRIES(maker, again)
    return again


def _copied(client: Any) -> Any:
    again = object.__new__(type(client))
    again.__dict__.update(client.__dict__)
    meta = client.meta
    events = copy.copy(meta.events)
    again.meta = type(meta)(
        events, meta.config, meta.endpoint_url, meta.service_model, meta.method_to_api_mapping, meta.partition
    )
    again._endpoint = copy.copy(client._endpoint)
    again._endpoint._event_emitter = events
    return again
