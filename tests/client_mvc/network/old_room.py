"""A room with a long history, of which a client holds only the end, and what it asks it."""

from collections.abc import Sequence

from client_mvc.network import api
from client_mvc.view.contract.items import Message
from shared import messages
from tests.client_mvc.client import Client
from tests.client_mvc.fakes import events


def in_old_room(client: Client) -> Client:
    """Let in where events 951 to 1000 came with the welcome; nothing else is held."""
    client.join(1000)
    client.events(*events(951, 1000))
    client.hear(api.CaughtUp())
    client.intents.history.reads(True)
    return client


def shown(client: Client) -> list[str]:
    return [item.text for item in client.screen.items if isinstance(item, Message)]


def asked(client: Client) -> messages.AskHistory:
    question = client.network.questions[-1]
    assert isinstance(question, messages.AskHistory)
    return question


def answer(client: Client, found: Sequence[messages.AnyEvent], *, more: bool = True) -> None:
    client.hear(messages.History(asked(client).id, [*found], more))
