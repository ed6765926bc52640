"""The links and the QR code for others."""

from ipaddress import ip_network
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from server.processes.run_directory import RunDirectory, WaysIn
from server.settings import Settings
from shared import joinlink, short_code
from tests.server.protocols.connecting import Connection, Server, Transport

KEY = "aCMETPlTdjMCmtbid7bJLcvaFLDfPq81hrU7m8AkUgA"


def settings(data: Path, **others: Any) -> Settings:
    return Settings(data_dir=data, tls="optional", **others)


def connect(server: Server, address: str = "192.0.2.1", port: int = 18000) -> Connection:
    connection = server.connect(address)
    assert isinstance(connection.transport, Transport)
    connection.transport._extra["sockname"] = ("192.0.2.9", port)  # type: ignore[attr-defined]
    return connection


async def invited(connection: Connection, host: str, **headers: str) -> tuple[str, str]:
    answer = await connection.get_whole("/invite", host=host, **headers)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["qr"] == "/invite.svg"
    return answer.json["https"], answer.json["chatroom"]


@pytest.mark.parametrize(
    ("host", "url", "address"),
    [
        ("192.0.2.9:18000", "https://192.0.2.9:18000/", "192.0.2.9:18000"),
        ("[2001:db8::9]:18000", "https://[2001:db8::9]:18000/", "[2001:db8::9]:18000"),
        ("chat.example:18000", "https://chat.example:18000/", "chat.example:18000"),
        ("chat.example", "https://chat.example/", "chat.example:443"),
        ("chat.example:", "https://chat.example/", "chat.example:443"),
        ("chat.example:99999", "https://chat.example/", "chat.example:443"),
    ],
)
async def test_the_address_at_which_a_client_came_is_good_for_others(
    tmp_path: Path, host: str, url: str, address: str
) -> None:
    async with Server(settings(tmp_path, allow_host=frozenset({"chat.example"}))) as server:
        server.state.key = KEY
        port = 18000 if host.endswith(":18000") else 443
        assert await invited(connect(server, port=port), host) == (
            url,
            f"chatroom://{address}/#sha256={KEY}",
        )


async def test_without_tls_the_links_have_no_key(tmp_path: Path) -> None:
    async with Server(settings(tmp_path)) as server:
        assert await invited(connect(server), "192.0.2.9:18000") == (
            "http://192.0.2.9:18000/",
            "chatroom://192.0.2.9:18000/",
        )


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("192.168.1.69:18001", "R2M0-2H90"), ("192.168.1.69:8080", "60N0-0MA7-WG3"),
        ("[2001:db8::9]:18000", None), ("chat.example:18000", None), ("127.0.0.1:18000", None),
    ],
)  # fmt: skip
async def test_an_address_that_has_a_short_code(
    tmp_path: Path, host: str, code: str | None
) -> None:
    async with Server(settings(tmp_path, allow_host=frozenset({"chat.example"}))) as server:
        answer = await connect(server).get_whole("/invite", host=host)
        assert answer.json.get("code") == code
        if code:
            link = joinlink.parse(answer.json["chatroom"])
            assert short_code.decode(code) == link.address


@pytest.mark.parametrize("host", ["localhost:18000", "127.0.0.1:18000", "[::1]:18000"])
async def test_on_this_computer_the_links_are_those_of_the_startup_message(
    tmp_path: Path, host: str
) -> None:
    data = tmp_path / "data"
    directory = RunDirectory(data)
    link = f"chatroom://192.0.2.9:18000/#sha256={KEY}"
    links = (link, "chatroom://other:18000/")
    directory.publish(WaysIn(links, "https://192.0.2.9:18000/", everybody=True))
    async with Server(settings(data)) as server:
        server.state.key = KEY
        connection = connect(server, "127.0.0.1")
        assert await invited(connection, host) == ("https://192.0.2.9:18000/", link)
    directory.close()
    async with Server(settings(data)) as server:
        assert await invited(connect(server, "127.0.0.1"), host) == (
            f"http://{host}/",
            f"chatroom://{host}/",
        )


async def test_a_public_url_goes_before_all(tmp_path: Path) -> None:
    public = settings(tmp_path, public_url="https://chat.example.org")
    async with Server(public) as server:
        server.state.key = KEY
        for host in ("192.0.2.9:18000", "localhost:18000", "chat.example.org"):
            assert await invited(connect(server), host) == (
                "https://chat.example.org",
                "chatroom://chat.example.org:443/",
            )


@pytest.mark.parametrize(("scheme", "port"), [("https", 443), ("http", 80)])
async def test_a_proxy_has_a_key_of_its_own(tmp_path: Path, scheme: str, port: int) -> None:
    proxied = settings(
        tmp_path,
        trusted_proxy=(ip_network("127.0.0.1"),),
        allow_host=frozenset({"chat.example"}),
    )
    headers = {"X_Forwarded_For": "192.0.2.1", "X_Forwarded_Proto": scheme}
    async with Server(proxied) as server:
        server.state.key = KEY
        assert await invited(connect(server, "127.0.0.1"), "chat.example", **headers) == (
            f"{scheme}://chat.example/",
            f"chatroom://chat.example:{port}/",
        )


async def test_links_are_not_told_in_plain() -> None:
    async with Server(Settings()) as server:
        for path in ("/invite", "/invite.svg"):
            answer = await connect(server).get(path, host="192.0.2.9:18000")
            assert (answer.status, answer.json["code"]) == (403, "tls_required")


async def test_the_qr_code_is_a_picture_and_nothing_else(tmp_path: Path) -> None:
    async with Server(settings(tmp_path)) as server:
        connection = connect(server)
        drawn = [
            await connection.get_whole("/invite.svg", host=host)
            for host in ("192.0.2.9:18000", "192.0.2.8:18000", "192.0.2.9:18000")
        ]
        assert [one.status for one in drawn] == [200, 200, 200]
        assert drawn[0].body == drawn[2].body != drawn[1].body
        assert ET.fromstring(drawn[0].body).attrib["viewBox"]
        assert b"script" not in drawn[0].body
        assert drawn[0].headers["Content-Type"] == "image/svg+xml"
        assert drawn[0].headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert drawn[0].headers["Cross-Origin-Resource-Policy"] == "same-origin"
