"""Pictures and other files in a room that takes them (docs/protocol.md, part 2)."""

import asyncio
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.conftest import StartServer
from tests.support.pictures import (
    FORMATS,
    animated_gif,
    flat_png,
    noise,
    opened,
    orientation,
    picture,
    pixel,
)
from tests.support.protocol_client import ProtocolClient, joined_clients
from tests.support.running import RunningServer, eventually

SAFE = "sandbox; default-src 'none'"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("server")
    options = ("--max-users", "50", "--rate", "0", "--workers", "2", "--files", "any")
    with closing(RunningServer(folder, *options)) as running:
        yield running


@pytest.fixture(scope="module")
def pictures_only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("pictures")
    options = ("--max-users", "50", "--rate", "0", "--files", "pictures")
    with closing(RunningServer(folder, *options)) as running:
        yield running


async def get(client: ProtocolClient, path: str, **headers: str) -> tuple[int, Any, bytes]:
    async with client.http.get(client.url + path, headers=headers) as answer:
        return answer.status, answer.headers, await answer.read()


@pytest.mark.parametrize(("format", "type"), FORMATS.items())
async def test_a_picture_has_type_size_and_thumbnail(
    server: RunningServer, format: str, type: str
) -> None:
    data = picture(format, (1200, 600))
    async with joined_clients(server.url, "ann", "ben") as (ann, ben):
        status, _, file = await ann.share(f"a.{format.lower()}", data)
        assert status == 201
        await ben.until(type="shared", file=file)
        assert (file["type"], file["width"], file["height"]) == (type, 1200, 600)
        assert (file["lines"], file["preview"]) == (0, "")
        status, headers, body = await get(ben, file["url"])
        assert (status, body) == (200, data)
        assert headers["Content-Type"] == type
        assert headers["Content-Disposition"].startswith("inline; ")
        status, thumb, body = await get(ben, file["thumb"])
        assert (status, thumb["Content-Type"]) == (200, "image/webp")
        small = opened(body)
        assert (small.format, small.size) == ("WEBP", (480, 240))
        red, blue = (pixel(small.convert("RGB"), (x, 120)) for x in (20, 460))
        assert (red[0] > 200, red[2] < 60) == (True, True)
        assert (blue[0] < 60, blue[2] > 200) == (True, True)
        for each in (headers, thumb):
            assert each["Content-Security-Policy"] == SAFE
            assert each["X-Content-Type-Options"] == "nosniff"
        tag = thumb["ETag"]
        assert (await get(ben, file["thumb"], **{"If-None-Match": tag}))[0] == 304


async def test_a_thumbnail_is_turned_and_tells_nothing_else(server: RunningServer) -> None:
    data = picture("JPEG", (1000, 500), exif=orientation(6), comment=b"SECRET COMMENT")
    async with joined_clients(server.url, "cid") as (cid,):
        _, _, file = await cid.share("a.jpg", data)
        assert (file["width"], file["height"]) == (500, 1000)
        _, _, body = await get(cid, file["thumb"])
        small = opened(body)
        assert small.size == (180, 360)
        assert pixel(small.convert("RGB"), (90, 20))[0] > 200  # red was left, and is on top
        assert not small.getexif()
        assert b"SECRET" not in body


@pytest.mark.parametrize(
    ("data", "type", "how"),
    [
        (b"plain\n", "text/plain; charset=utf-8", "attachment"),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            "text/plain; charset=utf-8",
            "attachment",
        ),
        (b"<html><script>alert(1)</script>", "text/plain; charset=utf-8", "attachment"),
        (b"%PDF-1.7\n\0\1\2", "application/pdf", "attachment"),
        (b"\0\1\2\3" * 300, "application/octet-stream", "attachment"),
        (b"PK\x03\x04" + bytes(600), "application/zip", "attachment"),
        (b"", "text/plain; charset=utf-8", "attachment"),
    ],
)
async def test_any_file_is_served_as_what_it_is_and_acts_on_nothing(
    server: RunningServer, data: bytes, type: str, how: str
) -> None:
    async with joined_clients(server.url, "dan") as (dan,):
        status, _, file = await dan.share("picture.png", data)
        assert status == 201
        assert file["type"] == type.partition(";")[0]
        assert not {"thumb", "width", "height"} & set(file)
        status, headers, body = await get(dan, file["url"])
        assert (status, body, headers["Content-Type"]) == (200, data, type)
        assert headers["Content-Disposition"].startswith(how)
        assert headers["Content-Security-Policy"] == SAFE
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert (await get(dan, f"/files/{file['id']}/~thumb"))[0] == 404


@pytest.mark.parametrize("format", FORMATS)
async def test_pictures_and_text_only(pictures_only: RunningServer, format: str) -> None:
    async with joined_clients(pictures_only.url, "eve") as (eve,):
        for data, status in ((picture(format), 201), (b"text\n", 201), (b"\0\1" * 900, 415)):
            answer, _, body = await eve.share("a", data)
            assert answer == status
        assert (body["code"], body["params"]) == ("not_text", {"rule": "pictures"})
        begins_like_one = picture(format)[:12] + bytes(1000)
        answer, _, body = await eve.share("a", begins_like_one)
        assert (answer, body["code"]) == (415, "not_text")
        assert not list((pictures_only.downloads / ".incoming").iterdir())


