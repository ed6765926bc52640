"""The browser client as the server sends it: the page, its files, the page for plain http."""

import gzip
import hashlib
import json
import re
import socket
from base64 import b64encode
from collections.abc import AsyncIterator
from html import unescape
from importlib import resources
from ipaddress import ip_network

import pytest

from server.budgets.table import budgets
from server.protocols.http import assets, plain_page
from server.protocols.http.assets import Assets
from server.protocols.http.errors import HttpError
from server.settings import Settings
from shared import __version__
from tests.fakes import Clock
from tests.server.protocols.connecting import Answer, Server

PAGE = """<!doctype html>
<html lang="en" data-version="$version" data-room="$room" data-key="$key"
  data-encrypted="$encrypted">
<head><title>$room</title>
<link rel="stylesheet" href="$assets/style/style.css">
<script type="module" src="$assets/app.js"></script>
</head>
<body></body>
</html>
"""
FILES = {
    "app.js": b'import { a } from "./network/a.js";\n\na();\n',
    "network/a.js": (
        b'import {\n  c,\n} from "../view/c.js";\n/** @type {import("./types.js").T} */\n'
        b'export const a = () => import("./late.js") ?? c;\n'
    ),
    "network/types.js": b"export {};\n",
    "network/late.js": b"export default {};\n",
    "view/c.js": "export const c = 'größer';\n".encode(),
    "style/style.css": b'@import "base.css";\n@import "room.css";\n',
    "style/base.css": b"body { margin: 0 }\n" * 50,
    "style/room.css": b"p { margin: 0 }\n",
    "icon.svg": b"<svg/>",
    "index.html": PAGE.encode(),
    "notes.txt": b"secret",
}
SENT = {
    "app.js": (
        "const $0=(()=>{let c='größer';return[c]})(),\n"
        '$1=(([c])=>{let a=()=>import("./network/late.js")??c;return[a]})($0),\n'
        "$2=(([a])=>{a();return[]})($1);\n"
    ).encode(),
    "network/late.js": b"export default{};",
    "style/style.css": b"body{margin:0}" * 50 + b"p{margin:0}",
    "icon.svg": b"<svg/>",
}
SET = Assets(FILES.items())
KEY = "aCMETPlTdjMCmtbid7bJLcvaFLDfPq81hrU7m8AkUgA"
PROXY = Settings(room='lab & <"$x">', trusted_proxy=(ip_network("127.0.0.1"),))
"""A proxy lets a test say whether a request is encrypted."""
PLAIN = {"X_Forwarded_For": "192.0.2.1", "X_Forwarded_Proto": "http"}
SECURE = {"X_Forwarded_For": "192.0.2.1", "X_Forwarded_Proto": "https"}


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    page = assets.page
    monkeypatch.setattr(assets, "packaged", lambda: SET)
    monkeypatch.setattr(
        assets, "page", lambda name: PAGE if name == "index.html" else page(name)
    )
    async with Server(PROXY) as server:
        server.state.key = KEY
        yield server


async def get(server: Server, path: str, method: str = "GET", **headers: str) -> Answer:
    return await server.connect().ask(method, path, **headers)


def directives(answer: Answer) -> dict[str, str]:
    policy = answer.headers["Content-Security-Policy"]
    return dict(one.strip().split(" ", 1) for one in policy.split("; ") if " " in one)


# --- files -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "type"),
    [
        ("app.js", "text/javascript; charset=utf-8"),
        ("network/late.js", "text/javascript; charset=utf-8"),
        ("style/style.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml; charset=utf-8"),
    ],
)
async def test_a_file_is_kept_for_ever_under_the_name_of_the_set(
    server: Server, path: str, type: str
) -> None:
    plain = await get(server, f"/web/{SET.hash}/{path}")
    packed = await get(server, f"/web/{SET.hash}/{path}", Accept_Encoding="br, gzip")
    assert (plain.status, packed.status) == (200, 200)
    assert plain.body == gzip.decompress(packed.body) == SENT[path]
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    for answer in (plain, packed):
        assert answer.headers["Content-Type"] == type
        assert answer.headers["Content-Length"] == str(len(answer.body))
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


