"""The abuses, in `SCRIPTS`. Each shows that it works, is stopped, and stays stopped."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any

from tests.abuse.scene import Flood, Person, Scene

type Script = Callable[[Scene], Awaitable[None]]

GONE = ("banned", "kicked")


async def _stays_out(scene: Scene, *attempts: Callable[[], Awaitable[Any]]) -> None:
    """Check that each attempt fails, now and after the server was restarted."""
    for again in range(2):
        for attempt in attempts:
            answer = await attempt()
            assert answer not in ("welcome", "said", 201), answer
        if not again:
            await scene.restart()
            await scene.talked()


async def _spam(person: Person) -> None:
    assert await person.say("spam") == "said"


async def rename(scene: Scene) -> None:
    """Come back under other names after a ban."""
    mallory = scene.person()
    assert await mallory.join() == "welcome"
    await _spam(mallory)
    await scene.act("ban", target="mallory", minutes=0, text="spam")
    assert await mallory.removed() == ("banned", 4010)
    names = itertools.count()
    await _stays_out(scene, *[lambda: mallory.join(f"other{next(names)}")] * 3)


async def reconnect(scene: Scene) -> None:
    """Be away when the ban comes, and resume by token again and again."""
    mallory = scene.person()
    assert await mallory.join() == "welcome"
    for _ in range(3):
        await mallory.client.socket.close()
        assert await mallory.resume() == "welcome"
    await mallory.client.socket.close()
    await scene.act("ban", target="mallory", minutes=60)
    assert await mallory.resume() in GONE
    await _stays_out(scene, mallory.resume, mallory.join)


async def second_client(scene: Scene) -> None:
    """Have a second member in the room already."""
    mallory = scene.person()
    other = Person(scene, "innocent", mallory.address, mallory.device)
    for one in (mallory, other):
        assert await one.join() == "welcome"
        await _spam(one)
    await scene.act("ban", target="mallory", minutes=0)
    assert await mallory.removed() == ("banned", 4010)
    assert await other.removed() == ("banned", 4010)
    await _stays_out(scene, mallory.resume, other.resume, other.join)


async def shared_address(scene: Scene) -> None:
    """Share the address with somebody honest, who has to stay in."""
    mallory, neighbour = scene.person(), scene.person("nora")
    for one in (mallory, neighbour):
        assert await one.join() == "welcome"
    await scene.act("ban", target="mallory", minutes=0)
    assert await mallory.removed() == ("banned", 4010)
    assert await neighbour.say("I am still here") == "said"
    await neighbour.client.socket.close()
    assert await neighbour.resume() == "welcome"
    await _stays_out(scene, mallory.join, lambda: mallory.join("nobody"))
    assert await neighbour.resume() == "welcome"
    assert await neighbour.say("and still") == "said"


async def http_only(scene: Scene) -> None:
    """Share files by HTTP with the token, without a WebSocket."""
    mallory = scene.person()
    assert await mallory.join() == "welcome"
    await mallory.client.socket.close()
    assert await mallory.upload() == 201
    upload = asyncio.create_task(_slow_upload(mallory))
    await scene.talked(5)
    await scene.act("ban", target="mallory", minutes=0)
    assert await upload in ("not_joined", *GONE), "the upload under way has ended"
    await _stays_out(scene, mallory.upload, mallory.resume)


async def _slow_upload(person: Person) -> str:
    """Upload a file bit by bit; return the code of the error."""

    async def bits() -> Any:
        for _ in range(500):
            yield b"spam " * 200
            await asyncio.sleep(0.05)

    headers = {
        "Authorization": f"Bearer {person.token}",
        "X-Forwarded-For": person.address,
        "Content-Length": "500000",
    }
    url = person.scene.server.url + "/files"
    async with person.scene.http.post(url, data=bits(), headers=headers) as answer:
        return str((await answer.json()).get("code", answer.status))


async def flood_of_joins(scene: Scene) -> None:
    """Join from ever more addresses under ever more names."""
    numbers = itertools.count()

    async def one_more() -> str:
        number = next(numbers)
        person = scene.person(f"guest{number}", f"203.0.113.{number % 250}")
        answer = await person.join()
        await person.client.socket.close()
        return answer

    flood = Flood(scene, one_more)
    await scene.talked()
    await scene.act("lock", on=True)
    before = flood.done
    await scene.talked()
    answers = await flood.end()
    assert "welcome" in answers
    assert "welcome" not in answers[before + 2 :]
    await _stays_out(scene, one_more)


async def flood_of_uploads(scene: Scene) -> None:
    """Share file after file."""
    mallory = scene.person()
    assert await mallory.join() == "welcome"
    flood = Flood(scene, lambda: mallory.upload(20_000))
    await scene.talked()
    await scene.act("mute", target="mallory", minutes=60)
    before = flood.done
    await scene.talked()
    answers = await flood.end()
    assert 201 in answers
    assert set(answers[before + 2 :]) <= {"muted", "rate_limited"}

    async def once_more() -> str:
        await mallory.resume()
        return await mallory.say("spam")

    await _stays_out(scene, mallory.upload, once_more)


async def flood_of_messages(scene: Scene) -> None:
    """Send as many messages as the rate allows; leave and come back when muted."""
    mallory = scene.person()
    assert await mallory.join() == "welcome"

    async def one_more() -> str:
        await asyncio.sleep(0.052)
        return await mallory.say("spam " * 100)

    flood = Flood(scene, one_more)
    await scene.talked(40)
    await scene.act("mute", target="mallory", minutes=60)
    before = flood.done
    await scene.talked()
    answers = await flood.end()
    assert set(answers[: before - 1]) == {"said"}
    assert set(answers[before + 2 :]) == {"muted"}

    async def under_another_name() -> str:
        answer = await mallory.join("other")
        if answer == "welcome":
            answer = await mallory.say("spam")
            await mallory.client.leave()
        return answer

    await mallory.client.leave()
    await _stays_out(scene, under_another_name)


async def flood_of_changes(scene: Scene) -> None:
    """React, edit, set notes and rename as often as the room allows."""
    mallory = scene.person()
    assert await mallory.join() == "welcome"
    said = await mallory.ask("say", text="spam")
    numbers = itertools.count()

    async def change(kind: int, number: int) -> str:
        match kind:
            case 0:
                request = {
                    "type": "react",
                    "seq": said["seq"],
                    "emoji": "👍",
                    "on": number % 2 > 0,
                }
            case 1:
                request = {"type": "edit", "seq": said["seq"], "text": f"spam {number}"}
            case 2:
                request = {"type": "note", "text": f"spam {number}"}
            case _:
                request = {"type": "rename", "name": f"mallory{number}"}
        answer = await mallory.ask(**request)
        return str(answer.get("code", answer["type"]))

    async def one_more() -> str:
        await asyncio.sleep(0.2)
        number = next(numbers)
        return await change(number % 4, number)

    flood = Flood(scene, one_more)
    await scene.talked(40)
    await scene.act("mute", target=said["member"], minutes=60)  # whatever its name is now
    before = flood.done
    await scene.talked(40)
    answers = await flood.end()
    assert set(answers[: before - 1]) <= {
        "reacted", "edited", "presence", "renamed", "rate_limited",
    }  # fmt: skip
    assert set(answers[before + 2 :]) <= {"muted", "rate_limited"}

    async def once_more(kind: int) -> str:
        await mallory.resume()
        return await change(kind, next(numbers))

    for kind in range(4):
        assert await once_more(kind) in ("muted", "rate_limited")
    await _stays_out(scene, *[lambda kind=kind: once_more(kind) for kind in range(4)])


async def rename_within(scene: Scene) -> None:
    """Take another name before the act comes, and come back under all of them."""
    mallory = scene.person()
    assert await mallory.join() == "welcome"
    for name in ("other", "another"):
        await _spam(mallory)
        assert (await mallory.ask("rename", name=name))["type"] == "renamed"
    await scene.act("ban", target="mallory", minutes=0)  # the name that was seen last
    assert (await mallory.client.closed()) == 4010
    again = scene.person("another", "203.0.113.99")  # from elsewhere, with another device
    await _stays_out(scene, mallory.join, lambda: mallory.join("other"), again.join)


async def look_alike_name(scene: Scene) -> None:
    """Look like an honest member, or like who was banned."""
    mallory = scene.person()
    for name in ("hug\u043e", "HUGO", "hug0", "moderator", "ow\u200bner", "server"):
        assert await mallory.join(name) in ("name_taken", "bad_name"), name
    assert await mallory.join() == "welcome"
    await scene.act("ban", target="mallory", minutes=0)
    assert await mallory.removed() == ("banned", 4010)
    other = scene.person("ma1lory", "203.0.113.77")
    await _stays_out(
        scene, other.join, lambda: other.join("m\u0430ll\u043er\u0443"), mallory.join
    )


async def stolen_token(scene: Scene) -> None:
    """Resume somebody's membership with a token that was recorded on the network."""
    victim, thief = scene.person("vera", "198.51.100.9"), scene.person("vera")
    assert await victim.join() == "welcome"
    thief.client, thief.token = victim.client, victim.token
    assert await thief.resume() == "welcome"
    assert await victim.client.closed() == 4001
    assert await thief.say("I am vera") == "said"
    await scene.act("kick", target="vera", text="stolen token")
    assert await thief.removed() == ("kicked", 4010)
    await _stays_out(scene, thief.resume, thief.upload)


