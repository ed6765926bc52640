"""What a room offers to install from."""

import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urljoin

import pytest

from server.protocols.http import get_page
from server.settings import Settings
from tests.server.protocols.connecting import Server

CHATROOM = "chatroom-0.2-py3-none-any.whl"
OTHER = "typing_extensions-4.1+local-cp313-cp313-linux_x86_64.whl"
CONTENT = {CHATROOM: b"the client", OTHER: b"another"}
SHA256 = {name: hashlib.sha256(content).hexdigest() for name, content in CONTENT.items()}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name, content in CONTENT.items():
        (folder / name).write_bytes(content)
    (folder / "secret.txt").write_bytes(b"x")
    (tmp_path / "journal.sqlite3").write_bytes(b"x")
    async with Server(Settings(data_dir=tmp_path, room="lab & <b>")) as server:
        yield server


async def test_the_list_for_programs(server: Server) -> None:
    answer = await server.connect().get_whole("/get")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json == [
        {
            "name": name,
            "size": len(CONTENT[name]),
            "sha256": SHA256[name],
            "url": f"/get/{name.replace('+', '%2B')}",
        }
        for name in (CHATROOM, OTHER)
    ]
    for one in answer.json:
        file = await server.connect().get_whole(one["url"])
        assert (file.status, file.body) == (200, CONTENT[one["name"]])


async def test_a_file_like_other_files(server: Server) -> None:
    path = f"/get/{CHATROOM}"
    answer = await server.connect().get_whole(path)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{CHATROOM}"'
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Etag"] == f'"{SHA256[CHATROOM]}"'
    part = await server.connect().get_whole(path, Range="bytes=4-5")
    assert (part.status, part.body) == (206, CONTENT[CHATROOM][4:6])
    same = await server.connect().get_whole(path, If_None_Match=answer.headers["Etag"])
    assert same.status == 304
    past = await server.connect().get_whole(path, Range="bytes=99-")
    assert (past.status, past.json["code"]) == (416, "bad_range")


@pytest.mark.parametrize(
    "path",
    [
        "/get/secret.txt", "/get/nothing-1-py3-none-any.whl", "/get/..",
        "/get/../journal.sqlite3",
        "/get/%2e%2e%2fjournal.sqlite3", "/get/wheels/x", "/get/simple/nothing/",
        "/get/simple/../", "/get/%00",
    ],
)  # fmt: skip
async def test_nothing_else(server: Server, path: str) -> None:
    answer = await server.connect().get_whole(path)
    assert (answer.status, answer.json["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["/get/", "/get/simple/chatroom/", "/get/simple/Chatroom/"])
async def test_pip_finds_links_with_hashes(server: Server, path: str) -> None:
    answer = await server.connect().get_whole(path)
    assert answer.headers["Content-Type"].startswith("text/html")
    links = re.findall(r'<a href="([^"#]*)#sha256=(\w+)">([^<]*)</a>', answer.body.decode())
    assert (CHATROOM, SHA256[CHATROOM]) in [(name, digest) for _, digest, name in links]
    for link, _, name in links:
        file = await server.connect().get_whole(urljoin(path, link))
        assert file.body == CONTENT[name]
    assert len(links) == (2 if path == "/get/" else 1)


async def test_the_index_has_all_projects(server: Server) -> None:
    text = (await server.connect().get_whole("/get/simple/")).body.decode()
    assert re.findall(r'<a href="([^"]*)">', text) == ["chatroom/", "typing-extensions/"]


@pytest.mark.parametrize("language", ["en", "de"])
async def test_the_page_says_what_to_type(server: Server, language: str) -> None:
    connection = server.connect()
    page = await connection.get_whole("/get/", host="localhost:18000", Accept_Language=language)
    text = page.body.decode()
    assert f'<html lang="{language}">' in text
    assert get_page.TEXTS[language]["title"] in text
    assert "lab &amp; &lt;b&gt;" in text
    line = "install --no-index --find-links http://localhost:18000/get/ chatroom"
    assert text.count(line) == 2
    assert "Python 3.13 " in text
    assert "$" not in text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "'unsafe" not in policy


def test_pip_is_told_of_a_certificate_that_it_cannot_check() -> None:
    words = get_page.words("lab", "https://[::1]:18000/", "en", trusted="[::1]:18000", names=[])
    assert " --trusted-host [::1]:18000 chatroom" in words["unix_line"]
    assert "--trusted-host" in words["note"]


async def test_a_room_that_offers_nothing(tmp_path: Path) -> None:
    async with Server(Settings(data_dir=tmp_path)) as server:
        assert (await server.connect().get_whole("/get")).json == []
        page = await server.connect().get_whole("/get/")
        assert b"offers nothing to install" in page.body
        assert b'<main class="empty">' in page.body


async def test_in_plain_other_computers_get_nothing(server: Server) -> None:
    for path in ("/get", "/get/", f"/get/{CHATROOM}", "/get/simple/"):
        answer = await server.connect("192.0.2.1").get(path)
        assert (answer.status, answer.json["code"]) == (403, "tls_required")


def test_both_languages_say_the_same() -> None:
    assert get_page.TEXTS["en"].keys() == get_page.TEXTS["de"].keys()
