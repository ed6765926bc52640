"""The client's files through a network that breaks: a real server, a proxy that cuts."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest

from client_mvc.network import api
from client_mvc.network.thread import NetworkThread
from shared import messages
from shared.joinlink import Address
from tests.conftest import StartServer
from tests.faults.proxy import Proxy
from tests.support.running import RunningServer, eventually

WITHIN = 60.0
TEXT = "".join(f"line {number} of a file that takes its time\n" for number in range(100_000))


class Client:
    """The network of a client, joined, and what it told so far."""

    def __init__(self, port: int) -> None:
        self.address = Address("127.0.0.1", port)
        self.told: list[api.NetworkEvent] = []
        self._queue: SimpleQueue[api.SessionEvent] = SimpleQueue()
        self.network = NetworkThread(self._queue)
        self.network.start()
        self.network.connect(1, api.JoinOptions(self.address, f"user{port}"))
        self.until(api.CaughtUp)

    def until[T](self, kind: type[T], holds: Callable[[T], bool] = lambda _: True) -> T:
        """The next news of this kind for which this holds."""
        deadline = time.monotonic() + WITHIN
        while True:
            try:
                _, told = self._queue.get(timeout=max(0.0, deadline - time.monotonic()))
            except Empty:
                pytest.fail(f"no {kind.__name__}; last: {self.told[-5:]}")
            self.told.append(told)
            if isinstance(told, kind) and holds(told):
                return told

    def shared(self) -> list[messages.Shared]:
        """What the room showed it."""
        events = [told.event for told in self.told if isinstance(told, api.EventReceived)]
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
def client(proxy: Proxy) -> Iterator[Client]:
    """One whose connections all go through the proxy."""
    with closing(Client(proxy.port)) as client:
        yield client


@pytest.fixture
def observer(running: RunningServer) -> Iterator[Client]:
    """One whose connections are good."""
    with closing(Client(running.port)) as observer:
        yield observer


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes.txt"
    path.write_text(TEXT)
    return path


def arriving(running: RunningServer) -> int:
    """How many bytes of an unfinished upload the server has."""
    size = 0
    for part in (running.downloads / ".incoming").iterdir():
        with suppress(FileNotFoundError):  # it was finished, or given up, just now
            size += part.stat().st_size
    return size


def shared_once(running: RunningServer, client: Client, observer: Client) -> None:
    """In the folder and in the eyes of everybody there is one file, and it is whole."""
    for each in (client, observer):
        if not each.shared():
            each.until(api.EventReceived, lambda told: isinstance(told.event, messages.Shared))
        # Whatever came twice came before this.
        each.network.report("barrier")
        each.until(api.ReportReceived)
        assert [event.file.name for event in each.shared()] == ["notes.txt"]
    kept = [path for path in running.downloads.iterdir() if path.is_file()]
    assert [path.name for path in kept if not path.name.startswith(".")] == ["notes.txt"]
    assert (running.downloads / "notes.txt").read_text() == TEXT
    eventually(lambda: not arriving(running))


def test_an_upload_cut_in_the_middle_goes_on_by_itself_and_is_shared_once(
    running: RunningServer, proxy: Proxy, client: Client, observer: Client, notes: Path
) -> None:
    proxy.set_mode("delay")
    client.network.upload("key", notes)
    eventually(lambda: arriving(running) > 0)
    proxy.cut()
    proxy.set_mode("pass")
    assert client.until(api.UploadRetrying).key == "key"
    assert client.until(api.UploadProgress).fraction > 0, "where it was"
    client.until(api.UploadDone)
    shared_once(running, client, observer)


def test_an_upload_whose_answer_is_lost_is_shared_once(
    running: RunningServer, proxy: Proxy, client: Client, observer: Client, notes: Path
) -> None:
    proxy.set_mode("stall")
    client.network.upload("key", notes)
    eventually((running.downloads / "notes.txt").exists)
    proxy.cut()
    proxy.set_mode("pass")
    client.until(api.UploadDone)
    shared_once(running, client, observer)


def test_an_upload_outlives_a_restart_of_the_server(
    running: RunningServer, client: Client, observer: Client, notes: Path, proxy: Proxy
) -> None:
    proxy.set_mode("delay")
    client.network.upload("key", notes)
    eventually(lambda: arriving(running) > 0)
    running.stop()
    client.until(api.UploadRetrying)
    proxy.set_mode("pass")
    running.start(running.port)
    client.until(api.UploadDone)
    shared_once(running, client, observer)


def test_a_download_cut_in_the_middle_goes_on_where_it_was(
    proxy: Proxy, client: Client, notes: Path, tmp_path: Path
) -> None:
    client.network.upload("key", notes)
    client.until(api.UploadDone)
    if not client.shared():
        client.until(api.EventReceived, lambda told: isinstance(told.event, messages.Shared))
    file = client.shared()[0].file
    assert file.sha256 == hashlib.sha256(TEXT.encode()).hexdigest()
    folder = tmp_path / "saved"
    folder.mkdir()
    proxy.set_mode("delay")
    wanted = api.DownloadRequest("d", file, folder / "notes.txt", replace=False)
    client.network.download(client.address, wanted)
    client.until(api.DownloadProgress, lambda told: told.fraction > 0.2)
    proxy.cut()
    client.until(api.DownloadProgress)
    assert [path.suffix for path in folder.iterdir()] == [".part"]
    proxy.set_mode("pass")
    assert client.until(api.DownloadDone).target == folder / "notes.txt"
    assert (folder / "notes.txt").read_text() == TEXT
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    parts = [told.fraction for told in client.told if isinstance(told, api.DownloadProgress)]
    assert parts == sorted(parts)  # never from the beginning again
