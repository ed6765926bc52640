"""Links of a room: to a message, and to a file. Pure."""

from shared import file_paths, identity, messages
from shared.identity import ServerIdentity
from shared.joinlink import JoinLink

_WEB_PORTS = {"https": 443, "http": 80}


def page_of(server: ServerIdentity) -> str:
    """Return the address of a room's web page, as this client reaches it."""
    scheme, where = "https" if server.key else "http", str(server.address)
    if server.address.port == _WEB_PORTS[scheme]:
        where = where.removesuffix(f":{server.address.port}")
    return f"{scheme}://{where}/"


def to_message(server: ServerIdentity, seq: int, *, page: bool) -> str:
    """Return a link to a message; `page`: the room has a web page, which shows it."""
    if page and "%" not in server.address.host:
        return f"{page_of(server)}#message={seq}"
    key = server.key if server.key and not server.system else None
    return str(JoinLink((server.address,), key, message=seq))


def to_file(server: ServerIdentity, file: messages.File) -> str:
    """Return the address of a file; empty if the server sent none that can be used."""
    try:
        return server.url(file_paths.checked(file.url))
    except file_paths.BadPath:
        return ""


def is_here(link: JoinLink, server: ServerIdentity) -> bool:
    """Tell whether a link leads to this server."""
    if link.key and server.key:
        return link.key == server.key
    here = server.address
    return any(
        each == here
        or (
            (identity.is_loopback(each.host) and identity.is_loopback(here.host))
            and each.port == here.port
        )
        for each in link.addresses
    )
