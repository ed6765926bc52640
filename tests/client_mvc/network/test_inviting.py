"""How others reach a room, as its server says: what is taken of the answer, and when."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from client_mvc.network import api, http_answers, inviting
from shared.identity import ServerIdentity
from shared.joinlink import Address, JoinLink
from tests.client_mvc.network import certificates
from tests.client_mvc.network.fake_room import Answer, FakeRoom, HeldAnswer, answer, cut_off
from tests.client_mvc.network.wire import Wire

KEY = "0123456789abcdef" * 4
HERE = ServerIdentity(Address("localhost"))
LAN = Address("192.168.1.20")
PAGE = "https://192.168.1.20:18000/"
LINK = str(JoinLink((LAN,), KEY))
SITE = Address("chat.example.org", 443)
WAYS = api.WaysIn(LAN, True, JoinLink((LAN,), KEY))


def said(https: object = PAGE, chatroom: object = LINK, **more: object) -> bytes:
    return json.dumps({"https": https, "chatroom": chatroom, "qr": "/q"} | more).encode()


@pytest.mark.parametrize(
    ("page", "link", "ways"),
    [
        (PAGE, LINK, WAYS),
        ("http://10.0.0.7:8080", "chatroom://10.0.0.7:8080/",
         api.WaysIn(Address("10.0.0.7", 8080), False, JoinLink((Address("10.0.0.7", 8080),)))),
        ("https://chat.example.org", "chatroom://chat.example.org:443/",
         api.WaysIn(SITE, True, JoinLink((SITE,)))),
        ("HTTPS://[2001:db8::1]:18000/", "chatroom://[2001:db8::1]/",
         api.WaysIn(Address("2001:db8::1"), True, JoinLink((Address("2001:db8::1"),)))),
    ],
)  # fmt: skip
def test_an_address_for_others(page: str, link: str, ways: api.WaysIn) -> None:
    assert inviting.ways_in(said(page, link), HERE) == ways


def test_nothing_but_addresses_and_the_key_is_taken() -> None:
    data = said(f"{PAGE}join?a=b#owner=secret&x=y", f"{LINK}&owner=secret&x=y", code="AAAA")
    assert inviting.ways_in(data, HERE) == WAYS


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]",
        "[fe80::1%eth0]",
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["page", "link", "second host"])
def test_what_leads_to_ones_own_computer_is_for_nobody(host: str, place: str) -> None:
    page = f"https://{host}:18000/" if place == "page" else PAGE
    link = {"link": f"chatroom://{host}/", "second host": f"chatroom://192.168.1.20,{host}/"}
    assert inviting.ways_in(said(page, link.get(place, LINK)), HERE) is None


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"null", b'"\xff"', b"{}", b'{"https": "\xff\xfe"}',
        b'{"x": ' + b"[" * 20_000,
        said(https=7), said(chatroom=None), said(https=""), said(chatroom=""),
        said(https="javascript:alert(1)"), said(https="ftp://192.168.1.20/"),
        said(https="192.168.1.20"), said(https=LINK),
        said(chatroom=PAGE), said(chatroom="R2M0-2508"), said(chatroom="192.168.1.20"),
        said(https="https://user:secret@192.168.1.20/"), said(https="https://a b/"),
        said(https="https://192.168.1.20:99999/"), said(https="https:///"),
        said(chatroom="chatroom://192.168.1.20/#sha256=short"), said(chatroom="chatroom://"),
        said(https="https://exa\u202emple.org/"), said(chatroom="chatroom://a\n/"),
        said(https=PAGE + "x" * inviting.LINK_CHARACTERS),
        said(chatroom=LINK + "&x=" + "x" * inviting.LINK_CHARACTERS),
    ],
)  # fmt: skip
def test_answers_that_are_not_valid(data: bytes) -> None:
    assert inviting.ways_in(data, HERE) is None


@pytest.mark.parametrize(
    ("server", "taken"),
    [
        (ServerIdentity(HERE.address, KEY), True),
        (ServerIdentity(HERE.address, "f" * 64), False),
        (ServerIdentity(HERE.address, "f" * 64, system=True), True),
    ],
)
def test_a_link_with_another_key_than_the_server_showed(
    server: ServerIdentity, taken: bool
) -> None:
    assert (inviting.ways_in(said(), server) == WAYS) is taken
    without_key = inviting.ways_in(said(chatroom="chatroom://192.168.1.20/"), server)
    assert without_key == replace(WAYS, link=JoinLink((LAN,)))


class TestAsking:
    async def test_the_room_is_asked(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        server = ServerIdentity(address)
        room.serve_journal("j1")
        room.invite_answer = answer(200, said())
        wire.network.ask_invite(server, "j1")
        assert await wire.until(api.InviteAnswered) == api.InviteAnswered(server, WAYS)

    async def test_another_room_is_not_asked(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        room.serve_journal("j2")
        room.invite_answer = answer(200, said())
        await nothing(wire, ServerIdentity(address))
        assert "/invite" not in room.requests

    @pytest.mark.parametrize(
        "given",
        [
            answer(404), answer(500), answer(429), answer(200, "no JSON"), cut_off,
            answer(302, headers={"Location": "/room"}),
            answer(200, said(), {"Content-Encoding": "gzip"}),
            answer(200, said(code="x" * 2 * http_answers.BODY_BYTES)),
        ],
    )  # fmt: skip
    async def test_no_answer(
        self, wire: Wire, room: FakeRoom, address: Address, given: Answer
    ) -> None:
        room.serve_journal("j1")
        room.invite_answer = given
        await nothing(wire, ServerIdentity(address))

    async def test_a_server_that_has_ended(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        await room.close()
        await nothing(wire, ServerIdentity(address))

    @pytest.mark.parametrize("silent", ["/room", "/invite"])
    async def test_a_silent_server(
        self,
        wire: Wire,
        room: FakeRoom,
        address: Address,
        silent: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(api, "INVITE_WITHIN", 1.0)
        room.serve_journal("j1")
        held = HeldAnswer()
        if silent == "/room":
            room.room_answer = held
        else:
            room.invite_answer = held
        await nothing(wire, ServerIdentity(address))
        assert held.began.is_set()
        held.release.set()

    async def test_a_server_with_another_key_gets_no_request(
        self, wire: Wire, room: FakeRoom, tmp_path: Path
    ) -> None:
        own = certificates.make(tmp_path, "own")
        room.serve_journal("j1")
        room.invite_answer = answer(200, said(chatroom="chatroom://192.168.1.20/"))
        address = await room.open(tls=own.context())
        await nothing(wire, ServerIdentity(address, KEY))
        assert room.requests == []
        server = ServerIdentity(address, own.key)
        wire.network.ask_invite(server, "j1")
        expected = api.WaysIn(LAN, True, JoinLink((LAN,)))
        assert await wire.until(api.InviteAnswered) == api.InviteAnswered(server, expected)


async def nothing(wire: Wire, server: ServerIdentity) -> None:
    """Ask, and expect no way in."""
    wire.network.ask_invite(server, "j1")
    assert await wire.until(api.InviteAnswered) == api.InviteAnswered(server, None)
