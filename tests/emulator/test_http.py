"""HTTP calls of handlers: answered in lab time, or refused because they would leave the machine."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import urllib3

from cdc_lab import Faults, Lab, LabError, Refusal

URL = "https://partner.example/v1/gates"


def invoke(lab: Lab, handler: Callable[[], Any], **options: Any) -> Any:
    """Run a function once; gives what it returned, or its error."""
    lab.create_function("board", lambda event, context: handler(), **options)
    return json.load(lab.client("lambda").invoke(FunctionName="board")["Payload"])


def by_urllib(method: str, url: str, body: bytes | None = None, timeout: float = 60) -> tuple[int, str]:
    request = urllib.request.Request(url, body, method=method, headers={"X-Flight": "UA1"})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def by_urllib3(method: str, url: str, body: bytes | None = None, timeout: float = 60) -> tuple[int, str]:
    with urllib3.PoolManager(retries=False, timeout=timeout) as pool:
        answer = pool.request(method, url, body=body, headers={"X-Flight": "UA1"})
        return answer.status, answer.data.decode()


def by_requests(method: str, url: str, body: bytes | None = None, timeout: float = 60) -> tuple[int, str]:
    requests = pytest.importorskip("requests")
    answer = requests.request(method, url, data=body, headers={"X-Flight": "UA1"}, timeout=timeout)
    return answer.status_code, answer.text


def by_httpx(method: str, url: str, body: bytes | None = None, timeout: float = 60) -> tuple[int, str]:
    httpx = pytest.importorskip("httpx")
    answer = httpx.request(method, url, content=body, headers={"X-Flight": "UA1"}, timeout=timeout)
    return answer.status_code, answer.text


CLIENTS = pytest.mark.parametrize("ask", [by_urllib, by_urllib3, by_requests, by_httpx])


# ---- answers ---------------------------------------------------------------------------------------


@CLIENTS
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_call_is_answered_and_takes_lab_time(lab: Lab, ask: Any, scheme: str) -> None:
    # GIVEN an answer made from the request
    url = URL.replace("https", scheme)
    gates = lab.http(
        f"{scheme}://partner.example/v1",
        lambda asked: (201, {"asked": asked.json()}, {"X-A": "b"}),
        seconds=0.5,
    )
    # WHEN a handler posts
    answer = invoke(lab, lambda: ask("POST", url + "?at=7", b'{"gate": "C12"}'))
    # THEN it gets that answer, half a second later
    assert answer == [201, '{"asked": {"gate": "C12"}}']
    (asked,) = gates.requests
    assert (asked.method, asked.url, asked.body) == ("POST", url + "?at=7", b'{"gate": "C12"}')
    assert asked.headers["x-flight"] == "UA1"
    calls = lab.trace.calls[["service", "operation", "attempt", "outcome", "took_ms"]].values.tolist()
    assert calls == [["partner.example", "POST", 1, "ok", 500.0]]
    assert lab.trace.unfollowed.empty


@CLIENTS
def test_a_client_gives_up_in_lab_time(lab: Lab, ask: Any) -> None:
    # GIVEN a service that is slower than the client waits
    gates = lab.http(URL, "C12", seconds=30, name="gates")

    def handler() -> str:
        try:
            ask("GET", URL, timeout=2)
        except Exception as error:
            return type(error).__name__
        return "answered"

    # WHEN the handler asks
    before = lab.clock.now()
    # THEN its client meets a timeout, and two seconds of lab time passed
    assert "Timeout" in invoke(lab, handler, timeout=60)
    assert lab.clock.now() - before == timedelta(seconds=2)
    assert lab.trace.calls["outcome"].tolist() == ["TimeoutError"]
    assert len(gates.requests) == 1  # the service did what it was asked


@CLIENTS
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("C12", [200, "C12"]),
        (b"C12", [200, "C12"]),
        ({"gate": "C12"}, [200, '{"gate": "C12"}']),
        ([1, 2], [200, "[1, 2]"]),
        (503, [503, ""]),
        ((404, "no such gate"), [404, "no such gate"]),
        ((299, ""), [299, ""]),
    ],
)
def test_an_answer_may_be_a_constant(lab: Lab, ask: Any, answer: Any, expected: list[Any]) -> None:
    lab.http(URL, answer)
    assert invoke(lab, lambda: ask("GET", URL)) == expected
    (outcome,) = lab.trace.calls["outcome"]
    assert outcome == ("ok" if expected[0] < 400 else str(expected[0]))


@CLIENTS
def test_a_lost_connection_is_an_error_that_the_answer_raises(lab: Lab, ask: Any) -> None:
    def answer(request: Any) -> None:
        raise ConnectionResetError("lost")

    lab.http(URL, answer)
    assert "lost" in invoke(lab, lambda: ask("GET", URL))["errorMessage"]
    assert lab.trace.calls["outcome"].tolist() == ["ConnectionResetError"]


def test_a_body_in_chunks_is_one_body(lab: Lab) -> None:
    httpx = pytest.importorskip("httpx")
    gates = lab.http(URL, 200)
    invoke(lab, lambda: httpx.post(URL, content=iter([b"ab", b"", b"c" * 300])).status_code)
    assert gates.requests[0].body == b"ab" + b"c" * 300


def test_an_answer_to_head_has_no_body_and_a_redirect_is_followed(lab: Lab) -> None:
    lab.http("https://partner.example/", "C12")
    lab.http("https://partner.example/old", (302, "", {"Location": URL}))
    assert invoke(lab, lambda: by_urllib("HEAD", URL)) == [200, ""]
    assert invoke(lab, lambda: by_urllib("GET", "https://partner.example/old")) == [200, "C12"]
    assert lab.trace.calls["operation"].tolist() == ["HEAD", "GET", "GET"]


def test_the_longest_prefix_answers_and_the_last_of_equal_ones(lab: Lab) -> None:
    lab.http("https://partner.example", "all")
    lab.http("https://Partner.example:443/v1", "first", name="v1")
    lab.http("https://partner.example/v1", "second", name="v1")
    lab.http("https://partner.example:8443/v1", "another port", name="v1")
    for path, expected in (("/v1", "second"), ("/v1/x", "second"), ("/v1?x", "second"), ("/v10", "all")):
        assert (
            invoke(lab, lambda path=path: by_urllib("GET", f"https://partner.example{path}")[1]) == expected
        )
    assert invoke(lab, lambda: by_urllib("GET", "https://partner.example:8443/v1")[1]) == "another port"


def test_a_client_that_keeps_its_connection_is_answered_in_each_invocation(lab: Lab) -> None:
    requests = pytest.importorskip("requests")
    gates = lab.http(URL, "C12")
    with requests.Session() as session:
        lab.create_function("board", lambda event, context: session.get(URL).text)
        for _ in range(3):
            assert json.load(lab.client("lambda").invoke(FunctionName="board")["Payload"]) == "C12"
    assert len(gates.requests) == 3


def test_handlers_that_run_side_by_side_wait_side_by_side(lab: Lab) -> None:
    # GIVEN two functions at one stream, which wait for the same service
    lab.http(URL, lambda request: request.body.decode(), seconds=0.4)
    table = lab.create_table("flights", "flight_id")
    answers: list[tuple[str, str]] = []
    for name in ("a", "b"):

        def handler(event: Any, context: Any, name: str = name) -> None:
            answers.append((name, by_urllib("POST", URL, name.encode())[1]))

        lab.attach(handler, table, name=name)
    table.put_item(Item={"flight_id": "UA1"})
    # WHEN both run
    trace = lab.run()
    # THEN each got its own answer, at the same time
    assert sorted(answers) == [("a", "a"), ("b", "b")]
    assert trace.invocations["duration_ms"].tolist() == [400.0, 400.0]
    first, second = trace.invocations["started_at"]
    assert abs(first - second) < timedelta(seconds=0.4)


def test_a_function_that_is_cut_while_it_waits_leaves_the_effect(lab: Lab) -> None:
    gates = lab.http(URL, "C12", seconds=4)
    assert "timed out" in invoke(lab, lambda: by_urllib("POST", URL), timeout=3)["errorMessage"].lower()
    assert len(gates.requests) == 1
    assert lab.trace.calls["outcome"].tolist() == ["unanswered"]


# ---- asyncio and threads ---------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_calls_of_tasks_wait_at_the_same_time(lab: Lab, scheme: str) -> None:
    # GIVEN a handler with twenty tasks, each of which asks a service that takes half a second
    httpx = pytest.importorskip("httpx")
    url = f"{scheme}://partner.example:8443/"
    gates = lab.http(url, lambda asked: {"asked": asked.url, "body": asked.body.decode()}, seconds=0.5)

    async def chunks() -> Any:
        yield b"C"
        yield b"12"

    async def ask() -> list[Any]:
        async with httpx.AsyncClient() as client:
            answers = await asyncio.gather(*(client.get(f"{url}{number}") for number in range(20)))
            return [*answers, await client.post(url, content=chunks())]

    def handler() -> list[Any]:
        return [answer.json() for answer in asyncio.run(ask())]

    # WHEN it runs
    before = lab.clock.now()
    *many, last = invoke(lab, handler, timeout=30)
    # THEN all of them took half a second together, and each got its own answer
    assert [one["asked"] for one in many] == [f"{url}{number}" for number in range(20)]
    assert last == {"asked": url, "body": "C12"}
    assert lab.clock.now() - before == timedelta(seconds=1)
    assert len(gates.requests) == 21
    assert set(lab.trace.calls["took_ms"]) == {500.0}


def test_a_task_gives_up_in_lab_time(lab: Lab) -> None:
    httpx = pytest.importorskip("httpx")
    lab.http(URL, "C12", seconds=30)

    async def ask() -> str:
        async with httpx.AsyncClient(timeout=2) as client:
            try:
                return (await client.get(URL)).text
            except httpx.TimeoutException as error:
                return type(error).__name__

    before = lab.clock.now()
    assert invoke(lab, lambda: asyncio.run(ask()), timeout=60) == "ReadTimeout"
    assert lab.clock.now() - before == timedelta(seconds=2)


async def by_stream(url: str) -> bytes:
    """Ask as a client on asyncio's streams does."""
    is_encrypted = url.startswith("https")
    context = ssl.create_default_context() if is_encrypted else None
    reader, writer = await asyncio.open_connection(
        "partner.example", 443 if is_encrypted else 80, ssl=context
    )
    writer.write(f"GET {url} HTTP/1.1\r\nContent-Length: 3\r\n\r\n".encode())
    await writer.drain()
    writer.write(b"abc")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def by_own_socket(url: str) -> bytes:
    """Ask as a client does that connects a socket first, and then gives it to asyncio: so does aiohttp."""
    loop = asyncio.get_running_loop()
    plain = socket.socket()
    plain.setblocking(False)
    ((_, _, _, _, address),) = await loop.getaddrinfo("partner.example", 443)
    await loop.sock_connect(plain, address)
    reader = asyncio.StreamReader()
    transport, _ = await loop.create_connection(
        lambda: asyncio.StreamReaderProtocol(reader),
        sock=plain,
        ssl=ssl.create_default_context(),
        server_hostname="partner.example",
    )
    transport.write(f"GET {url} HTTP/1.1\r\n\r\n".encode())
    return await reader.read()