async def test_a_file_is_sent_once(server: Server) -> None:
    path = f"/web/{SET.hash}/app.js"
    first = await get(server, path)
    again = await get(server, path, If_None_Match=first.headers["Etag"])
    assert (again.status, again.body) == (304, b"")
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    other = await get(server, path, If_None_Match='"another"')
    assert other.status == 200
    head = await get(server, path, "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == first.headers["Content-Length"]


@pytest.mark.parametrize(
    "path",
    [
        "/web/0123456789abcdef/app.js", f"/web/{SET.hash}/nothing.js", f"/web/{SET.hash}/",
        f"/web/{SET.hash}", "/web/app.js", "/web/", f"/web/{SET.hash}/index.html",
        f"/web/{SET.hash}/notes.txt", f"/web/{SET.hash}/../app.js",
        f"/web/{SET.hash}/%2e%2e/server/settings.py", f"/web/{SET.hash}/network",
        f"/web/{SET.hash}/app.js/", f"/web/{SET.hash}//app.js",
        f"/web/{SET.hash}/view/c.js", f"/web/{SET.hash}/style/base.css",
    ],
)  # fmt: skip
async def test_nothing_else_is_served(server: Server, path: str) -> None:
    answer = await get(server, path)
    assert (answer.status, answer.json["code"]) == (404, "not_found")
    assert "immutable" not in answer.headers.get("Cache-Control", "")


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True), ("GZIP", True), ("gzip;q=0.1", True), ("*", True),
        ("deflate, gzip ; q=1", True),
        ("", False), ("br", False), ("gzip;q=0", False), ("gzip;q=0.000", False),
        ("*;q=0", False), ("gzip;q=0, *", False), ("identity", False), (";;;", False),
    ],
)  # fmt: skip
async def test_gzip_is_for_those_who_understand_it(
    server: Server, accepted: str, packed: bool
) -> None:
    answer = await get(server, f"/web/{SET.hash}/app.js", Accept_Encoding=accepted)
    assert ("Content-Encoding" in answer.headers) == packed


def test_another_file_makes_another_name() -> None:
    changed = FILES | {"view/c.js": b"export const c = 2;\n"}
    less = {path: content for path, content in FILES.items() if path != "icon.svg"}
    names = {Assets(some.items()).hash for some in (FILES, changed, less)}
    assert len(names) == 3
    assert Assets(reversed(FILES.items())).hash == SET.hash


def test_the_page_of_the_program_is_small() -> None:
    packaged = assets.packaged()
    size = {path: len(found.body) for path, found in packaged._files.items()}
    plain = {path: len(found.plain()) for path, found in packaged._files.items()}
    page = re.findall(r'(?:href|src)="\$assets/([^"]+)"', assets.page("index.html"))
    assert set(page) == {"app.js", "style/style.css", "style/icon.svg"}
    index = assets.page("index.html").encode()
    first = len(assets.compressed(index))
    assert first + sum(size[path] for path in page) <= 57_000, "what a first visit loads"
    assert len(index) + sum(plain[path] for path in page) <= 150_000, "without gzip"
    assert sum(size.values()) <= 160_000, "each worker keeps it in memory"


def test_the_table_of_emoji_is_that_of_the_server() -> None:
    packaged = assets.packaged()
    found = packaged.get(packaged.hash, "emoji.txt")
    assert found is not None
    assert found.type == "text/plain; charset=utf-8"
    assert found.plain() == resources.files("shared").joinpath("emoji.txt").read_bytes()


# --- the page ----------------------------------------------------------------------------


