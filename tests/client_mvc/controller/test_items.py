"""How messages, files, reactions, and joins and leaves are shown."""

from dataclasses import replace
from typing import Any

from msgspec import UNSET, structs

from client_mvc.view.contract.items import FileCard, Heading, Message, Notice, Picture
from shared import messages
from shared.conversation import Reacted, Reactor
from tests.client_mvc.client import Client
from tests.client_mvc.controller.talking import BOB, bobs, change, shown, talking
from tests.client_mvc.fakes import joined, left, shared

PNG = {"type": "image/png", "width": 1000, "height": 500, "thumb": "/thumbs/x"}


class TestItems:
    def test_emotes(self, client: Client) -> None:
        talking(client).events(bobs(1, "/me *waves*"), bobs(2, "hi"), bobs(3, "/me "))
        first, second, third = shown(client)
        assert (first.text, first.emote, first.heading) == (
            "bob *waves*",
            True,
            Heading("08:00", "bob", BOB),
        )
        assert second.heading is None, "one heading covers both, as in the browser"
        assert (third.text, third.emote) == ("/me ", False)
        client.intents.composer.send("/me waves back")
        assert client.network.sent[-1].text == "/me waves back"
        assert client.screen.pending[-1].text == "alice waves back"

    def test_pictures_and_files(self, client: Client) -> None:
        def file(**more: Any) -> messages.Shared:
            made = shared(1)
            assert made.file
            return structs.replace(made, file=structs.replace(made.file, **more))

        talking(client)
        kinds = {
            "text/plain": "text", "audio/ogg": "sound", "video/webm": "film",
            "application/pdf": "document", "application/zip": "archive",
            "application/octet-stream": "other",
            UNSET: "text",
        }  # fmt: skip
        for seq, (type, kind) in enumerate(kinds.items(), 1):
            client.events(structs.replace(file(type=type), seq=seq))
            card = client.screen.items[-1]
            assert isinstance(card, FileCard)
            assert (card.kind, card.picture) == (kind, None)
        client.events(structs.replace(file(**PNG), seq=20))
        card = client.screen.items[-1]
        assert isinstance(card, FileCard)
        assert card.picture == Picture(360, 180, (1000, 500))

    def test_a_run_of_joins_and_leaves_is_one_line(self, client: Client) -> None:
        talking(client).events(joined(1, "ann"))
        assert client.screen.items[-1] == Notice("08:00", "ann joined", seq=1)
        client.events(*(joined(seq, name) for seq, name in enumerate("bcde", 2)), left(6, "b"))
        client.events(change(Reacted, 7, target=1, emoji="👍", on=True), left(8, "x"))
        client.events(left(9, "y", "lost"))
        line = client.screen.items[-1]
        assert isinstance(line, Notice)
        assert line.text == "ann, c and 2 others joined, 2 left, b joined and left"
        assert len(line.more) == 8
        assert line.more[-1] == "08:00 y lost the connection"
        client.events(bobs(10), joined(11, "z"))
        assert client.screen.items[-1] == Notice("08:00", "z joined", seq=11)

    def test_they_can_be_left_out(self, client: Client) -> None:
        talking(client).events(joined(1, "ann"), bobs(2), left(3, "ann"))
        client.intents.preferences.open()
        form = client.screen.preferences
        assert form is not None
        assert form.show_joins
        client.intents.preferences.choose(replace(form, show_joins=False))
        assert not any(isinstance(each, Notice) for each in client.screen.items)
        client.events(joined(4, "eve"))
        assert isinstance(client.screen.items[-1], Message)

    def test_names_of_many_who_reacted(self, client: Client) -> None:
        many = [Reactor(number, f"m{number}") for number in range(10, 40)]
        talking(client).events(bobs(1, reactions={"👍": many}))
        (chip,) = shown(client)[0].extras.chips
        assert chip.count == 30
        assert chip.names.endswith("and 10 more")
