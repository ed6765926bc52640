"""A page that others write into: text stays text, and nothing else gets in."""

import json
from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab, owner_key
from tests.conftest import StartServer
from tests.support.protocol_client import ProtocolClient, joined_clients
from tests.support.running import RunningServer

EVIL = (
    "<img src=x onerror=document.title='stolen'>",
    "<script>document.title='stolen'</script>",
    '"><svg onload=document.title="stolen">',
    "<a href='javascript:alert(1)'>click</a>",
    "&lt;b&gt;{{7*7}} ${7*7} <b>bold</b>",
    "`<img src=x onerror=alert(1)>`\n```\n<script>alert(1)</script>\n```",
    "\u202ereversed\u202c and \u2066isolated\u2069",
    "https://example.org/<script>alert(1)</script>",
    'https://example.org/"onmouseover="alert(1)',
)
ROOM = "<b>x</b>"


@pytest_asyncio.fixture(loop_scope="session")
async def desk(start_server: StartServer) -> AsyncIterator[ProtocolClient]:
    """A moderator in a room with an evil name."""
    server = start_server("--room", ROOM, "--rate", "0")
    key = owner_key(server)
    async with joined_clients(
        server.url, "desk", owner_key=key, features=["moderation", "deleting"]
    ) as (client,):
        yield client


async def bold_or_scripts(page: Page) -> int:
    """Return how many elements of the page came from what members wrote."""
    return await page.locator("b:text-is('x'), b:text-is('bold'), img, svg[onload]").count()


async def test_what_members_write_stays_text(desk: ProtocolClient, open_tab: OpenTab) -> None:
    tab = await open_tab(desk.url)
    await expect(tab.page.get_by_role("heading", name=ROOM)).to_be_visible()
    await tab.join("ann")
    for text in EVIL:
        await desk.send("say", text=text)
    await desk.send("topic", id="t", text="<i>topic</i><script>alert(1)</script>")
    status, _, file = await desk.share("%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E.txt", EVIL[0])
    assert status == 201
    await expect(tab.card(file["name"])).to_contain_text(EVIL[0])
    for text in EVIL[:5]:
        await expect(tab.message(text).first).to_be_visible()
    topic = tab.page.get_by_role("banner").get_by_text("<i>topic</i>")
    await expect(topic.filter(visible=True)).to_be_visible()
    assert await bold_or_scripts(tab.page) == 0
    assert "stolen" not in await tab.page.title()
    # Neither on the way in again, nor in search results, the report and dialogs.
    await tab.page.reload()
    await tab.in_room()
    results = await tab.search("onerror")
    await expect(results.filter(has_text="<img src=x").first).to_be_visible()
    await tab.page.keyboard.press("Escape")
    assert await bold_or_scripts(tab.page) == 0


async def test_events_of_later_servers_are_let_pass(
    room: RunningServer, open_tab: OpenTab
) -> None:
    """Unknown events have a `seq`; what follows them must not look like a gap."""
    tab = await open_tab(room)

    def later(message: str | bytes) -> str | bytes:
        content = json.loads(message)
        if content.get("text") == "to be changed":
            content = {**content, "type": "danced", "text": None, "steps": [1, {"2": 3}]}
            return json.dumps(content)
        if content.get("type") == "said":
            return json.dumps({**content, "mood": "good", "from": {"planet": "Mars"}})
        return message

    async with joined_clients(room.url, "desk") as (desk,):
        await tab.page.route_web_socket(
            "**/ws",
            lambda client: _pass_changed(client, later),
        )
        await tab.join("ann1")
        await desk.send("say", text="before the dance")
        await desk.send("say", text="to be changed")
        await desk.send("say", text="after the dance")
        await tab.shows("before the dance", "after the dance")
        await expect(tab.message("to be changed")).to_have_count(0)
        await expect(tab.banner).to_be_hidden()
        await tab.send("I can still write")
        await desk.until(type="said", text="I can still write")


def _pass_changed(client: object, change: object) -> None:
    server = client.connect_to_server()  # type: ignore[attr-defined]
    server.on_message(lambda message: client.send(change(message)))  # type: ignore[attr-defined,operator]


async def test_the_policy_of_the_page_is_strict(room: RunningServer, open_tab: OpenTab) -> None:
    tab = await open_tab(room)
    response = await tab.page.reload()
    assert response is not None
    policy = dict(
        directive.strip().partition(" ")[::2]
        for directive in response.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] in ("'none'", "'self'")
    assert policy["frame-ancestors"] == "'none'"
    assert policy["connect-src"] == "'self'"
    assert policy["base-uri"] == "'none'"
    for directive in policy.values():
        assert "unsafe" not in directive
        assert "*" not in directive
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    # What the policy forbids does not work.
    blocked = await tab.page.evaluate(
        """async () => {
            const seen = new Promise(done =>
                document.addEventListener('securitypolicyviolation',
                    event => done(event.violatedDirective), {once: true}));
            const read = await fetch('http://localhost:1/').then(() => 'read', () => 'refused');
            let script = 'set';
            try {
                document.createElement('script').textContent = 'document.title = "stolen"';
            } catch (error) {
                script = error.name;
            }
            return [await seen, read, script];
        }"""
    )
    assert blocked == ["connect-src", "refused", "TypeError"]
    tab.problems.clear()  # Chromium writes the violation to the console


async def test_another_page_can_neither_frame_nor_join(
    room: RunningServer, start_server: StartServer, open_tab: OpenTab
) -> None:
    other = start_server()
    tab = await open_tab(other)
    answers = await tab.page.evaluate(
        """async url => {
            const socket = new WebSocket(url.replace('http', 'ws') + '/ws', 'chatroom.v1');
            const joined = await new Promise(done => {
                socket.onopen = () => done('open');
                socket.onerror = () => done('refused');
            });
            const read = await fetch(url + '/room').then(() => 'read', () => 'refused');
            return [joined, read];
        }""",
        room.url,
    )
    assert answers == ["refused", "refused"]
    tab.problems.clear()


async def test_no_token_stands_in_an_address(room: RunningServer, open_tab: OpenTab) -> None:
    tab = await open_tab(room)
    addresses: list[str] = []
    tab.page.on("request", lambda request: addresses.append(request.url))
    tab.page.on("websocket", lambda socket: addresses.append(socket.url))
    await tab.join("ann4")
    await tab.send("hello")
    await tab.shows("hello")
    kept = await tab.page.evaluate("JSON.stringify(sessionStorage)")
    token = await tab.page.evaluate(
        r"""() => JSON.stringify(Object.values(sessionStorage)).match(
            /token[\\":]+([A-Za-z0-9_-]{16,})/)[1]"""
    )
    assert token in kept
    assert not any(token in address for address in addresses)
