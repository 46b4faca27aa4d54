"""Clients of other libraries on botocore, such as aiobotocore: the lab answers them, too.

Such a library has a class of its own below botocore's, with its own ``_make_api_call``. It is found when a
client is made, or when a lab is opened; from then on its calls are made by a boto3 client of the lab.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable
from typing import Any

import botocore.client
from botocore.response import StreamingBody

from cdc_lab.emulator.lambda_.invocation import current_invocation

Redirect = Callable[[Any, bool], "Callable[[str, dict[str, Any]], Any] | None"]
"""For a client, and whether it takes plain values: what makes its calls; None for the client's own way."""

_BASE: Any = botocore.client.BaseClient


class AsyncBody:
    """The body of an answer, as aiobotocore gives it.

    Parameters
    ----------
    body : StreamingBody
    """

    def __init__(self, body: StreamingBody) -> None:
        self._body = body

    async def __aenter__(self) -> AsyncBody:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    async def read(self, amt: int | None = None) -> bytes:
        """Read `amt` bytes, or all that is left."""
        return self._body.read(amt)

    async def iter_chunks(self, chunk_size: int = 1024) -> AsyncIterator[bytes]:
        """Yield the bytes in pieces."""
        while chunk := self._body.read(chunk_size):
            yield chunk

    def close(self) -> None:
        """Close it."""
        self._body.close()


def install(redirect: Redirect) -> None:
    """Let `redirect` say who makes the calls of other libraries' clients, now and later."""
    plain_init = _BASE.__init__

    def begin(client: Any, *args: Any, **kwargs: Any) -> None:
        plain_init(client, *args, **kwargs)
        _take_over(type(client), redirect)

    _BASE.__init__ = begin
    for kind in _below(_BASE):
        _take_over(kind, redirect)


def _below(kind: type) -> set[type]:
    children: list[type] = kind.__subclasses__()
    return {found for child in children for found in (child, *_below(child))}


def _take_over(kind: type, redirect: Redirect) -> None:
    """Replace the method of the class that makes calls, where it is not botocore's."""
    owner: Any = next(one for one in kind.__mro__ if "_make_api_call" in vars(one))
    original = vars(owner)["_make_api_call"]
    if owner is _BASE or hasattr(original, "cdc_lab_original"):
        return

    async def call_async(client: Any, operation: str, params: dict[str, Any]) -> Any:
        make = redirect(client, await _takes_plain_values(client))
        if make is None:
            return await original(client, operation, params)
        if current_invocation() is None:
            return _for_async(make(operation, params))
        # In a thread of the handler's: calls of several tasks take lab time side by side.
        return _for_async(await asyncio.to_thread(make, operation, params))

    def call(client: Any, operation: str, params: dict[str, Any]) -> Any:
        make = redirect(client, False)
        return original(client, operation, params) if make is None else make(operation, params)

    ours: Any = call_async if inspect.iscoroutinefunction(original) else call
    ours.cdc_lab_original = original
    owner._make_api_call = ours


async def _takes_plain_values(client: Any) -> bool:
    """Whether a resource of aioboto3 uses the client: it turns Python's values into DynamoDB's."""
    if client.meta.service_model.service_name != "dynamodb":
        return False
    event = "provide-client-params.dynamodb.PutItem"
    heard = await client.meta.events.emit(event, params={}, model=None, context={})
    return any("copy_dynamodb_params" in getattr(handler, "__name__", "") for handler, _ in heard)


def _for_async(answer: Any) -> Any:
    if not isinstance(answer, dict):
        return answer
    return {
        name: AsyncBody(value) if isinstance(value, StreamingBody) else value
        for name, value in answer.items()
    }
