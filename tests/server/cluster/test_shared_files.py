"""The room's files in the object store: what two hosts see of each other's."""

import asyncio
import hashlib
import io
import secrets
from pathlib import Path

import pytest

from server.cluster.objects import Objects
from server.cluster.shared_files import SharedFiles
from server.files.copies import Copies
from server.files.folder import Folder
from server.files.remote import (
    RemoteFiles,
    RemoteMissingError,
    RemoteUnavailableError,
    delete_shared,
    thumbnail_name,
)
from tests.server.cluster.conftest import Connect
from tests.support.nats_servers import NatsServers


@pytest.fixture
async def remote(nats1: NatsServers, connect: Connect) -> SharedFiles:
    objects = Objects(await connect(nats1.urls), f"test_{secrets.token_hex(8)}", 1)
    await objects.open()
    return SharedFiles(objects)


def host(path: Path, remote: RemoteFiles) -> tuple[Folder, Copies]:
    folder = Folder(path, unique=True)
    folder.prepare()
    return folder, Copies(folder, remote)


async def test_a_file_goes_from_host_to_host(remote: RemoteFiles, tmp_path: Path) -> None:
    here, copies = host(tmp_path / "a", remote)
    there, other = host(tmp_path / "b", remote)
    data = secrets.token_bytes(300_000).hex().encode()
    upload = here.begin("notes.txt", len(data))
    upload.write(data)
    with upload.reopen() as file:
        upload.check()
        await copies.store(upload.stored, file, b"small")
    kept = upload.finish()
    await asyncio.gather(
        *(other.fetch(kept.stored, kept.size, kept.sha256) for _ in range(3)),
        other.fetch_thumbnail(kept.stored),
    )
    with (
        there.open(kept.stored, kept.size) as file,
        there.thumbnails.open(kept.stored) as thumb,
    ):
        assert (file.read(), thumb.read()) == (data, b"small")
    await delete_shared(remote, kept.stored)
    with pytest.raises(RemoteMissingError):
        await copies.fetch(kept.stored, kept.size, kept.sha256)
    with pytest.raises(RemoteMissingError):
        await copies.fetch_thumbnail(kept.stored)


async def test_another_file_is_missing(remote: RemoteFiles) -> None:
    await remote.put("a.txt", io.BytesIO(b"other"))
    with pytest.raises(RemoteMissingError):
        await remote.fetch("a.txt", io.BytesIO(), hashlib.sha256(b"mine").hexdigest())


async def test_a_node_that_stands_still(nats1: NatsServers, remote: SharedFiles) -> None:
    nats1.freeze(0)
    for call in (
        remote.sweep(bool),
        remote.put("a.txt", io.BytesIO(b"text")),
        remote.fetch("a.txt", io.BytesIO()),
        remote.delete("a.txt"),
    ):
        with pytest.raises(RemoteUnavailableError):
            await call


async def test_files_that_nobody_shared_are_swept(remote: SharedFiles) -> None:
    for name in ("shared.png", "lost.png"):
        await remote.put(thumbnail_name(name), io.BytesIO(b"small"))
        await remote.put(name, io.BytesIO(b"large"))
    assert await remote.sweep("shared.png".__eq__) == 0, "they are too young"
    assert await remote.sweep("shared.png".__eq__, older=0) == 2
    for name in ("shared.png", thumbnail_name("shared.png")):
        await remote.fetch(name, io.BytesIO())
    with pytest.raises(RemoteMissingError):
        await remote.fetch("lost.png", io.BytesIO())
