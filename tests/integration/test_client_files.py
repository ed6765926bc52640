"""Uploads and downloads of the client through a proxy that cuts connections."""

import filecmp
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue

import psutil
import pytest

from client_mvc.network import api, api_files
from client_mvc.network.thread import NetworkThread
from shared import messages
from shared.identity import ServerIdentity
from shared.joinlink import Address
from tests.conftest import StartServer
from tests.faults.proxy import Proxy
from tests.support.running import RunningServer, eventually

WITHIN = 60.0
MIB = 1024 * 1024
TEXT = "".join(f"line {number} of a file that takes its time\n" for number in range(100_000))


class NetworkClient:
    """The network thread of a client that has joined, and its events so far."""

    def __init__(self, port: int) -> None:
        self.address = Address("127.0.0.1", port)
        self.received: list[api.NetworkEvent] = []
        self._queue: SimpleQueue[api.SessionEvent] = SimpleQueue()
        self.network = NetworkThread(self._queue)
        self.network.start()
        self.network.connect(1, api.JoinOptions(self.address, f"user{port}"))
        self.until(api.CaughtUp)

    def until[T](self, kind: type[T], holds: Callable[[T], bool] = lambda _: True) -> T:
        """Return the next event of this kind for which `holds` is true."""
        deadline = time.monotonic() + WITHIN
        while True:
            try:
                _, event = self._queue.get(timeout=max(0.0, deadline - time.monotonic()))
            except Empty:
                pytest.fail(f"no {kind.__name__}; last: {self.received[-5:]}")
            self.received.append(event)
            if isinstance(event, kind) and holds(event):
                return event

    def shared(self) -> list[messages.Shared]:
        """Return the `shared` events that it received."""
        events = [each.event for each in self.received if isinstance(each, api.EventReceived)]
        return [event for event in events if isinstance(event, messages.Shared)]

    def close(self) -> None:
        self.network.stop()


@pytest.fixture
def running(start_server: StartServer) -> RunningServer:
    return start_server("--workers", "2")


@pytest.fixture
def proxy(running: RunningServer) -> Iterator[Proxy]:
    with closing(Proxy(running.port)) as proxy:
        yield proxy


@pytest.fixture
def client(proxy: Proxy) -> Iterator[NetworkClient]:
    """Yield a client whose connections go through the proxy."""
    with closing(NetworkClient(proxy.port)) as client:
        yield client


@pytest.fixture
def observer(running: RunningServer) -> Iterator[NetworkClient]:
    """Yield a client whose connections do not go through the proxy."""
    with closing(NetworkClient(running.port)) as observer:
        yield observer


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes.txt"
    path.write_text(TEXT)
    return path


def test_a_large_file_takes_little_memory_both_ways(
    start_server: StartServer, tmp_path: Path
) -> None:
    """200 MiB stand for 2 GiB: what is held does not grow with the file."""
    size = 200 * MIB
    path, target = tmp_path / "large.bin", tmp_path / "back.bin"
    with path.open("wb") as file:
        file.write(b"\0\1\2")
        file.truncate(size)
    server = start_server("--files", "any", "--max-file", "1GiB", "--quota", "0")
    processes = [psutil.Process(), *server.children("worker")]
    with closing(NetworkClient(server.port)) as client, _memory(processes) as more:
        client.network.upload("key", path)
        client.until(api_files.UploadDone)
        while not client.shared():
            client.until(api.EventReceived)
        (shared,) = client.shared()
        assert shared.file
        assert shared.file.size == size
        request = api_files.DownloadRequest("back", shared.file, target)
        client.network.download(ServerIdentity(client.address), request)
        client.until(api_files.DownloadDone)
    assert filecmp.cmp(path, target, shallow=False)
    assert max(more) < 64 * MIB, more


@contextmanager
def _memory(processes: list[psutil.Process]) -> Iterator[list[int]]:
    """Yield how many bytes more than before each process has at most."""
    before = [process.memory_info().rss for process in processes]
    more = [0] * len(processes)
    end = threading.Event()

    def look() -> None:
        while not end.wait(0.01):
            for number, process in enumerate(processes):
                now = process.memory_info().rss - before[number]
                more[number] = max(more[number], now)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield more
    finally:
        end.set()
        thread.join()


