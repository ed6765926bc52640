"""The `join` of a client: who it is, what it holds, and what it understands. Pure."""

from client_mvc.network import api
from client_mvc.network.position import Position
from shared import messages, passwords, protocol
from shared.identity import ServerIdentity


def request(
    options: api.JoinOptions,
    token: str | None,
    position: Position,
    client: str | None,
    server: ServerIdentity | None = None,
) -> messages.Join:
    """Return the request that joins, resumes with `token`, or rejoins after `position`.

    `client` is the name and version of this program, for the server's report; `server` is who
    gets the request.
    """
    password = options.password_for(server)
    return messages.Join(
        options.name,
        None if password is None else passwords.prepare(password),
        token,
        position.seq,
        journal=(position.journal or None) if position.seq is not None else None,
        after_at=position.at or None,
        features=list(protocol.FEATURES),
        client=client,
        device=options.device,
        owner_key=options.owner_key,
    )