@pytest.mark.parametrize(
    ("ask", "scheme"), [(by_stream, "http"), (by_stream, "https"), (by_own_socket, "https")]
)
def test_other_clients_of_asyncio_are_answered_at_the_level_of_connections(
    lab: Lab, ask: Any, scheme: str
) -> None:
    url = f"{scheme}://partner.example/v1"
    gates = lab.http(url, "C12", seconds=0.5)
    answer = invoke(lab, lambda: asyncio.run(ask(url)).decode())
    assert answer.startswith("HTTP/1.1 200 OK\r\n")
    assert answer.endswith("\r\n\r\nC12")
    assert len(gates.requests) == 1
    assert lab.trace.calls["took_ms"].tolist() == [500.0]


def test_a_task_meets_the_refusal_and_the_error_of_an_answer(lab: Lab) -> None:
    def answer(request: Any) -> None:
        raise ConnectionResetError("lost")

    lab.http("http://partner.example/v1", answer)
    assert invoke(lab, lambda: asyncio.run(by_stream("http://partner.example/v1")).decode())["errorMessage"]
    with pytest.raises(LabError, match=r"called http://partner.example/v2, and lab.http knows"):
        invoke(lab, lambda: asyncio.run(by_stream("http://partner.example/v2")).decode())


@CLIENTS
def test_calls_of_threads_wait_at_the_same_time(lab: Lab, ask: Any) -> None:
    lab.http(URL, "C12", seconds=0.5)

    def handler() -> list[Any]:
        with ThreadPoolExecutor(5) as pool:
            return list(pool.map(lambda _: ask("GET", URL), range(5)))

    before = lab.clock.now()
    assert invoke(lab, handler) == [[200, "C12"]] * 5
    assert lab.clock.now() - before == timedelta(seconds=0.5)