async def test_the_page_has_what_the_client_must_know(server: Server) -> None:
    for headers, encrypted in [(SECURE, "true"), ({}, "false")]:
        answer = await get(server, "/", **headers)
        text = answer.body.decode()
        values = dict(re.findall(r'data-(\w+)="([^"]*)"', text))
        assert {name: unescape(value) for name, value in values.items()} == {
            "version": __version__,
            "room": 'lab & <"$x">',
            "key": KEY,
            "encrypted": encrypted,
        }
        assert "<title>lab &amp; &lt;&quot;$x&quot;&gt;</title>" in text
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        paths = re.findall(r'(?:href|src)="([^"]*)"', text)
        assert f"/web/{SET.hash}/style/style.css" in paths
        for path in paths:
            assert (await get(server, path)).status == 200, path


async def test_without_tls_the_page_has_no_key(server: Server) -> None:
    server.state.key = ""
    assert 'data-key=""' in (await get(server, "/")).body.decode()


async def test_the_page_is_asked_for_each_time_and_sent_once(server: Server) -> None:
    first = await get(server, "/", Accept_Encoding="gzip")
    assert first.headers["Cache-Control"] == "no-cache"
    assert gzip.decompress(first.body).startswith(b"<!doctype html>")
    again = await get(server, "/", If_None_Match=first.headers["Etag"])
    assert (again.status, again.body) == (304, b"")
    server.state.key = KEY[::-1]
    changed = await get(server, "/", If_None_Match=first.headers["Etag"])
    assert changed.status == 200
    assert (await get(server, "/", "HEAD")).body == b""


async def test_the_page_may_load_from_this_server_only(server: Server) -> None:
    answer = await get(server, "/", **SECURE)
    allowed = directives(answer)
    assert allowed.pop("require-trusted-types-for") == "'script'"
    assert allowed.pop("img-src") == "'self' blob:", "pictures before they are sent"
    assert set(allowed.values()) == {"'none'", "'self'"}
    assert {name for name, value in allowed.items() if value == "'self'"} == {
        "script-src", "style-src", "connect-src",
    }  # fmt: skip
    for name in ("default-src", "base-uri", "form-action", "frame-ancestors"):
        assert allowed[name] == "'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in answer.headers["Permissions-Policy"]


async def test_the_page_may_connect_to_the_other_hosts_of_its_room(server: Server) -> None:
    bad = ("https://c:1; script-src *", "https://c:1/path", "javascript:alert(1)", "https://*")
    server.state.hosts = ("https://a:18000", "http://[::1]:18001/", *bad)
    allowed = directives(await get(server, "/", **SECURE))
    pages = "https://a:18000 http://[::1]:18001"
    assert allowed["connect-src"] == f"'self' {pages} wss://a:18000 ws://[::1]:18001"
    assert allowed["img-src"] == f"'self' blob: {pages}"
    assert allowed["script-src"] == "'self'"
    server.state.hosts = ()
    assert directives(await get(server, "/", **SECURE))["connect-src"] == "'self'"


@pytest.mark.parametrize(
    ("host", "sent"),
    [
        ("localhost:18000", True), ("[::1]:1", True), ("127.0.0.1", True),
        (socket.gethostname(), False),
    ],
)  # fmt: skip
async def test_no_header_of_which_the_browser_warns(
    server: Server, host: str, sent: bool
) -> None:
    """In plain http a name of this computer is no secure context, also on this computer."""
    answer = await server.connect().ask("GET", "/", host=host)
    assert answer.status == 200
    assert ("Cross-Origin-Opener-Policy" in answer.headers) == sent


async def test_a_class_behind_one_address_gets_in(server: Server) -> None:
    connection = server.connect()
    people, files = 100, 6
    for _ in range(people * files):
        path = f"/web/{SET.hash}/icon.svg"
        assert (await connection.get(path, **SECURE)).status == 200
    assert people * files > budgets(Settings()).requests.burst
    answer = await connection.get("/room", **SECURE)
    assert answer.status == 200, "what the page asks then has its own allowance"


async def test_an_address_cannot_load_pages_without_end() -> None:
    requests = Server(Settings()).http._requests
    allowed = budgets(Settings()).page_requests
    clock = requests._state.now
    assert isinstance(clock, Clock)
    bucket = requests._pages.of("192.0.2.1", clock())
    bucket.spend(clock(), allowed.burst + allowed.rate * 11)
    with pytest.raises(HttpError) as refused:
        await requests.admit("192.0.2.1", page=True)
    assert refused.value.problem.code == "rate_limited"
    await requests.admit("192.0.2.1")
    await requests.admit("192.0.2.2", page=True)


