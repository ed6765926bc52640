"""The connection to NATS: nothing is sent late, nothing waits forever."""

import asyncio
import contextlib
import logging
from pathlib import Path

import pytest

from server.cluster.connection import Connection, UnavailableError, subject_token
from server.cluster.nats_internals import Message
from tests.server.cluster.conftest import Connect
from tests.server.cluster.sizes import exchange_sizes
from tests.support.nats_servers import NatsServers, running_nats
from tests.support.running import lasting_port
from tests.support.waiting import until


@pytest.mark.parametrize(
    ("room", "token"),
    [
        ("lab", "lab"),
        ("Lab-2_b", "Lab-2_b"),
        ("our room", "our_room-d83d85134e16"),
        ("our.room", "our_room-7adf727a88af"),
        ("*.>", "___-a55fea3eae36"),
        ("x" * 33, "x" * 32 + "-11ba55a3a7c1"),
    ],
)
def test_each_room_has_a_token_of_its_own(room: str, token: str) -> None:
    assert subject_token(room) == token


async def test_what_is_asked_is_answered(nats1: NatsServers, connect: Connect) -> None:
    one, two = await connect(nats1.urls, "one"), await connect(nats1.urls, "two")

    def answer(message: Message) -> None:
        one.publish(message.reply, message.data + b"!")

    await one.listen("echo", answer)
    await one.request("$JS.API.INFO", b"", 5)  # the node has the subscription
    assert (await two.request("echo", b"hello", 5)).data == b"hello!"


async def test_nobody_answers(nats1: NatsServers, connect: Connect) -> None:
    connection = await connect(nats1.urls)
    with pytest.raises(UnavailableError, match="nobody answers"):
        await connection.request("nobody", b"", 5)


async def test_an_answer_that_does_not_come_is_not_waited_for(
    nats1: NatsServers, connect: Connect
) -> None:
    connection = await connect(nats1.urls)
    await connection.listen("silent", lambda message: None)
    with pytest.raises(UnavailableError, match="no answer in time"):
        await connection.request("silent", b"", 0.05)
    assert not connection._answers


async def test_messages_come_in_order_and_an_error_does_not_stop_them(
    nats1: NatsServers, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    connection = await connect(nats1.urls)
    got: list[int] = []

    def take(message: Message) -> None:
        got.append(int(message.data))
        if got[-1] == 3:
            raise LookupError("three")

    await connection.listen("numbers", take)
    for number in range(1000):
        connection.publish("numbers", b"%d" % number)
    await until(lambda: len(got) == 1000)
    assert got == list(range(1000))
    assert "message not taken subject=numbers" in caplog.text


async def test_messages_of_any_size_come_whole(nats1: NatsServers, connect: Connect) -> None:
    await exchange_sizes(await connect(nats1.urls))


async def test_no_node_at_all_and_then_one(tmp_path: Path) -> None:
    servers = NatsServers(tmp_path)
    connection = Connection(servers.urls, "lab", "host")
    heard: list[bytes] = []
    await connection.listen("early", lambda message: heard.append(message.data))
    try:
        with pytest.raises(UnavailableError):
            connection.publish("early", b"lost")
        async with asyncio.timeout(2):
            with pytest.raises(UnavailableError, match="Connect call failed"):
                await connection.open(0.1)
        with pytest.raises(UnavailableError):
            await connection.request("early", b"", 1)
        await asyncio.to_thread(servers.start)
        await connection.open(10)
        connection.publish("early", b"first")
        await until(lambda: heard == [b"first"])
    finally:
        await connection.close()
        servers.close()


async def test_nothing_is_sent_after_a_reconnect_that_was_given_before(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with running_nats(tmp_path) as servers:
        connection = Connection(servers.urls, "lab", "host")
        changes: list[bool] = []
        heard: list[bytes] = []
        try:
            await connection.open(10)
            unwatch = connection.watch(changes.append)
            await connection.listen("late", lambda message: heard.append(message.data))
            asking = asyncio.create_task(connection.request("late", b"asked", 60))
            await until(lambda: heard == [b"asked"])
            late = b"PUB late 4\r\nlate\r\n"
            connection.client._pending.append(late)  # given, and not sent yet
            connection.client._pending_data_size += len(late)
            servers.kill(0)
            with pytest.raises(UnavailableError, match="the connection was lost"):
                await asyncio.wait_for(asking, 10)
            assert not connection.connected
            with pytest.raises(UnavailableError):
                connection.publish("late", b"late")
            await asyncio.to_thread(servers.mend)
            await connection.open(10)
            connection.publish("late", b"new")
            await until(lambda: len(heard) > 1)
            assert heard == [b"asked", b"new"]
            assert changes == [False, True]
            unwatch()
        finally:
            await connection.close()
    assert changes == [False, True]
    assert caplog.text.count("cluster connected node=127.0.0.1") == 2
    assert "cluster not connected error=" in caplog.text


async def test_a_node_that_takes_nothing_is_not_waited_for(tmp_path: Path) -> None:
    with running_nats(tmp_path) as servers:
        connection = Connection(servers.urls, "lab", "host")
        try:
            await connection.open(10)
            servers.freeze(0)
            with pytest.raises(UnavailableError, match="takes nothing"):  # noqa: PT012
                for _ in range(100):
                    connection.publish("sink", bytes(900_000))
                    await asyncio.sleep(0)
            async with asyncio.timeout(3):
                await connection.close()
        finally:
            servers.thaw(0)


async def test_an_error_of_the_node_does_not_end_the_connection(
    nats1: NatsServers, connect: Connect
) -> None:
    connection = await connect(nats1.urls)
    changes: list[bool] = []
    connection.watch(changes.append)
    connection.client._transport.write(b"NONSENSE\r\n")
    await until(lambda: changes == [False, True])
    assert (await connection.request("$JS.API.INFO", b"", 5)).data


async def test_a_message_that_can_never_be_sent(nats1: NatsServers, connect: Connect) -> None:
    connection = await connect(nats1.urls)
    with pytest.raises(ValueError, match="2000000 bytes for 'sink'"):
        connection.publish("sink", bytes(2_000_000))
    with pytest.raises(ValueError, match="invalid subject"):
        connection.publish("two words", b"")


async def test_a_url_that_is_wrong(connect: Connect) -> None:
    with pytest.raises(ValueError, match="nats://:x"):
        await connect(["nats://:x"])


async def test_tls_is_not_given_up(nats1: NatsServers, connect: Connect) -> None:
    with pytest.raises(UnavailableError, match="secure connection"):
        await connect([nats1.urls[0].replace("nats://", "tls://")], within=0.5)


async def test_a_node_that_says_nothing_is_passed_over(
    nats1: NatsServers, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.cluster.connection.CONNECT_WITHIN", 0.2)
    writers: list[asyncio.StreamWriter] = []

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with contextlib.suppress(OSError):
            await reader.read()
        writer.close()

    port = lasting_port()
    async with await asyncio.start_server(silent, "127.0.0.1", port):
        connection = await connect([f"nats://127.0.0.1:{port}", *nats1.urls])
        url = connection.client.connected_url
        assert url
        assert url.geturl() == nats1.urls[0]
        await until(lambda: writers and all(writer.is_closing() for writer in writers))