def test_no_thread_reaches_another_machine(lab: Lab) -> None:
    def handler() -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(by_urllib, "GET", "https://other.example/").exception()

    with pytest.raises(LabError, match=r"tried to reach other\.example:443"):
        invoke(lab, handler)


# ---- faults ----------------------------------------------------------------------------------------


def test_faults_strike_http_calls_like_any_other(lab: Lab) -> None:
    # GIVEN a service by name
    gates = lab.http(URL, "C12", seconds=0.1, name="gates")
    table = lab.create_table("flights", "flight_id")
    seen: list[tuple[int, str]] = []
    lab.attach(lambda event, context: seen.append(by_urllib("GET", URL)), table, name="board", BatchSize=1)
    for number in range(3):
        table.put_item(Item={"flight_id": f"UA{number}"})
    # WHEN it refuses once before its effect, once after it, and is slow; and the function dies after a call
    faults = Faults(
        refuse=[Refusal("gates", "GET", 503), Refusal("gates", "GET", 500, skip=1, after=True)],
        slow={"gates": 0.2},
        crash_after=3,
    )
    lab.run(faults=faults)
    # THEN each stands in the trace, and what was refused before its effect never reached the service
    calls = lab.trace.calls
    assert calls["outcome"].tolist() == ["503", "500", "unanswered", "ok"]
    assert set(calls["took_ms"][:2]) == {300.0}
    assert [status for status, _ in seen] == [503, 500, 200]
    assert len(gates.requests) == 3
    with pytest.raises(LabError, match="has no operation 'BREW'"):
        Refusal("gates", "BREW", 503)
    with pytest.raises(LabError, match="has no error 418"):
        Refusal("gates", "GET", 418)


