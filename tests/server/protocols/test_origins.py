"""Pages of which origins may use the server, and read its answers."""

from collections.abc import AsyncIterator

import pytest
from multidict import CIMultiDict

from server.protocols.http.errors import HttpError
from server.protocols.http.origins import Origins
from server.settings import Settings
from tests.server.protocols.connecting import Server

PAGE = "https://example.org"
SETTINGS = Settings(
    allow_origin=frozenset({PAGE, "https://other.example:443"}),
    allow_host=frozenset({"chat.example"}),
    public_url="https://Chat.Example",
)


def refused(origin: str, host: str, scheme: str = "") -> bool:
    try:
        Origins(SETTINGS).check(CIMultiDict({"Origin": origin, "Host": host}), scheme)
    except HttpError:
        return True
    return False


@pytest.mark.parametrize(
    ("origin", "host", "scheme"),
    [
        ("http://localhost:18000", "localhost:18000", ""),
        ("http://LOCALHOST:18000", "localhost:18000", "http"),
        ("http://[::1]:18000", "[::1]:18000", ""),
        ("http://192.0.2.7", "192.0.2.7", "http"),
        ("http://192.0.2.7:80", "192.0.2.7", "http"),
        ("https://box.local", "box.local", "https"),
        ("https://box.local", "box.local:443", ""),
        ("https://chat.example", "127.0.0.1:18000", "http"),  # the proxy kept no Host
        (PAGE, "localhost:18000", ""),
        ("https://EXAMPLE.org:443", "localhost:18000", ""),
        ("https://other.example", "localhost:18000", ""),
    ],
)
def test_pages_that_may(origin: str, host: str, scheme: str) -> None:
    assert not refused(origin, host, scheme)


@pytest.mark.parametrize(
    ("origin", "host", "scheme"),
    [
        ("http://localhost:3000", "localhost:18000", ""),  # another application
        ("http://localhost", "localhost:18000", ""),
        ("https://localhost", "localhost", "http"),
        ("http://localhost", "localhost", "https"),
        ("http://127.0.0.1:18000", "localhost:18000", ""),
        ("http://localhost.evil.example:18000", "localhost:18000", ""),
        ("http://localhost:18000.evil.example", "localhost:18000", ""),
        ("http://localhost:18000@evil.example", "localhost:18000", ""),
        ("http://user@localhost:18000", "localhost:18000", ""),
        ("http://localhost:18000/", "localhost:18000", ""),
        ("ftp://localhost:18000", "localhost:18000", ""),
        ("null", "localhost:18000", ""),
        ("", "localhost:18000", ""),
        ("http://example.org", "localhost:18000", ""),
        ("https://example.org:8443", "localhost:18000", ""),
        ("https://sub.example.org", "localhost:18000", ""),
        ("https://example.org.", "localhost:18000", ""),
        ("http://chat.example", "127.0.0.1:18000", ""),
    ],
)
def test_pages_that_may_not(origin: str, host: str, scheme: str) -> None:
    assert refused(origin, host, scheme)


def test_pages_of_the_other_hosts_may_while_they_are_hosts() -> None:
    hosts: list[str] = []
    origins = Origins(Settings(), lambda: hosts)
    page = CIMultiDict({"Origin": "https://b:18000", "Host": "a:18000"})
    with pytest.raises(HttpError):
        origins.check(page, "https")
    hosts += ["https://a:18000", "https://B:18000/"]
    origins.check(page, "https")
    assert origins.joining == {"https://a:18000", "https://b:18000"}
    hosts.pop()
    with pytest.raises(HttpError):
        origins.check(page, "https")


# --- answers that a page may read --------------------------------------------------------


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server(SETTINGS) as server:
        yield server


@pytest.mark.parametrize("path", ["/files", "/files/1", "/files/1/a.txt", "/room"])
async def test_a_browser_may_ask_before(server: Server, path: str) -> None:
    wanted = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "x"}
    answer = await server.connect().ask("OPTIONS", path, Origin=PAGE, **wanted)
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert answer.headers["Vary"] == "Origin"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    allowed = answer.headers["Access-Control-Allow-Headers"].lower()
    for name in ("authorization", "idempotency-key", "upload-offset", "content-disposition"):
        assert name in allowed
    for origin in ("https://evil.example", "null", "http://localhost"):
        answer = await server.connect().ask("OPTIONS", path, Origin=origin, **wanted)
        assert answer.status == 403
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/room", 200),
        ("GET", "/files/unknown/a.txt", 404),
        ("POST", "/files", 401),
        ("HEAD", "/files", 401),
        ("OPTIONS", "/files", 200),
        ("DELETE", "/files/1/a", 405),
    ],
)
async def test_pages_may_read_answers_and_errors(
    server: Server, method: str, path: str, status: int
) -> None:
    answer = await server.connect().ask(method, path, Origin=PAGE)
    assert answer.status == status
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert answer.headers["Vary"] == "Origin"
    shown = answer.headers["Access-Control-Expose-Headers"]
    for name in ("Location", "Upload-Offset", "Chatroom-Max-File", "ETag", "Retry-After"):
        assert name in shown


async def test_pages_of_the_other_hosts_may_read_answers(server: Server) -> None:
    other = "https://b:18000"
    server.state.hosts = ("https://a:18000", other)
    wanted = {"Access_Control_Request_Method": "POST"}
    answer = await server.connect().ask("OPTIONS", "/files", Origin=other, **wanted)
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (204, other)
    answer = await server.connect().get("/room", Origin=other)
    assert answer.headers["Access-Control-Allow-Origin"] == other


async def test_pages_of_other_origins_may_not(server: Server) -> None:
    answer = await server.connect().get("/room", Origin="https://evil.example")
    assert (answer.status, answer.headers["Vary"]) == (200, "Origin")
    assert "Access-Control-Allow-Origin" not in answer.headers
    answer = await server.connect().get("/files/1/a", Origin="https://evil.example")
    assert (answer.status, answer.json["code"]) == (403, "forbidden")
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", ["/files/1/a", "/ws"])
async def test_pages_that_are_refused_are_counted(server: Server, path: str) -> None:
    await server.connect().get(path, Origin="https://evil.example")
    assert server.state.refusals.totals()["origins"] == 1


async def test_other_paths_are_for_no_page(server: Server) -> None:
    for path in ("/", "/metrics", "/healthz", "/filesx"):
        answer = await server.connect().get(path, Origin=PAGE)
        assert "Access-Control-Allow-Origin" not in answer.headers
