"""Files: shared by button, by dropping and by pasting; shown, opened, saved."""

from contextlib import closing
from pathlib import Path

from playwright.async_api import FilePayload, Request, expect

from tests.browser.conftest import OpenTab
from tests.browser.network import Network
from tests.browser.tab import Tab
from tests.support.protocol_client import joined_clients
from tests.support.running import RunningServer
from tests.support.waiting import until

NOTES = "# Deploy notes\n1. stop the old relay\n2. copy rooms.db, größe 👍\n"

_TRANSFER = """
([target, type, name, content]) => {
    const data = new DataTransfer();
    data.items.add(new File([content], name, {type: 'text/plain'}));
    if (type === 'paste') {
        target.dispatchEvent(new ClipboardEvent('paste',
            {clipboardData: data, bubbles: true, cancelable: true}));
        return;
    }
    for (const each of ['dragenter', 'dragover', 'drop'])
        target.dispatchEvent(new DragEvent(each,
            {dataTransfer: data, bubbles: true, cancelable: true}));
}
"""


def payload(name: str, content: str | bytes) -> FilePayload:
    """Return a file as the file chooser hands it over."""
    data = content.encode() if isinstance(content, str) else content
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


async def choose(tab: Tab, file: FilePayload | Path) -> None:
    """Press + and choose a file."""
    async with tab.page.expect_file_chooser() as choosing:
        await tab.button("Share files").click()
    await (await choosing.value).set_files(file)


async def test_a_chosen_file_is_shown_and_saved(
    room: RunningServer, open_tab: OpenTab, tmp_path: Path
) -> None:
    ann = await open_tab(room, "ann1")
    ben = await open_tab(room, "ben1")
    await choose(ann, payload("deploy notes.txt", NOTES))
    for tab in (ann, ben):
        card = tab.card("deploy notes.txt")
        await expect(card).to_contain_text("stop the old relay")
    card = ben.card("deploy notes.txt")
    async with ben.page.expect_download() as saving:
        await card.get_by_role("button", name="Save").click()
    download = await saving.value
    assert download.suggested_filename == "deploy notes.txt"
    await download.save_as(tmp_path / "saved")
    assert (tmp_path / "saved").read_text("utf-8") == NOTES
    await card.get_by_role("button", name="Open").click()
    dialog = ben.dialog()
    await expect(dialog).to_contain_text("copy rooms.db, größe 👍")
    await ben.page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()


async def test_files_are_shared_by_dropping_and_pasting(
    room: RunningServer, open_tab: OpenTab
) -> None:
    tab = await open_tab(room, "ann2")
    field = await tab.composer.element_handle()
    pane = await tab.conversation.element_handle()
    await tab.page.evaluate(_TRANSFER, [pane, "drop", "dropped.txt", "dropped content"])
    await expect(tab.page.get_by_role("button", name="Remove dropped.txt")).to_be_visible()
    await tab.page.keyboard.press("Enter")
    await expect(tab.card("dropped.txt")).to_contain_text("dropped content")
    await tab.page.evaluate(_TRANSFER, [field, "paste", "pasted.txt", "pasted content"])
    await expect(tab.page.get_by_role("button", name="Remove pasted.txt")).to_be_visible()
    await tab.page.keyboard.press("Enter")
    await expect(tab.card("pasted.txt")).to_contain_text("pasted content")
    await expect(tab.composer).to_have_value("")


async def test_a_file_that_is_no_text_says_why_it_was_refused(
    room: RunningServer, open_tab: OpenTab
) -> None:
    tab = await open_tab(room, "ann3")
    await choose(tab, payload("picture.raw", b"\x89PNG\x00\x00" * 50))
    row = tab.uploads.filter(has_text="picture.raw")
    await expect(row).to_contain_text("This file is not text.")
    await row.get_by_role("button", name="Remove").click()
    await expect(row).to_have_count(0)


async def test_too_large_a_file_is_not_even_sent(
    room: RunningServer, open_tab: OpenTab, tmp_path: Path
) -> None:
    tab = await open_tab(room, "ann4")
    posted: list[str] = []
    tab.page.on("request", lambda request: posted.append(request.method))
    large = tmp_path / "large.txt"
    large.write_bytes(b"x" * (10 * 1024 * 1024 + 1))
    await choose(tab, large)
    await expect(tab.uploads.filter(has_text="large.txt")).to_contain_text("at most")
    assert "POST" not in posted


async def test_an_upload_shows_its_progress_and_can_be_cancelled(
    room: RunningServer, open_tab: OpenTab
) -> None:
    with closing(Network(room.port)) as network:
        tab = await open_tab(f"http://127.0.0.1:{network.port}", "ann5")
        network.set_mode("delay")  # 64 KiB each 50 ms
        await choose(tab, payload("slow.txt", b"a line of text\n" * 400_000))
        row = tab.uploads.filter(has_text="slow.txt")
        bar = row.get_by_role("progressbar")
        await expect(bar).to_be_visible()
        first = float(await bar.get_attribute("value") or 0)
        await expect(bar).not_to_have_attribute("value", str(first))
        await row.get_by_role("button", name="Cancel").click()
        await expect(row).to_have_count(0)
        network.set_mode("pass")
        await tab.send("after the file 5")
        await tab.shows("after the file 5")
        await expect(tab.card("slow.txt")).to_have_count(0)


async def test_a_cut_upload_goes_on_where_it_was(
    small_room: RunningServer, network: Network, open_tab: OpenTab
) -> None:
    content = b"".join(b"line %d\n" % number for number in range(400_000))
    tab = await open_tab(f"http://127.0.0.1:{network.port}", "ann")
    offsets: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            offsets.append(request.headers.get("upload-offset", ""))

    tab.page.on("request", note)
    network.set_mode("delay")
    await choose(tab, payload("resumed.txt", content))
    # Chromium itself repeats a request whose connection was used before, so once is not enough.
    for _ in range(2):
        enough = network.passed + 500_000
        await until(lambda enough=enough: network.passed > enough)
        network.cut()
    network.set_mode("pass")
    await expect(tab.card("resumed.txt")).to_have_count(1)
    assert int(offsets[-1]) > 0
    async with joined_clients(small_room.url, "desk", history=1000) as (desk,):
        await desk.barrier()
        (shared,) = [
            event["file"]
            for event in desk.events
            if event["type"] == "shared" and event["file"]["name"] == "resumed.txt"
        ]
        async with desk.http.get(small_room.url + shared["url"]) as answer:
            assert await answer.read() == content


async def test_a_file_is_no_document_of_the_room(
    room: RunningServer, open_tab: OpenTab
) -> None:
    """A shared HTML file must not run as a page of the room."""
    tab = await open_tab(room, "ann7")
    script = "<script>document.title = 'stolen ' + sessionStorage.length</script>"
    await choose(tab, payload("trap.html", f"<!doctype html><title>trap</title>{script}"))
    card = tab.card("trap.html")
    await expect(card).to_contain_text("stolen")
    async with joined_clients(room.url, "desk7", history=1000) as (desk,):
        await desk.barrier()
        files = [each["file"] for each in desk.events if each["type"] == "shared"]
        url = next(each["url"] for each in files if each["name"].startswith("trap"))
        async with desk.http.get(room.url + url) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "sandbox" in policy
            assert "allow-same-origin" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
