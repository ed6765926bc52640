"""Which servers the client talks to, over real sockets: by key, by certificate, or plain."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from client_mvc.network import api, api_files, reaching, tls, websocket
from client_mvc.network.http_answers import ask_room
from shared import messages
from shared.identity import ServerIdentity
from shared.joinlink import Address
from shared.problems import Problem
from tests.client_mvc.fakes import SHA_OF_HELLO
from tests.client_mvc.network import certificates
from tests.client_mvc.network.certificates import Certificate
from tests.client_mvc.network.fake_room import FakeRoom, answer
from tests.client_mvc.network.wire import Wire

OTHER_KEY = "0" * 64


@pytest.fixture
def own(tmp_path: Path) -> Certificate:
    """That of the room."""
    return certificates.make(tmp_path, "own")


@pytest.fixture
def foreign(tmp_path: Path) -> Certificate:
    """That of somebody else."""
    return certificates.make(tmp_path, "foreign")


@pytest.fixture
async def tls_address(room: FakeRoom, own: Certificate) -> Address:
    """The address of a room that takes TLS only."""
    room.serve_journal("j1")
    return await room.open(tls=own.context())


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> None:
    """No server is on this computer."""
    monkeypatch.setattr("client_mvc.network.reaching.is_loopback", lambda _: False)


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file with the certificates that the system trusts."""
    file = tmp_path / "trusted.pem"
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    tls.system_context.cache_clear()
    yield file
    tls.system_context.cache_clear()


def trust(file: Path, *certificates: Certificate) -> None:
    file.write_text("".join(each.file.read_text() for each in certificates))
    tls.system_context.cache_clear()


def connect(wire: Wire, address: Address, trust: api.Trust, **changes: object) -> None:
    options = api.JoinOptions(address, "alice", "secret", trust=trust, **changes)  # type: ignore[arg-type]
    wire.network.connect(1, options)


async def doubt(wire: Wire) -> api.Doubt:
    ended = await wire.until(api.MembershipEnded)
    assert ended.why == "doubted"
    assert ended.doubt is not None
    assert ended.problem is not None
    assert ended.problem.code == ended.doubt.kind
    return ended.doubt