async def test_what_is_no_picture_is_refused_before_all_of_it_has_come(
    pictures_only: RunningServer,
) -> None:
    async with joined_clients(pictures_only.url, "fay") as (fay,):
        more = asyncio.Event()

        async def body() -> Any:
            for _ in range(40):  # more than may wait until the first of it is checked
                yield b"\0" * 100_000
            await more.wait()
            yield b"\0" * 1_000_000

        headers = {
            "Authorization": f"Bearer {fay.welcome['token']}",
            "Content-Length": "5000000",
        }
        async with fay.http.post(
            pictures_only.url + "/files", data=body(), headers=headers
        ) as answer:
            assert answer.status == 415
            assert not list((pictures_only.downloads / ".incoming").iterdir())
        more.set()


HOSTILE = {
    "30000x30000": (flat_png(30_000, 30_000, rows=3), "image/png"),
    "63 MP": (flat_png(9_000, 7_000), "image/png"),
    "half a PNG": (noise((400, 300), "PNG")[:9000], "image/png"),
    "half a JPEG": (noise((400, 300), "JPEG")[:9000], "image/jpeg"),
    "half a GIF": (noise((400, 300), "GIF")[:9000], "image/gif"),
    "half a WebP": (noise((400, 300), "WEBP")[:9000], "application/octet-stream"),
    "half a GIF header": (b"GIF89a\xff\xff\xff\xff", "application/octet-stream"),
    "EPS as PNG": (
        b"\x89PNG\r\n\x1a\n%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n" * 40,
        "application/octet-stream",
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_a_hostile_picture_is_a_file_without_thumbnail(
    server: RunningServer, kind: str
) -> None:
    data, type = HOSTILE[kind]
    async with joined_clients(server.url, "gus") as (gus,):
        status, _, file = await gus.share("a.png", data)
        assert status == 201
        assert file["type"] == type
        assert not {"thumb", "width", "height"} & set(file)
        status, _, body = await get(gus, file["url"])
        assert (status, body) == (200, data)
        # The next picture is not harmed.
        _, _, file = await gus.share("b.png", picture())
        assert file["thumb"]


@pytest.mark.parametrize(
    "data",
    [
        animated_gif(10_000),
        flat_png(6_300, 6_300, kind=6),
        flat_png(6_000, 6_000, kind=6, rows=1),
        picture("PNG") + b"PK\x03\x04" + b"<script>alert(1)</script>" * 9,
        picture("PNG", (1, 1)),
        picture("PNG", (1, 30_000)),
    ],
    ids=["10,000 frames", "40 MP", "one row of 6,000", "polyglot", "one pixel", "thin"],
)
async def test_odd_pictures_have_a_thumbnail(server: RunningServer, data: bytes) -> None:
    async with joined_clients(server.url, "hal") as (hal,):
        _, _, file = await hal.share("a", data)
        _, _, body = await get(hal, file["thumb"])
        small = opened(body)
        assert small.width <= 480
        assert small.height <= 360
        assert getattr(small, "n_frames", 1) == 1


async def test_a_thumbnail_goes_with_its_file(server: RunningServer) -> None:
    async with joined_clients(server.url, "ian", features=["deleting"]) as (ian,):
        _, _, file = await ian.share("goes.png", picture())
        thumbnail = server.downloads / ".thumbnails" / "goes.png.webp"
        assert thumbnail.exists()
        shared = await ian.until(type="shared", file=file)
        await ian.send("delete", id="d1", seq=shared["seq"])
        await ian.until(type="deleted")
        eventually(lambda: not thumbnail.exists())
        assert (await get(ian, file["thumb"]))[0] in (404, 410)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_process_that_died_or_hangs_is_started_again(
    start_server: StartServer, number: signal.Signals
) -> None:
    server = start_server("--files", "any", "--hung-after", "1")
    server.expect_errors = True
    async with joined_clients(server.url, "jan") as (jan,):
        (process,) = server.children("thumbnails")
        process.send_signal(number)
        eventually(lambda: process.pid not in [one.pid for one in server.children("thumb")])
        eventually(lambda: server.children("thumb"))
        _, _, file = await jan.share("a.png", picture())
        assert file["thumb"]


async def test_many_pictures_at_once_delay_no_message(start_server: StartServer) -> None:
    server = start_server(
        "--max-users", "40", "--rate", "0", "--workers", "2", "--files", "any"
    )
    data = noise((1920, 1080), "JPEG")
    names = [f"m{number}" for number in range(12)]
    async with joined_clients(server.url, "ann", *names) as (ann, *members):
        uploads = [asyncio.create_task(one.share("a.jpg", data)) for one in members]
        waits: list[float] = []
        while not all(one.done() for one in uploads):
            began = time.monotonic()
            await ann.send("say", id=f"s{len(waits)}", text="hello")
            await ann.until(type="said", id=f"s{len(waits)}")
            waits.append(time.monotonic() - began)
            await asyncio.sleep(0.01)  # a person sends less
        files = [(await one)[2] for one in uploads]
        assert all("thumb" in one for one in files)
        assert max(waits) < 5