def test_a_crash_right_after_the_call_ends_the_environment(lab: Lab) -> None:
    lab.http(URL, "C12", name="gates")
    table = lab.create_table("flights", "flight_id")
    lab.attach(lambda event, context: by_urllib("GET", URL), table, name="board")
    table.put_item(Item={"flight_id": "UA1"})
    trace = lab.run(faults=Faults(crash_after="gates"))
    assert trace.invocations["outcome"].tolist() == ["error", "success"]


def test_equal_seeds_give_equal_runs() -> None:
    def run() -> str:
        with Lab(seed=3) as lab:
            lab.http(URL, "C12", name="gates")
            table = lab.create_table("flights", "flight_id", shards=3)
            lab.attach(lambda event, context: by_urllib3("GET", URL), table, name="board", BatchSize=1)
            for number in range(20):
                table.put_item(Item={"flight_id": f"UA{number}"})
            trace = lab.run(faults=Faults(seed=5, refusals=0.4, duplicates=0.3))
            return trace.calls.to_csv() + trace.invocations.to_csv()

    assert run() == run()


# ---- the way out -----------------------------------------------------------------------------------


@CLIENTS
def test_a_call_that_would_leave_the_machine_is_refused_in_one_line(lab: Lab, ask: Any) -> None:
    # GIVEN a handler that swallows every error
    def handler() -> None:
        with suppress(Exception):
            ask("GET", "http://other.example/")

    # WHEN it asks a service that nobody answers for, THEN the run ends and says what to do
    with pytest.raises(LabError) as met:
        invoke(lab, handler)
    assert str(met.value) == (
        "the handler of 'board' tried to reach other.example:80: in a lab no handler reaches another machine."
        " Give its calls an answer, lab.http('http://other.example/', answer, seconds=0.2), or let the real "
        "service answer, lab.http('http://other.example/', None)"
    )


def test_a_mapping_says_it_too_and_at_once(lab: Lab) -> None:
    table = lab.create_table("flights", "flight_id")
    lab.attach(lambda event, context: by_urllib("GET", URL), table, name="board")
    table.put_item(Item={"flight_id": "UA1"})
    with pytest.raises(LabError, match=r"lab\.http\('https://partner\.example/', answer"):
        lab.run()


