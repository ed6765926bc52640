"""Owner, moderator and host on a whole server: their acts hold, also after a restart."""

import json
import subprocess
import sys
from typing import Any

from tests.conftest import StartServer
from tests.support.protocol_client import ProtocolClient, http_session
from tests.support.running import ROOT, RunningServer

FEATURES = ["moderation", "deleting"]


def host(server: RunningServer, *command: str) -> str:
    """Run a command of the host, which must work; returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "server", *command, "--data-dir", str(server.data)],
        cwd=ROOT, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


async def asked(client: ProtocolClient, type: str, **fields: Any) -> dict[str, Any]:
    """Send a request; return what has its id."""
    await client.send(type, id=f"{type} 1", **fields)
    return await client.until(id=f"{type} 1")


async def test_acts_hold_on_every_way_back(start_server: StartServer) -> None:
    server = start_server("--max-users", "5", "--workers", "2", "--rate", "0")
    key = host(server, "owner-key")
    async with http_session() as http:
        ann, eve, joe = (ProtocolClient(http, server.url) for _ in range(3))
        wrong = await (await ProtocolClient(http, server.url).connect()).join(
            "ann", owner_key="not the key", features=FEATURES
        )
        assert (wrong["type"], wrong["code"]) == ("refused", "forbidden")
        await (await ann.connect()).join("ann", features=FEATURES, owner_key=key)
        await (await joe.connect()).join("joe", features=FEATURES, device="joe's")
        await (await eve.connect()).join("eve", features=FEATURES, device="eve's")
        assert ann.welcome["role"] == "owner"

        assert (await asked(joe, "kick", target="eve"))["code"] == "forbidden"
        muted = await asked(ann, "mute", target="eve", minutes=5)
        assert (muted["type"], muted["target"]) == ("muted", "eve")
        await eve.until(type="muted")
        assert (await asked(eve, "say", text="hello?"))["code"] == "muted"
        status, _, answer = await eve.share("a.txt", "text")
        assert (status, answer["code"]) == (403, "muted")

        banned = await asked(ann, "ban", target="eve", minutes=0, text="spam")
        assert (banned["type"], banned["name"], banned["text"]) == ("banned", "ann", "spam")
        left = await eve.until(type="left")
        assert (left["reason"], left["by"]) == ("banned", "ann")
        assert await eve.closed() == 4010
        assert (await asked(joe, "say", text="bye"))["type"] == "said"
        assert host(server, "kick", "joe", "--reason", "rude") == "The host removed joe: rude"
        assert await joe.closed() == 4010

    port = server.port
    server.stop()
    server.start(port)
    async with http_session() as http:
        for name, fields, code in [
            ("eve", {"token": eve.welcome["token"]}, "banned"),
            ("eva", {"device": "eve's"}, "banned"),
            ("EVE", {}, "banned"),
            ("joe", {"token": joe.welcome["token"]}, "kicked"),
        ]:
            refused = await (await ProtocolClient(http, server.url).connect()).join(
                name, features=FEATURES, **fields
            )
            assert (refused["type"], refused["code"]) == ("refused", code), name
        bans = json.loads(host(server, "bans", "--json"))
        assert [(one["name"], one["by"]) for one in bans] == [("eve", "ann")]
        assert host(server, "unban", "eve") == "The host ended the ban of eve"
        back = await (await ProtocolClient(http, server.url).connect()).join("eve")
        assert back["type"] == "welcome"
        acts = [line["act"] for line in json.loads(host(server, "audit", "--json"))]
        assert acts == ["claim", "mute", "ban", "kick", "unban"]
