"""What botocore works out anew for each client, though it is the same for all: here it is worked out once.

A lab makes many clients: its own, and those of handlers at each cold start. Most of the time
that botocore takes for one goes into what depends on the service alone, or on the handlers that every session
starts with.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import botocore.args
import botocore.client
import botocore.hooks
import botocore.regions
import botocore.session
from botocore import compat
from botocore.client import ClientCreator
from botocore.endpoint import EndpointCreator
from botocore.endpoint_provider import EndpointProvider
from botocore.handlers import BUILTIN_HANDLERS
from botocore.hooks import EventAliaser, HierarchicalEmitter, NodeList
from botocore.httpsession import URLLib3Session
from botocore.model import ServiceModel


@contextmanager
def swapped(*replacements: tuple[Any, str, Any]) -> Iterator[None]:
    """Inside, attributes have other values.

    Parameters
    ----------
    *replacements : (owner, attribute name, value)
    """
    plain = [getattr(owner, name) for owner, name, _ in replacements]
    for owner, name, value in replacements:
        setattr(owner, name, value)
    try:
        yield
    finally:
        for (owner, name, _), value in zip(replacements, plain, strict=True):
            setattr(owner, name, value)


# ---- sessions --------------------------------------------------------------------------------


_private: Any = botocore.hooks  # its stubs know no private names


class _Trie(_private._PrefixTrie):  # type: ignore[misc]
    """Handlers by event, as botocore keeps them; copies share all nodes that no later handler changes."""

    _root: dict[str, Any]

    def append_item(self, key: str, value: Any, section: int = _private._MIDDLE) -> None:
        self._root = _with(self._root, key.split("."), value, section)

    def remove_item(self, key: str, value: Any) -> None:
        self._root = self._recursive_copy(self._root)
        super().remove_item(key, value)

    def __copy__(self) -> _Trie:
        copied = type(self)()
        copied._root = self._root
        return copied


def _with(node: dict[str, Any], parts: list[str], value: Any, section: int) -> dict[str, Any]:
    """Return a node that has one more handler; those on the way to it are new, the others the same."""
    if not parts:
        first, middle, last = node["values"] or ([], [], [])
        values = NodeList([*first], [*middle], [*last])
        values[section].append(value)
        return {**node, "values": values}
    child = node["children"].get(parts[0]) or {"chunk": parts[0], "values": None, "children": {}}
    return {**node, "children": {**node["children"], parts[0]: _with(child, parts[1:], value, section)}}


class _Aliaser(EventAliaser):
    """Looks an event's present name up once, not once for each session and client."""

    def __copy__(self) -> _Aliaser:
        copied: Any = super().__copy__()
        copied._alias_name_cache = vars(self)["_alias_name_cache"]
        return cast(_Aliaser, copied)


class _Handlers:
    """What new sessions start with.

    Attributes
    ----------
    builtin : list
        botocore's list, as it was when `emitter` was made: other packages add to it.
    emitter : HierarchicalEmitter
        With all of them registered.
    names : dict
        Present names of events, by the name that was asked for.
    """

    def __init__(self) -> None:
        self.builtin = list(BUILTIN_HANDLERS)
        self.emitter = HierarchicalEmitter()
        vars(self.emitter)["_handlers"] = _Trie()
        self.names: dict[str, str] = {}
        # What other packages do to each new session is done to those that start with a copy of this.
        with swapped((botocore.session, "invoke_initializers", lambda session: None)):
            botocore.session.Session(event_hooks=self.emitter)


_handlers: _Handlers | None = None


def fresh_session() -> botocore.session.Session:
    """Return a new session with botocore's own handlers, as ``botocore.session.Session()`` has them."""
    global _handlers
    if _handlers is None or _handlers.builtin != BUILTIN_HANDLERS:
        _handlers = _Handlers()
    with swapped((botocore.session, "EventAliaser", _Aliaser)):
        session = botocore.session.Session(
            event_hooks=copy.copy(_handlers.emitter), include_builtin_handlers=False
        )
    names: Any = session.get_component("event_emitter")
    names._alias_name_cache = _handlers.names
    return session


# ---- clients ---------------------------------------------------------------------------------

# By id of what was read from botocore's files, which is kept here, so that its id stays its own.
_services: dict[int, tuple[Any, ServiceModel]] = {}
_methods: dict[int, dict[str, Any]] = {}
_providers: dict[tuple[int, int], tuple[Any, Any, EndpointProvider]] = {}
_read: dict[tuple[str, ...], Any] = {}


