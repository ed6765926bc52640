"""TLS in memory: the handshake, the bytes in both directions, the end, and who must use it."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.connections.kind import Kind
from server.protocols import detect
from server.protocols.http.turns import Turns
from server.protocols.tls import MOST_EMPTY, OVERHEAD, PORTION, TlsTransport
from server.settings import Settings
from shared import protocol
from tests.fakes import request, turns
from tests.server.protocols.client_frames import masked, parse
from tests.server.protocols.connecting import Answer, Connection, Server, Transport
from tests.server.protocols.records import DATA, Records
from tests.server.protocols.secure import TlsClient, client_context, server_context
from tests.support.waiting import until

ELSEWHERE = "192.0.2.7"
HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: c2l4dGVlbiBieXRlcyAhIQ==\r\nSec-WebSocket-Version: 13\r\n%b\r\n"
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    return server_context(tmp_path_factory.mktemp("tls"))


class Protocol(asyncio.Protocol):
    """What lies above TLS; it records its calls."""

    def __init__(self) -> None:
        self.data: list[bytes] = []
        self.told: list[object] = []

    @property
    def joined(self) -> bytes:
        return b"".join(self.data)

    def data_received(self, data: bytes) -> None:
        self.data.append(data)

    def eof_received(self) -> None:
        self.told.append("eof")

    def pause_writing(self) -> None:
        self.told.append("pause")

    def resume_writing(self) -> None:
        self.told.append("resume")

    def connection_lost(self, exc: Exception | None) -> None:
        self.told.append("lost")


class Pair:
    """A server's transport and a client; nothing was sent yet."""

    def __init__(
        self,
        certificate: ssl.SSLContext,
        context: ssl.SSLContext | None = None,
        piece: int = 1 << 20,
        session: ssl.SSLSession | None = None,
    ) -> None:
        self.raw = Transport()
        self.protocol = Protocol()
        self.secured: list[TlsTransport] = []
        self.turns = Turns()
        self.tls = TlsTransport(
            self.raw, certificate, self.protocol, self.secured.append, self.turns.take
        )
        self.client = TlsClient(self.raw, self._send, context, piece, session)

    def _send(self, data: bytes) -> None:
        if not self.raw.closing:
            self.tls.data_received(data)


class Held:
    """`count` records of a byte each, which the client has not sent."""

    def __init__(self, pair: Pair, count: int = 1000) -> None:
        sent: list[bytes] = []
        pair.client._send = sent.append
        for _ in range(count):
            pair.client.write(b"x")
        self.records, self.count = b"".join(sent), count


@pytest.fixture
async def pair(certificate: ssl.SSLContext) -> Pair:
    pair = Pair(certificate)
    pair.client.shake_hands()
    return pair


# --- the layer ---------------------------------------------------------------------------


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("piece", [1, 100, 1 << 20])
def test_bytes_reach_the_other_side(
    certificate: ssl.SSLContext, version: ssl.TLSVersion, piece: int
) -> None:
    pair = Pair(certificate, client_context(version), piece)
    pair.client.shake_hands()
    assert pair.secured == [pair.tls]
    data = bytes(range(256)) * 300
    pair.client.write(data)
    assert b"".join(pair.protocol.data) == data
    for size in (1, PORTION, PORTION + 1, 200_000):
        pair.tls.write(data[:size])
        assert pair.client.read() == data[:size]
    assert pair.tls.get_extra_info("ssl_object").version() == version.name.replace("_", ".")


def test_one_read_is_one_call_and_one_write_one_write(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bytes] = []
    monkeypatch.setattr(pair.raw, "write", written.append)
    pair.client.write(b"x" * 50_000)
    pair.tls.write(b"y" * 50_000)
    pair.tls.write(b"")
    assert ([len(one) for one in pair.protocol.data], len(written)) == ([50_000], 1)


def test_what_the_client_has_not_taken_is_known(pair: Pair) -> None:
    before = pair.tls.get_extra_info(OVERHEAD)
    pair.raw.stuck = True
    sizes = (10, 5000, 100_000)
    for size in sizes:
        pair.tls.write(b"x" * size)
    overhead = pair.tls.get_extra_info(OVERHEAD) - before
    assert sum(sizes) + overhead - pair.tls.get_write_buffer_size() == 0
    assert pair.raw.unsent == len(pair.raw.written[-pair.raw.unsent :]) > sum(sizes)