def connect_to(address: Any) -> Callable[[], Any]:
    def connect() -> None:
        with socket.socket() as plain:
            plain.connect(address)

    return connect


def connect_later() -> int:
    with socket.socket() as plain:
        return plain.connect_ex(("192.0.2.77", 80))


def send_a_datagram() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        plain.sendto(b"x", ("192.0.2.77", 53))


def send_a_message() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        plain.sendmsg([b"x"], [], 0, ("192.0.2.77", 53))


async def open_a_stream() -> None:
    await asyncio.open_connection("192.0.2.77", 80)


@pytest.mark.parametrize(
    ("way", "place"),
    [
        (connect_to(("192.0.2.77", 6379)), "192.0.2.77:6379"),
        (connect_later, "192.0.2.77:80"),
        (send_a_datagram, "192.0.2.77:53"),
        (send_a_message, "192.0.2.77:53"),
        (lambda: asyncio.run(open_a_stream()), "192.0.2.77:80"),
        (lambda: socket.create_connection(("db.example", 5432)), "db.example:5432"),
        (lambda: socket.getaddrinfo("db.example", None), "db.example"),
        (lambda: socket.gethostbyname("db.example"), "db.example"),
        (lambda: socket.gethostbyname_ex("db.example"), "db.example"),
        (lambda: socket.gethostbyaddr("192.0.2.77"), "192.0.2.77"),
    ],
)
def test_no_way_leads_to_another_machine(lab: Lab, way: Callable[[], Any], place: str) -> None:
    with pytest.raises(LabError, match=rf"tried to reach {place}: in a lab no handler"):
        invoke(lab, way)


def test_other_paths_of_a_host_are_refused_and_the_known_ones_named(lab: Lab) -> None:
    lab.http(URL, "C12")
    with pytest.raises(LabError, match=rf"called https://partner.example/v2, and lab.http knows {URL} alone"):
        invoke(lab, lambda: by_urllib("GET", "https://partner.example/v2"))


@pytest.mark.parametrize(
    ("speak", "text"),
    [
        (lambda plain: plain.sendall(b"*1\r\n$4\r\nPING\r\n"), "in another protocol than HTTP 1"),
        (lambda plain: plain.setblocking(False), "with a client that does not wait for answers"),
    ],
)
def test_what_is_no_plain_http_is_refused_by_name(lab: Lab, speak: Any, text: str) -> None:
    lab.http(URL, "C12")

    def handler() -> None:
        with socket.create_connection(("partner.example", 443)) as plain:
            speak(plain)
            plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
            plain.recv(10)

    with pytest.raises(LabError, match=f"reached partner.example:443 {text}"):
        invoke(lab, handler)


def test_a_socket_in_tls_speaks_as_a_plain_one(lab: Lab) -> None:  # what httpx, aiohttp and others build on
    lab.http(URL, "C12")

    def handler() -> list[Any]:
        with socket.create_connection(("partner.example", 443), timeout=5) as plain:
            wrapped = ssl.create_default_context().wrap_socket(plain, server_hostname="partner.example")
            wrapped.sendall(f"GET {URL} HTTP/1.1\r\n\r\n".encode())
            lines = wrapped.makefile("rb").read().split(b"\r\n")
            wrapped.shutdown(socket.SHUT_RDWR)
            shown = [wrapped.version(), wrapped.selected_alpn_protocol(), wrapped.pending()]
            return [lines[0].decode(), lines[-1].decode(), *shown, wrapped.getpeername()[0]]

    assert invoke(lab, handler) == ["HTTP/1.1 200 OK", "C12", "TLSv1.3", None, 0, "partner.example"]