class _ClientCreator(ClientCreator):
    def _load_service_model(self, service_name: str, api_version: str | None = None) -> ServiceModel:
        loader: Any = self._loader  # type: ignore[attr-defined]
        content = loader.load_service_model(service_name, "service-2", api_version=api_version)
        if id(content) not in _services:
            _services[id(content)] = content, ServiceModel(content, service_name=service_name)
        return _services[id(content)][1]

    def _create_methods(self, service_model: ServiceModel) -> dict[str, Any]:
        if id(service_model) not in _methods:
            made: Any = super()
            _methods[id(service_model)] = made._create_methods(service_model)
        return dict(_methods[id(service_model)])


class _HttpSession:
    """Opened when something is sent: nearly all of a lab's clients send nothing."""

    def __init__(self, **settings: Any) -> None:
        self._settings = settings
        self._opened: URLLib3Session | None = None

    def __getattr__(self, name: str) -> Any:
        if self._opened is None:
            self._opened = URLLib3Session(**self._settings)
        return getattr(self._opened, name)

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()


class _EndpointCreator(EndpointCreator):
    def create_endpoint(self, *args: Any, **kwargs: Any) -> Any:
        return super().create_endpoint(*args, **{"http_session_cls": _HttpSession, **kwargs})

    def _get_proxies(self, url: str) -> dict[str, str]:
        return {}  # nothing of a lab goes through one


def _accepts_kwargs(function: Any) -> bool:
    # botocore makes a whole signature for this, a dozen times for each client.
    plain = function.__func__ if inspect.ismethod(function) else function
    if inspect.isfunction(plain) and not hasattr(plain, "__signature__"):
        return bool(plain.__code__.co_flags & inspect.CO_VARKEYWORDS)
    return compat.accepts_kwargs(function) is not None


def _provider(ruleset_data: Any, partition_data: Any, **kwargs: Any) -> EndpointProvider:
    if any(kwargs.values()):
        return EndpointProvider(ruleset_data, partition_data, **kwargs)
    key = id(ruleset_data), id(partition_data)
    if key not in _providers:
        made = EndpointProvider(ruleset_data, partition_data, **kwargs)
        _providers[key] = ruleset_data, partition_data, made
    return _providers[key][2]


@contextmanager
def shared_parts(session: Any) -> Iterator[None]:
    """Inside, a client that a session makes shares with others what depends on its service alone."""
    # A loader keeps what it has read in a dict; boto3's session holds its loader too, for resources.
    loader = session.get_component("data_loader")
    loader._cache = _read.setdefault(tuple(loader.search_paths), loader._cache)
    with swapped(
        (botocore.client, "ClientCreator", _ClientCreator),
        (botocore.args, "EndpointCreator", _EndpointCreator),
        (botocore.regions, "EndpointProvider", _provider),
        (botocore.hooks, "accepts_kwargs", _accepts_kwargs),
    ):
        yield


def without_network(client: Any) -> None:
    """Let a client whose calls are answered in process not prepare them for the network.

    Nobody asks where such a call would go, nor reads its user agent; to work both out takes longer than a
    read.
    """
    client._resolve_endpoint_ruleset = _resolver(client)
    client._convert_to_request_dict = _converter(client)


def _resolver(client: Any) -> Callable[..., Any]:
    resolve, url = client._resolve_endpoint_ruleset, client.meta.endpoint_url

    def endpoint(model: Any, params: Any, context: Any, ignore_signing_region: bool = False) -> Any:
        if ignore_signing_region:  # a presigned URL is read by people
            return resolve(model, params, context, ignore_signing_region)
        return url, {}, None

    return endpoint


def _converter(client: Any) -> Callable[..., dict[str, Any]]:
    convert, serialize = client._convert_to_request_dict, client._serializer.serialize_to_request

    def request(
        api_params: Any,
        operation_model: Any,
        endpoint_url: str,
        context: dict[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        set_user_agent_header: bool = True,
    ) -> dict[str, Any]:
        if not set_user_agent_header:  # a presigned URL
            presigned: dict[str, Any] = convert(
                api_params, operation_model, endpoint_url, context, headers, set_user_agent_header
            )
            return presigned
        prepared: dict[str, Any] = serialize(api_params, operation_model)
        if headers:
            prepared["headers"].update(headers)
        prepared["url"] = endpoint_url
        prepared["context"] = {} if context is None else context
        return prepared

    return request