def test_idle_connections_keep_no_large_buffers(pair: Pair) -> None:
    """OpenSSL's buffers stay as large as the largest portion that it was given."""
    assert PORTION <= 16 * 1024


def test_nothing_is_passed_on_before_the_handshake_is_done(certificate: ssl.SSLContext) -> None:
    pair = Pair(certificate)
    pair.tls.eof_received()
    assert (pair.protocol.told, pair.secured) == ([], [])
    assert pair.raw.closing
    pair.tls.connection_lost(None)
    assert pair.protocol.told == ["lost"]


def test_the_servers_end_is_announced(pair: Pair) -> None:
    pair.tls.write(b"the last")
    pair.tls.close()
    pair.tls.close()
    assert pair.tls.is_closing()
    assert pair.raw.closing
    assert (pair.client.read(), pair.client.closed) == (b"the last", True)
    pair.tls.write(b"too late")
    pair.client.write(b"too late")
    assert (pair.raw.written, pair.protocol.data) == (b"", [])


def test_the_clients_end(pair: Pair) -> None:
    pair.client.ssl.write(b"the last")
    pair.client.close()
    assert (pair.protocol.data, pair.protocol.told) == ([b"the last"], ["eof"])
    assert pair.raw.closing
    assert not pair.raw.aborted


@pytest.mark.parametrize("after", [False, True])
def test_what_is_no_tls_ends_the_connection(certificate: ssl.SSLContext, after: bool) -> None:
    pair = Pair(certificate)
    if after:
        pair.client.shake_hands()
        pair.client.read()
    pair.tls.data_received(b"\x16\x03\x01\x00\x05rubbish" * 100)
    assert pair.raw.closing
    assert pair.raw.written, "an alert"
    pair.tls.data_received(b"more")
    assert (pair.protocol.data, pair.protocol.told) == ([], [])


@pytest.mark.parametrize("bad", [b"GET / HTTP/1.1\r\n\r\n", b"\x17\x03\x03\xff\xff"])
async def test_more_is_not_waited_for_where_no_record_begins(pair: Pair, bad: bytes) -> None:
    pair.tls.data_received(bad)
    assert pair.raw.closing


async def test_small_records_take_turns(pair: Pair) -> None:
    """A read of 256 KiB may hold 11,000 records of a byte, which take 30 ms."""
    small = Held(pair)
    pair.tls.data_received(small.records)
    assert 0 < len(pair.protocol.joined) < small.count / 2
    assert not pair.raw.reading
    await turns()
    assert pair.protocol.joined == b"x" * small.count
    assert pair.raw.reading


async def test_records_wait_while_the_protocol_pauses(pair: Pair) -> None:
    small = Held(pair)
    pair.tls.data_received(small.records)
    pair.tls.pause_reading()
    before = pair.protocol.joined
    await turns()
    assert (pair.protocol.joined, pair.tls.is_reading()) == (before, False)
    pair.tls.resume_reading()
    assert (pair.protocol.joined, pair.raw.reading) == (before, False)
    await turns()
    assert pair.protocol.joined == b"x" * small.count
    assert pair.raw.reading


async def test_records_that_wait_end_with_the_connection(pair: Pair) -> None:
    pair.tls.data_received(Held(pair).records)
    before = pair.protocol.joined
    pair.tls.close()
    await turns()
    assert (pair.protocol.joined, pair.raw.reading) == (before, False)


@pytest.mark.parametrize("requested", [False, True])
async def test_a_client_cannot_change_keys_again_and_again(
    certificate: ssl.SSLContext, tmp_path: Path, requested: bool
) -> None:
    """Each change takes 25 µs, and an answer if it is requested, which nobody may read."""
    context = client_context()
    context.keylog_filename = str(tmp_path / "keys")
    pair = Pair(certificate, context)
    pair.client.shake_hands()
    records = Records((tmp_path / "keys").read_text())
    before = len(pair.raw.written)
    pair.tls.data_received(records.key_update(requested=requested))
    pair.tls.data_received(records.record(DATA, b"the first"))
    assert (pair.protocol.joined, pair.raw.closing) == (b"the first", False)
    for _ in range(2 * MOST_EMPTY):
        key = records.key_update(requested=requested)
        pair.tls.data_received(key + records.record(DATA, b"."))
    assert pair.raw.closing
    assert len(pair.protocol.joined) <= len(b"the first") + MOST_EMPTY
    assert len(pair.raw.written) - before < 100 * MOST_EMPTY