class Counter:
    """A TLS server that answers nothing, and counts what it gets inside TLS."""

    def __init__(self) -> None:
        self.handshakes = 0
        self.received = bytearray()
        self._ended: list[asyncio.Task[None]] = []

    @contextlib.asynccontextmanager
    async def open(self, context: ssl.SSLContext) -> AsyncIterator[Address]:
        server = await asyncio.start_server(self._count, "127.0.0.1", 0, ssl=context)
        async with server:
            yield Address(*server.sockets[0].getsockname()[:2])

    async def _count(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.handshakes += 1
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                self.received += data
        writer.close()


@pytest.mark.usefixtures("far")
class TestKeys:
    async def test_everything_goes_over_tls(
        self, wire: Wire, room: FakeRoom, own: Certificate, tls_address: Address, tmp_path: Path
    ) -> None:
        connect(wire, tls_address, api.Trust(key=own.key))
        await wire.until(api.CaughtUp)
        server = ServerIdentity(tls_address, own.key)
        found = next(each for each in wire.told if isinstance(each, api.RoomFound))
        assert (found.server, found.known) == (server, True)
        (tmp_path / "a.txt").write_text("hello")
        wire.network.upload("k", tmp_path / "a.txt")
        await wire.until(api_files.UploadDone)
        room.files["f1"] = b"hello"
        file = messages.File("f1", "a.txt", 5, SHA_OF_HELLO, 1, "hello", "/files/f1/a.txt")
        wire.network.download(server, api_files.DownloadRequest("d", file, tmp_path / "b.txt"))
        await wire.until(api_files.DownloadDone)
        wire.network.fetch(server, file)
        assert (await wire.until(api_files.FileFetched)).text == "hello"

    @pytest.mark.parametrize(
        "asked", [api.Trust(key=OTHER_KEY), api.Trust(key=OTHER_KEY, system=True), api.Trust()]
    )
    async def test_another_key_gets_no_byte(
        self, wire: Wire, foreign: Certificate, asked: api.Trust, tmp_path: Path
    ) -> None:
        counter = Counter()
        message = api.OutgoingMessage("a", "hello", tried=True)
        async with counter.open(foreign.context()) as address:
            connect(wire, address, asked, token="t0", after=0, outgoing=[message], journal="j1")
            kind = "other_key" if asked.key else "unknown_key"
            assert await doubt(wire) == api.Doubt(kind, key=foreign.key)  # type: ignore[arg-type]
            server = ServerIdentity(address, OTHER_KEY)
            file = messages.File("f1", "a", 5, SHA_OF_HELLO, 1, "hello", "/files/f1/a")
            wire.network.fetch(server, file)
            failed = await wire.until(api_files.FileFetchFailed)
            assert failed.problem == Problem("other_key", {"server": str(address)})
        assert counter.handshakes > 0
        assert counter.received == b""

    async def test_a_known_key_is_accepted_at_another_address(
        self, wire: Wire, own: Certificate, tls_address: Address
    ) -> None:
        connect(wire, tls_address, api.Trust(known=frozenset({OTHER_KEY, own.key})))
        await wire.until(api.CaughtUp)

    async def test_another_key_after_a_lost_connection_gets_nothing(
        self,
        wire: Wire,
        room: FakeRoom,
        own: Certificate,
        foreign: Certificate,
        tls_address: Address,
    ) -> None:
        """Also where it was accepted by a certificate that the system trusts, or as known."""
        connect(wire, tls_address, api.Trust(known=frozenset({own.key, foreign.key})))
        await wire.until(api.CaughtUp)
        await room.close()
        other = FakeRoom()
        other.serve_journal("j1")
        wire.network.send(api.OutgoingMessage("a", "hello"))
        await other.open(tls_address.port, foreign.context())
        try:
            wire.network.reconnect_now()
            assert await doubt(wire) == api.Doubt("other_key", key=foreign.key)
            assert other.requests == []
        finally:
            await other.close()

    async def test_another_journal_under_the_same_key_is_joined_again(
        self, wire: Wire, room: FakeRoom, own: Certificate, tls_address: Address
    ) -> None:
        connect(wire, tls_address, api.Trust(key=own.key))
        await wire.until(api.CaughtUp)
        room.serve_journal("j2")
        room.cut()
        assert (await wire.until(api.RoomFound)).renewed
        await wire.until(api.CaughtUp)
        wire.network.send(api.OutgoingMessage("a", "hello"))
        await wire.until(api.MessageConfirmed)

    async def test_a_silent_handshake_is_no_answer(
        self, wire: Wire, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever cuts the connection must not make people join without encryption."""
        monkeypatch.setattr(websocket, "CONNECT_WITHIN", 0.3)
        requests: list[bytes] = []

        async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            requests.append(await reader.read(1000))
            await reader.read()
            writer.close()

        async with await asyncio.start_server(wait, "127.0.0.1", 0) as server:
            address = Address(*server.sockets[0].getsockname()[:2])
            connect(wire, address, api.Trust(plain=""))
            ended = await wire.until(api.MembershipEnded)
        assert ended.problem == Problem("no_answer", {"host": "127.0.0.1"})
        assert [each[0] for each in requests] == [0x16]


@pytest.mark.usefixtures("far")
class TestCertificates:
    async def test_one_that_the_system_trusts_needs_no_question(
        self, wire: Wire, own: Certificate, tls_address: Address, trusted: Path
    ) -> None:
        trust(trusted, own)
        connect(wire, tls_address, api.Trust())
        found = await wire.until(api.RoomFound)
        assert found.server == ServerIdentity(tls_address, own.key, system=True)
        await wire.until(api.CaughtUp)

    async def test_its_key_may_change(
        self, wire: Wire, own: Certificate, tls_address: Address, trusted: Path
    ) -> None:
        trust(trusted, own)
        connect(wire, tls_address, api.Trust(key=OTHER_KEY, system=True))
        await wire.until(api.CaughtUp)

    async def test_it_does_not_count_where_a_key_is_expected(
        self, wire: Wire, own: Certificate, tls_address: Address, trusted: Path
    ) -> None:
        trust(trusted, own)
        connect(wire, tls_address, api.Trust(key=OTHER_KEY))
        assert (await doubt(wire)).kind == "other_key"

    async def test_one_for_another_name_is_asked_about(
        self, wire: Wire, room: FakeRoom, tmp_path: Path, trusted: Path
    ) -> None:
        elsewhere = certificates.make(tmp_path, "elsewhere", "192.0.2.1")
        trust(trusted, elsewhere)
        address = await room.open(tls=elsewhere.context())
        connect(wire, address, api.Trust())
        assert (await doubt(wire)).kind == "unknown_key"
        assert room.requests == []


class TestPlain:
    async def test_on_this_computer_it_needs_no_question(
        self, wire: Wire, address: Address
    ) -> None:
        connect(wire, address, api.Trust())
        await wire.until(api.CaughtUp)

    async def test_a_server_on_this_computer_may_take_tls_only(
        self, wire: Wire, own: Certificate, tls_address: Address
    ) -> None:
        connect(wire, tls_address, api.Trust())
        assert await doubt(wire) == api.Doubt("unknown_key", key=own.key)

    async def test_a_server_that_was_started_again_meanwhile_needs_no_question(
        self, wire: Wire, address: Address, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It ended at the plain request, and was back when TLS was tried."""
        asked = iter([True])

        async def ask(*arguments: Any) -> Any:
            if next(asked, False):
                raise aiohttp.ServerDisconnectedError
            return await ask_room(*arguments)

        async def by_key(*_: object) -> Any:
            raise reaching.Doubted(api.Doubt("unknown_key", key=OTHER_KEY))

        monkeypatch.setattr(reaching, "ask_room", ask)
        monkeypatch.setattr(reaching, "_by_key", by_key)
        connect(wire, address, api.Trust())
        await wire.until(api.CaughtUp)

    @pytest.mark.usefixtures("far")
    @pytest.mark.parametrize("agreed", [None, "j0", ""])
    async def test_elsewhere_the_person_is_asked(
        self, wire: Wire, room: FakeRoom, address: Address, agreed: str | None
    ) -> None:
        room.serve_journal("j1")
        connect(wire, address, api.Trust(plain=agreed), token="t0")
        assert await doubt(wire) == api.Doubt("plain", journal="j1")
        assert room.requests == ["/room"]

    @pytest.mark.usefixtures("far")
    @pytest.mark.parametrize("journal", ["j1", ""])
    async def test_a_room_that_the_person_agreed_to_is_joined(
        self, wire: Wire, room: FakeRoom, address: Address, journal: str
    ) -> None:
        if journal:
            room.serve_journal(journal)
        connect(wire, address, api.Trust(plain=journal))
        await wire.until(api.CaughtUp)
        room.cut()
        await wire.until(api.CaughtUp)

    @pytest.mark.usefixtures("far")
    async def test_a_room_whose_key_is_known_is_never_joined(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        connect(wire, address, api.Trust(key=OTHER_KEY, plain=""))
        ended = await wire.until(api.MembershipEnded)
        assert ended.problem == Problem("not_encrypted", {"server": str(address)})
        assert room.requests == []

    @pytest.mark.usefixtures("far")
    async def test_a_server_that_names_a_key_was_cut(
        self, wire: Wire, room: FakeRoom, address: Address
    ) -> None:
        """It speaks TLS, but somebody between answers otherwise."""
        room.room_answer = answer(
            200,
            '{"room":"lobby","journal":"j1","features":["tls"],"password":false,"active":0,'
            '"max_users":3,"key":"abc"}',
        )
        connect(wire, address, api.Trust(plain="j1"))
        ended = await wire.until(api.MembershipEnded)
        assert ended.problem == Problem("tls_failed", {"server": str(address)})
        assert room.requests == ["/room"]
