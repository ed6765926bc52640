"""Whatever is loaded in whatever order, the conversation is the fold of everything.

A server in a few lines keeps all events as they stand. A client hears the stream, loses it and
resumes, and asks for pages that arrive late or ahead of the stream. What it has in memory and
what an answer becomes must be as the server has it, as soon as it has heard everything.
"""

import random
from typing import Any

import pytest
from msgspec import structs

from client_mvc.model.changes import LiveChanges
from client_mvc.model.conversation import Conversation
from shared import messages
from shared.conversation import Edited, Pinned, Reacted
from shared.messages import Joined, Said, Shared
from shared.moderation import Deleted
from shared.standing import changed, quote
from tests.client_mvc.fakes import AT, shared

MEMBERS = {1: "ann", 2: "bob", 3: "eve"}
EMOJI = ("👍", "🎉", "❤️")


class Server:
    """The rules of part 4 of the protocol, as far as they matter here."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.events: list[messages.AnyEvent] = []

    def act(self) -> None:
        """Let somebody do something."""
        number = self.dice.choice(list(MEMBERS))
        seq = len(self.events) + 1
        common: dict[str, Any] = {"seq": seq, "at": f"{AT[:-1]}{seq}Z", "name": MEMBERS[number]}
        common["member"] = number
        sent = [each for each in self.events if isinstance(each, Said | Shared)]
        if not sent or self.dice.random() < 0.4:
            self.events.append(self._new(common, sent))
            return
        target = self.dice.choice(sent[-8:])
        change = self._change(common, target)
        if change is not None:
            self.events.append(change)
            self._carry_out(change)

    def _new(self, common: dict[str, Any], sent: list[Any]) -> messages.AnyEvent:
        kind = self.dice.random()
        if kind < 0.15:
            return Joined(**common)
        if kind < 0.3:
            return structs.replace(shared(1), **common)
        if sent and kind < 0.7:
            parent = self.dice.choice(sent)
            more = {"reply_to": parent.seq, "quote": quote(parent)}
            return Said(text=f"reply {common['seq']}", **common, **more)
        return Said(text=f"text {common['seq']}", **common)

    def _change(self, common: dict[str, Any], target: Any) -> Any:
        match self.dice.randrange(16):
            case 0:
                return None if target.deleted else Deleted(target=target.seq, **common)
            case 1 | 2:
                return Pinned(target=target.seq, on=self.dice.random() < 0.5, **common)
            case 3 | 4 | 5:
                if target.deleted or isinstance(target, Shared):
                    return None
                return Edited(target=target.seq, text=f"edit {common['seq']}", **common)
        if target.deleted:
            return None
        on, emoji = self.dice.random() < 0.6, self.dice.choice(EMOJI)
        return Reacted(target=target.seq, emoji=emoji, on=on, **common)

    def _carry_out(self, change: Any) -> None:
        target: Any = self.events[change.target - 1]
        now = changed(target, change)
        self.events[now.seq - 1] = now
        for place, event in enumerate(self.events):
            if isinstance(event, Said) and event.reply_to == now.seq and not event.deleted:
                self.events[place] = structs.replace(event, quote=quote(now))
            if isinstance(event, Edited) and event.target == now.seq and now.deleted:
                self.events[place] = structs.replace(event, text="")


class Link:
    """Where a client is in the stream, and answers that are on their way to it."""

    def __init__(self, server: Server, client: Conversation) -> None:
        self.server = server
        self.client = client
        self.frames: list[messages.AnyEvent] = []
        self.taken = 0
        self.answers: list[list[messages.AnyEvent]] = []

    def step(self) -> None:
        dice, server = self.server.dice, self.server
        match dice.randrange(8):
            case 0 | 1 | 2:
                server.act()
                self.send()
            case 3 | 4:
                self.hear(dice.randrange(1, 5))
            case 5:
                first = dice.randrange(max(1, len(server.events)))
                self.answers.append(server.events[first : first + dice.randrange(1, 30)])
            case 6 if self.answers:
                answer = self.answers.pop(dice.randrange(len(self.answers)))
                self.client.page.turn(
                    self.client.as_they_stand(answer), live=False, begins=False
                )
            case 7 if dice.random() < 0.1:
                self.frames.clear()  # the connection is lost, and the replay follows
                self.answers.clear()
                self.send()

    def send(self) -> None:
        """Send what is new, each event as it stands now."""
        done = self.taken + len(self.frames)
        self.frames += self.server.events[done:]

    def hear(self, most: int) -> None:
        for event in self.frames[:most]:
            self.client.add(event)
            self.taken += 1
        del self.frames[:most]


@pytest.mark.parametrize("seed", range(60))
def test_every_way_of_loading_gives_the_fold(seed: int) -> None:
    server = Server(random.Random(seed))
    client = Conversation(kept=60 if seed % 3 else 20_000)
    link = Link(server, client)
    for _ in range(300):
        link.step()
    link.send()
    link.hear(len(link.frames))
    assert list(client) == server.events[-len(client) :]
    assert len(client) == min(len(server.events), 60 if seed % 3 else 20_000)
    for event in client.page:
        assert event == server.events[event.seq - 1]
    for answer in link.answers:
        stood = client.as_they_stand(answer)
        assert stood == [server.events[each.seq - 1] for each in answer]


def test_bounded_changes_forget_the_oldest() -> None:
    changes = LiveChanges(kept=3)
    for seq in range(10, 20):
        changes.add(Edited(seq=seq, at=AT, name="ann", target=seq % 5, text=str(seq)))
    assert [[c.seq for c in changes.of(target)] for target in range(5)] == [
        [],
        [],
        [17],
        [18],
        [19],
    ]