def test_changed_bytes_are_not_passed_on(pair: Pair) -> None:
    sent: list[bytes] = []
    pair.client._send = sent.append
    pair.client.write(b"pay 10")
    (record,) = sent
    pair.tls.data_received(record[:-1] + bytes([record[-1] ^ 1]))
    assert (pair.protocol.data, pair.raw.closing) == ([], True)


def test_old_versions_are_refused(certificate: ssl.SSLContext) -> None:
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old = client_context(ssl.TLSVersion.TLSv1_1)
    old.set_ciphers("ALL:@SECLEVEL=0")
    pair = Pair(certificate, old)
    with pytest.raises(ssl.SSLError):
        pair.client.shake_hands()
    assert pair.raw.closing


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("group", ["ffdhe2048", "ffdhe8192", "secp521r1", "secp384r1", "X448"])
def test_a_client_cannot_choose_a_costly_key_exchange(
    certificate: ssl.SSLContext, group: str, version: ssl.TLSVersion
) -> None:
    """With `ffdhe8192`, a handshake takes 0.2 s of the worker."""
    context = client_context(version)
    context.set_ecdh_curve(group)
    with pytest.raises(ssl.SSLError):
        Pair(certificate, context).client.shake_hands()


def test_http_1_1_is_chosen_and_nothing_is_compressed(certificate: ssl.SSLContext) -> None:
    context = client_context(ssl.TLSVersion.TLSv1_2, "h2", "http/1.1")
    pair = Pair(certificate, context)
    pair.client.shake_hands()
    assert pair.client.ssl.selected_alpn_protocol() == "http/1.1"
    assert pair.client.ssl.compression() is None


def test_a_session_is_resumed(certificate: ssl.SSLContext) -> None:
    context = client_context()
    first = Pair(certificate, context)
    first.client.shake_hands()
    first.client.read()
    second = Pair(certificate, context, session=first.client.ssl.session)
    second.client.shake_hands()
    assert second.client.ssl.session_reused


def test_the_rest_goes_to_the_socket(pair: Pair) -> None:
    pair.tls.pause_writing()
    pair.tls.resume_writing()
    assert pair.protocol.told == ["pause", "resume"]
    pair.tls.pause_reading()
    assert not pair.tls.is_reading()
    pair.tls.resume_reading()
    assert pair.tls.is_reading()
    assert pair.tls.get_extra_info("peername") == ("127.0.0.1", 4000)
    assert pair.tls.get_protocol() is pair.protocol
    assert not pair.tls.can_write_eof()
    pair.tls.abort()
    assert pair.raw.aborted


# --- on the server's port ----------------------------------------------------------------


@pytest.fixture
async def server(certificate: ssl.SSLContext) -> AsyncIterator[Server]:
    async with Server(Settings(room="lab")) as server:
        server.state.tls, server.state.key = certificate, "the-key"
        yield server


class Secured:
    """A connection over TLS."""

    def __init__(self, server: Server, address: str = ELSEWHERE) -> None:
        self.connection = Connection(server, address)
        transport = self.connection.transport
        self.client = TlsClient(transport, self._receive)

    def _receive(self, data: bytes) -> None:
        protocol = self.connection.transport.get_protocol()
        assert isinstance(protocol, asyncio.Protocol)
        protocol.data_received(data)

    async def ask(self, data: bytes) -> bytes:
        """Send bytes; return what came back."""
        self.client.write(data)
        await turns()
        return self.client.read()


async def secured(server: Server, address: str = ELSEWHERE) -> Secured:
    found = Secured(server, address)
    found.client.shake_hands()
    return found


async def test_a_member_joins_over_tls(server: Server) -> None:
    one = await secured(server)
    answer = await one.ask(HANDSHAKE % b"Origin: https://localhost\r\n")
    assert answer.startswith(b"HTTP/1.1 101 ")
    (payload,) = parse(await one.ask(masked(request("join", name="ada"))))
    welcome = json.loads(payload)
    assert (welcome["key"], welcome["features"]) == ("the-key", protocol.features("k"))
    assert server.room.join_requests[-1].peer.tls
    assert one.connection.kinds[-1] is Kind.JOINED


