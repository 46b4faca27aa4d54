"""While a lab is open nothing of the process reaches another machine, also outside of handlers."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from typing import Any
from urllib.request import urlopen

import pytest

from cdc_lab import Lab, LabError


def in_a_thread() -> None:
    met: list[BaseException] = []

    def run() -> None:
        try:
            socket.create_connection(("other.example", 443), timeout=1)
        except BaseException as error:
            met.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    raise met[0]


def in_asyncio() -> None:
    asyncio.run(asyncio.wait_for(asyncio.open_connection("other.example", 443), 1))


def by_datagram() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        plain.sendto(b"x", ("192.0.2.1", 443))


@pytest.mark.parametrize(
    "way",
    [
        lambda: urlopen("https://other.example/", timeout=1),
        lambda: socket.gethostbyname("other.example"),
        lambda: socket.create_connection(("192.0.2.1", 443), timeout=1),
        in_a_thread,
        in_asyncio,
        by_datagram,
    ],
)
def test_no_way_leads_out_of_a_test(way: Callable[[], Any]) -> None:
    with (
        Lab(),
        pytest.raises(LabError, match=r"the process tried to reach .*:?.* while a lab is open") as met,
    ):
        way()
    assert "\n" not in str(met.value)


def test_this_machine_and_what_was_named_stay_free(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a server on this machine, and addresses that the user named
    monkeypatch.setenv("OPENSEARCH_URL", "http://search.example:9200")
    with Lab() as lab, socket.socket() as server:
        lab.http("https://partner.example/", None)
        server.bind(("127.0.0.1", 0))
        server.listen()
        # THEN it is reached, and these are looked up
        socket.create_connection(server.getsockname(), timeout=1).close()
        for host in ("search.example", "partner.example"):
            assert lab._account.way_out._is_free(host)
        assert socket.getaddrinfo("localhost", 80)


def test_a_closed_lab_guards_nothing() -> None:
    plain = socket.getaddrinfo
    with Lab():
        assert socket.getaddrinfo is not plain
    assert socket.getaddrinfo is plain