def arriving(running: RunningServer) -> int:
    """Return how many bytes of unfinished uploads the server has."""
    size = 0
    for part in (running.downloads / ".incoming").iterdir():
        with suppress(FileNotFoundError):  # the upload has just ended
            size += part.stat().st_size
    return size


def assert_shared_once(
    running: RunningServer, client: NetworkClient, observer: NetworkClient
) -> None:
    """Check that both clients and the folder have the file once, and that it is whole."""
    for each in (client, observer):
        if not each.shared():
            each.until(
                api.EventReceived, lambda event: isinstance(event.event, messages.Shared)
            )
        # A second `shared` event would come before the answer to this.
        each.network.report("barrier")
        each.until(api.ReportReceived)
        assert [event.file.name for event in each.shared()] == ["notes.txt"]
    kept = [path for path in running.downloads.iterdir() if path.is_file()]
    assert [path.name for path in kept if not path.name.startswith(".")] == ["notes.txt"]
    assert (running.downloads / "notes.txt").read_text() == TEXT
    eventually(lambda: not arriving(running))


def test_an_upload_continues_by_itself_after_a_cut(
    running: RunningServer,
    proxy: Proxy,
    client: NetworkClient,
    observer: NetworkClient,
    notes: Path,
) -> None:
    proxy.set_mode("delay")
    client.network.upload("key", notes)
    eventually(lambda: arriving(running) > 0)
    proxy.cut()
    proxy.set_mode("pass")
    assert client.until(api_files.UploadRetrying).key == "key"
    assert client.until(api_files.UploadProgress).fraction > 0, "it starts where it was cut"
    client.until(api_files.UploadDone)
    assert_shared_once(running, client, observer)


def test_an_upload_with_a_lost_answer_is_shared_once(
    running: RunningServer,
    proxy: Proxy,
    client: NetworkClient,
    observer: NetworkClient,
    notes: Path,
) -> None:
    proxy.set_mode("delay")
    client.network.upload("key", notes)
    eventually(lambda: arriving(running) > 0)
    proxy.set_mode("stall")
    eventually((running.downloads / "notes.txt").exists)
    proxy.cut()
    proxy.set_mode("pass")
    client.until(api_files.UploadDone)
    assert_shared_once(running, client, observer)


def test_an_upload_continues_after_a_restart_of_the_server(
    running: RunningServer,
    client: NetworkClient,
    observer: NetworkClient,
    notes: Path,
    proxy: Proxy,
) -> None:
    proxy.set_mode("delay")
    client.network.upload("key", notes)
    eventually(lambda: arriving(running) > 0)
    running.stop()
    client.until(api_files.UploadRetrying)
    proxy.set_mode("pass")
    running.start(running.port)
    client.until(api_files.UploadDone)
    assert_shared_once(running, client, observer)


def test_a_download_continues_where_it_was_cut(
    proxy: Proxy, client: NetworkClient, notes: Path, tmp_path: Path
) -> None:
    client.network.upload("key", notes)
    client.until(api_files.UploadDone)
    if not client.shared():
        client.until(api.EventReceived, lambda event: isinstance(event.event, messages.Shared))
    file = client.shared()[0].file
    assert isinstance(file, messages.File)
    assert file.sha256 == hashlib.sha256(TEXT.encode()).hexdigest()
    folder = tmp_path / "saved"
    folder.mkdir()
    proxy.set_mode("delay")
    wanted = api_files.DownloadRequest("d", file, folder / "notes.txt", replace=False)
    client.network.download(ServerIdentity(client.address), wanted)
    client.until(api_files.DownloadProgress, lambda event: event.fraction > 0.2)
    proxy.cut()
    client.until(api_files.DownloadProgress)
    assert [path.suffix for path in folder.iterdir()] == [".part"]
    proxy.set_mode("pass")
    assert client.until(api_files.DownloadDone).target == folder / "notes.txt"
    assert (folder / "notes.txt").read_text() == TEXT
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    parts = [
        each.fraction
        for each in client.received
        if isinstance(each, api_files.DownloadProgress)
    ]
    assert parts == sorted(parts)  # it never starts again