async def test_room_tells_the_key(server: Server) -> None:
    for connection in (await secured(server), None):
        data = b"GET /room HTTP/1.1\r\nHost: localhost\r\n\r\n"
        found = await (connection.ask(data) if connection else server.connect().send(data))
        told = Answer(found).json
        assert (told["key"], told["features"]) == ("the-key", protocol.features("k"))


@pytest.mark.parametrize("origin", [b"http://localhost", b"https://localhost:8443"])
async def test_other_origins_are_refused_over_tls(server: Server, origin: bytes) -> None:
    answer = await (await secured(server)).ask(HANDSHAKE % (b"Origin: %b\r\n" % origin))
    assert Answer(answer).json["code"] == "forbidden"


async def test_the_host_is_checked_over_tls(server: Server) -> None:
    data = b"GET /room HTTP/1.1\r\nHost: evil.example\r\n\r\n"
    assert Answer(await (await secured(server)).ask(data)).status == 421


async def test_tls_inside_tls_is_no_protocol(server: Server) -> None:
    one = await secured(server)
    await one.ask(b"\x16\x03\x01\x00\x05")
    assert one.connection.transport.aborted


async def test_without_tls_its_first_byte_ends_the_connection(server: Server) -> None:
    server.state.tls = None
    one = Secured(server)
    with pytest.raises(AssertionError, match="does not answer"):
        one.client.shake_hands()
    assert one.connection.transport.aborted


async def test_a_handshake_that_takes_too_long_is_ended(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detect, "REQUEST_WITHIN", 0.01)
    begun = Secured(server)
    begun.connection.switch.data_received(b"\x16\x03\x01\x02\x00\x01")
    done = Secured(server)
    done.client.shake_hands()
    await until(
        lambda: begun.connection.transport.aborted and done.connection.transport.aborted
    )


async def test_a_connection_can_be_pushed_out_in_its_handshake(server: Server) -> None:
    one = Secured(server)
    one.connection.switch.data_received(b"\x16\x03\x01\x02\x00\x01")
    one.connection.switch.push_out()
    assert one.connection.transport.aborted


# --- who must use it ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("HEAD", "/", 200),
        ("GET", "/room", 200),
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("POST", "/room", 403),
        ("OPTIONS", "/files", 403),
        ("POST", "/files", 403),
        ("GET", "/files/x/y", 403),
        ("GET", "/metrics", 403),
        ("GET", "/ws", 403),
        ("GET", "/nothing", 403),
        ("GET", "//room", 403),
    ],
)
async def test_other_computers_must_encrypt(
    server: Server, method: str, path: str, status: int
) -> None:
    answer = await server.connect(ELSEWHERE).ask(method, path)
    assert answer.status == status
    if status == 403:
        assert answer.json["code"] == "tls_required"


async def test_a_websocket_of_another_computer_must_be_encrypted(server: Server) -> None:
    answer = Answer(await server.connect(ELSEWHERE).send(HANDSHAKE % b""))
    assert (answer.status, answer.json["code"]) == (403, "tls_required")
    answer = Answer(await server.connect("127.0.0.1").send(HANDSHAKE % b""))
    assert answer.status == 101


async def test_the_page_for_other_computers_leads_to_https(server: Server) -> None:
    page = await server.connect(ELSEWHERE).get("/", host="192.0.2.1:18000")
    assert b'href="https://192.0.2.1:18000/"' in page.body
    here = await server.connect().get("/")
    over_tls = await (await secured(server)).ask(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert b"https://" not in here.body
    told = b'data-encrypted="%b"'
    assert Answer(over_tls).body == here.body.replace(told % b"false", told % b"true")


@pytest.mark.parametrize("tls", ["optional", "off"])
async def test_other_computers_need_not_encrypt_if_the_settings_say_so(tls: str) -> None:
    async with Server(Settings(tls=tls)) as server:  # type: ignore[arg-type]
        answer = Answer(await server.connect(ELSEWHERE).send(HANDSHAKE % b""))
        assert answer.status == 101
        told = (await server.connect(ELSEWHERE).get("/room")).json
        assert ("key" in told, told["features"]) == (False, protocol.features(""))