@contextmanager
def server() -> Iterator[int]:
    """An HTTP server of this machine; gives its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"real")

        def log_message(self, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        try:
            yield served.server_port
        finally:
            served.shutdown()
            thread.join()


def test_loopback_stays_free_and_is_counted(lab: Lab) -> None:
    # GIVEN a server of this machine
    with server() as port:
        # WHEN a handler asks it twice
        for host in ("127.0.0.1", "localhost"):
            assert invoke(lab, lambda host=host: by_urllib("GET", f"http://{host}:{port}/"))[1] == "real"
    # THEN the real one answered, and the trace says that this was no lab time
    unfollowed = lab.trace.unfollowed
    assert set(unfollowed["kind"]) == {"socket"}
    assert set(unfollowed["target"]) <= {f"127.0.0.1:{port}", f"::1:{port}"}
    assert "in real time" in repr(lab.trace)


def test_even_loopback_is_answered_where_asked_for(lab: Lab) -> None:
    lab.http("http://localhost:9/", "C12")
    assert invoke(lab, lambda: by_urllib3("GET", "http://localhost:9/x"))[1] == "C12"


@pytest.mark.parametrize("setting", ["OPENSEARCH_URL", "DYNAMODB_LOCAL_URL"])
def test_what_the_user_named_is_free(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    # GIVEN an address in a setting, of which no machine has the number
    monkeypatch.setenv(setting, "http://user:secret@192.0.2.77:9200/")
    with Lab() as lab:
        # WHEN a handler goes there, THEN the guard of these tests alone says no
        error = invoke(lab, connect_to(("192.0.2.77", 9200)))
        assert error["errorMessage"] == "a test tried to connect to 192.0.2.77:9200"
        assert lab.trace.unfollowed["target"].tolist() == ["192.0.2.77:9200"]


def test_the_real_service_answers_where_asked_for(lab: Lab) -> None:
    lab.http("http://192.0.2.77:9200/", None)
    error = invoke(lab, connect_to(("192.0.2.77", 9200)))
    assert error["errorMessage"] == "a test tried to connect to 192.0.2.77:9200"


def test_cells_and_closed_labs_are_not_touched() -> None:
    plain = {name: getattr(socket, name) for name in ("getaddrinfo", "gethostbyname")}
    own = dict(vars(socket.socket)), ssl.SSLContext.wrap_socket, subprocess.Popen.__init__
    with server() as port:
        with Lab() as lab:
            lab.http(f"http://127.0.0.1:{port}/", "answered")
            assert by_urllib("GET", f"http://127.0.0.1:{port}/")[1] == "real"
            assert lab.trace.unfollowed.empty
        assert by_urllib("GET", f"http://127.0.0.1:{port}/")[1] == "real"
    assert {name: getattr(socket, name) for name in plain} == plain
    assert (dict(vars(socket.socket)), ssl.SSLContext.wrap_socket, subprocess.Popen.__init__) == own


def test_processes_are_counted_and_named_once_each(lab: Lab) -> None:
    # GIVEN a handler that starts processes in several ways
    def handler() -> None:
        subprocess.run([sys.executable, "-c", ""], check=True)
        subprocess.run(f'"{sys.executable}" -c ""', shell=True, check=True)
        subprocess.check_output(args=[Path(sys.executable), "-c", ""])

    # WHEN it runs, THEN the trace names each
    invoke(lab, handler)
    unfollowed = lab.trace.unfollowed
    assert unfollowed["kind"].tolist() == ["process"] * 3
    assert unfollowed["target"].tolist() == [Path(sys.executable).name] * 3
    assert unfollowed["function"].tolist() == ["board"] * 3
    assert repr(lab.trace) == (
        "<Trace: 0 stream records, 0 invocations, 0 deliveries, 3 processes and sockets in real time>"
    )


@pytest.mark.parametrize(
    ("prefix", "options", "text"),
    [
        ("partner.example", {}, "give the beginning of an address"),
        ("ftp://partner.example/", {}, "give the beginning of an address"),
        ("https:///v1", {}, "give the beginning of an address"),
        (None, {}, "give the beginning of an address"),
        (URL, {"seconds": -1}, "give seconds of lab time"),
        (URL, {"seconds": True}, "give seconds of lab time"),
        (URL, {"name": "dynamodb"}, "AWS has a service of that name"),
    ],
)
def test_what_cannot_be_answered_is_refused(lab: Lab, prefix: Any, options: Any, text: str) -> None:
    with pytest.raises(LabError, match=text):
        lab.http(prefix, "C12", **options)


@pytest.mark.parametrize("answer", [1.5, (200,), (200, "a", {}, 1), ("200", "a"), (200, object()), object()])
def test_an_answer_that_is_none_is_refused_by_name(lab: Lab, answer: Any) -> None:
    lab.http(URL, lambda request: answer)
    assert invoke(lab, lambda: by_urllib("GET", URL))["errorType"] == "LabError"