async def new_device(scene: Scene) -> None:
    """Evade a ban with a new device and another name, then from another network too."""
    mallory = scene.person()
    assert await mallory.join() == "welcome"
    await scene.act("ban", target="mallory", minutes=0)
    assert await mallory.removed() == ("banned", 4010)
    names = itertools.count()

    async def from_here() -> str:
        return await scene.person(f"new{next(names)}").join()

    async def from_elsewhere() -> str:
        number = next(names)
        return await scene.person(f"new{number}", f"192.0.2.{number}").join()

    assert await from_here() == "banned"
    assert await from_elsewhere() == "welcome", "nobody can know who this is"
    await scene.act("lock", on=True)
    await _stays_out(scene, from_here, from_elsewhere)


async def moderator_against_owner(scene: Scene) -> None:
    """Be a moderator, and turn on the owner, on other moderators and on the honest."""
    mallory, other = scene.person(), scene.person("mona", "203.0.113.5")
    for one in (mallory, other):
        assert await one.join() == "welcome"
        answer = await scene.owner.ask("role", target=one.name, role="moderator")
        assert answer["type"] == "role", answer

    async def turn_on_others() -> str:
        for target in ("olga", "mona"):
            for act in (
                {"type": "kick"}, {"type": "ban", "minutes": 0}, {"type": "mute", "minutes": 9},
                {"type": "role", "role": "member"},
            ):  # fmt: skip
                answer = await mallory.ask(target=target, **act)
                assert answer.get("code") == "forbidden", answer
        answer = await mallory.ask("claim", key="guessed")
        return str(answer["code"])

    assert await turn_on_others() == "forbidden"
    assert (await mallory.ask("slow", seconds=0))["type"] == "slowed"
    await scene.act("ban", target="mallory", minutes=0)
    assert await mallory.removed() == ("banned", 4010)
    await _stays_out(scene, mallory.resume, lambda: mallory.join("another"))


SCRIPTS: dict[str, Script] = {
    script.__name__.replace("_", "-"): script
    for script in (
        rename, reconnect, second_client, shared_address, http_only, flood_of_joins,
        flood_of_uploads, flood_of_messages, flood_of_changes, rename_within, look_alike_name,
        stolen_token, new_device, moderator_against_owner,
    )
}  # fmt: skip
