"""JetStream's API about one stream: names, questions, refusals."""

from typing import Any

import msgspec

from server.cluster.connection import Connection, UnavailableError

ANSWER_WITHIN = 5.0

NO_RECORD = 10037
OTHER_SETTINGS = 10058
NO_STREAM = 10059
NOT_CLUSTERED = 10074


class ApiError(UnavailableError):
    """JetStream refused a request.

    Attributes:
        code: NATS's number of the error (`err_code`).
    """

    def __init__(self, code: int, description: str) -> None:
        super().__init__(f"{description} ({code})")
        self.code = code


class StreamApi:
    """The stream of a room, as JetStream's API knows it.

    Attributes:
        connection: how the API is reached.
        name: the stream's name in NATS.
        subject: where records are published to be appended.
        live: where each record is published again when it is stored.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.name = f"chatroom-{connection.token}"
        self.subject = f"chatroom.{connection.token}.append"
        self.live = f"chatroom.{connection.token}.appended"

    async def ask(self, verb: str, body: object = None) -> dict[str, Any]:
        """Ask the leader of the stream, or of the cluster.

        Args:
            verb: such as `STREAM.INFO`.
            body: what JSON the request has; nothing where it is None.

        Raises:
            ApiError: it refuses.
            UnavailableError: it does not answer.
        """
        data = b"" if body is None else msgspec.json.encode(body)
        subject = f"$JS.API.{verb}.{self.name}"
        return decode((await self.connection.request(subject, data, ANSWER_WITHIN)).data)

    async def state(self) -> tuple[int, int]:
        """Return the first and the last position; the first is last + 1 if it has no records.

        Raises:
            UnavailableError: the stream has no leader now.
        """
        state = (await self.ask("STREAM.INFO"))["state"]
        last = state["last_seq"]
        return (state["first_seq"] if state["messages"] else last + 1), last


def decode(answer: bytes) -> dict[str, Any]:
    """Decode an answer of JetStream. Raises `ApiError`, `UnavailableError`."""
    try:
        decoded = msgspec.json.decode(answer, type=dict[str, Any])
    except msgspec.DecodeError as wrong:
        raise UnavailableError(f"an answer that is none of JetStream's: {answer!r}") from wrong
    if error := decoded.get("error"):
        raise ApiError(error.get("err_code", 0), error.get("description", ""))
    return decoded