# --- plain http --------------------------------------------------------------------------


async def test_in_plain_another_computer_gets_one_page_and_none_of_its_files(
    server: Server,
) -> None:
    answer = await get(server, "/", host="192.0.2.9:18000", **PLAIN)
    text = answer.body.decode()
    assert answer.status == 200
    assert '<a class="go" href="https://192.0.2.9:18000/">' in text
    groups = re.findall(r"<span>([0-9A-F]{8})</span>", text)
    assert groups == ["6823044C", "F9537633", "029AD6E2", "77B6C92D"]
    assert "lab &amp; &lt;&quot;$x&quot;&gt;" in text
    assert not re.search(r"<script|<img|\bsrc=|style=|url\(|\$", text.replace("$x", ""))
    assert set(re.findall(r'href="([^"]*)"', text)) == {"https://192.0.2.9:18000/"}
    for path in (f"/web/{SET.hash}/app.js", "/web/", "/favicon.ico"):
        refused = await get(server, path, **PLAIN)
        assert (refused.status, refused.json["code"]) == (403, "tls_required"), path


@pytest.mark.parametrize(
    ("host", "headers", "link"),
    [
        ("192.0.2.9:18000", {}, "https://192.0.2.9:18000/"),
        ("192.0.2.9", {}, "https://192.0.2.9:80/"),
        ("192.0.2.9", PLAIN, "https://192.0.2.9/"),
        ("[2001:db8::1]:18000", PLAIN, "https://[2001:db8::1]:18000/"),
    ],
)
async def test_the_plain_page_leads_to_the_same_port(
    server: Server, host: str, headers: dict[str, str], link: str
) -> None:
    connection = server.connect("127.0.0.1" if headers else "192.0.2.1")
    connection.transport._extra["sockname"] = ("192.0.2.9", 80)  # type: ignore[attr-defined]
    text = (await connection.get("/", host=host, **headers)).body.decode()
    assert f'href="{link}"' in text


async def test_the_plain_page_may_use_its_own_style_and_nothing_else(server: Server) -> None:
    answer = await get(server, "/", **PLAIN)
    style = answer.body.decode().partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert style.strip()
    allowed = directives(answer)
    assert allowed.pop("style-src") == f"'sha256-{digest}'"
    assert set(allowed.values()) == {"'none'"}


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"), ("de", "de"), ("de-CH", "de"), ("DE", "de"), ("en-GB, de;q=0.9", "en"),
        ("fr, de;q=0.5", "de"), ("en;q=0.4, de;q=0.5", "de"), ("fr", "en"), ("*", "en"),
        ("de;q=x, en", "en"), ("de;q=0", "en"), (",;,", "en"),
    ],
)  # fmt: skip
async def test_the_plain_page_speaks_the_browsers_language(
    server: Server, accepted: str, language: str
) -> None:
    answer = await get(server, "/", Accept_Language=accepted, **PLAIN)
    text = answer.body.decode()
    assert f'<html lang="{language}">' in text
    assert f"<h1>{plain_page.TEXTS[language]['title']}</h1>" in text
    assert "Accept-Language" in answer.headers["Vary"]


def test_both_languages_say_the_same() -> None:
    english, german = plain_page.TEXTS["en"], plain_page.TEXTS["de"]
    assert english.keys() == german.keys()
    for name, text in english.items():
        assert re.findall(r"\{\w+\}", text) == re.findall(r"\{\w+\}", german[name]), name


def test_who_has_a_certificate_of_their_own_is_told_of_no_warning() -> None:
    words = plain_page.words("lab", "chat.example.org:18000", "", "en", known=True)
    assert words["kind"] == "known"
    assert "warn" not in words["lead"]
    assert json.dumps(words).count("(unsafe)") == 3
