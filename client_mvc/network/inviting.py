"""Ask a server how others reach its room: `GET /invite` (docs/protocol.md, part 5).

A client at an address of loopback cannot know that by itself. Of the answer, addresses and the
hash of the key are taken, and the texts to hand out are made of them anew: so nothing else that
the answer has, such as an owner's key, is handed out.
"""

import asyncio
import logging
import re
from ipaddress import ip_address

import aiohttp
import msgspec

from client_mvc.network import api, http_answers, tls
from shared import joinlink
from shared.identity import ServerIdentity, is_loopback

log = logging.getLogger(__name__)

LINK_CHARACTERS = 512
_SCHEME = re.compile(r"(https?)://", re.IGNORECASE)
_LINK = re.compile(r"chatroom://", re.IGNORECASE)


class _Answer(msgspec.Struct):
    """The short code is not read: it is another form of the address in `chatroom`."""

    https: str
    chatroom: str


_decoder = msgspec.json.Decoder(_Answer)


async def ask(
    http: aiohttp.ClientSession, server: ServerIdentity, journal: str
) -> api.InviteAnswered:
    """Return the server's answer, within `api.INVITE_WITHIN`.

    Args:
        http: the session for the requests.
        server: the server, which must show the same key as before.
        journal: that of the room; another room is not asked.
    """
    ways = None
    try:
        async with asyncio.timeout(api.INVITE_WITHIN):
            room = await http_answers.ask_room(http, server)
            if room is not None and room.journal == journal:
                ways = await _ask(http, server)
    except (aiohttp.ClientError, OSError, TimeoutError, http_answers.Unreachable) as error:
        log.info("invite not answered server=%s error=%r", server.address, error)
    return api.InviteAnswered(server, ways)


async def _ask(http: aiohttp.ClientSession, server: ServerIdentity) -> api.WaysIn | None:
    async with http.get(
        server.url("/invite"), ssl=tls.check_of(server), allow_redirects=False
    ) as answer:
        if answer.status != 200:
            log.info("invite refused server=%s status=%d", server.address, answer.status)
            return None
        return ways_in(await http_answers.body(answer), server)


def ways_in(data: bytes, server: ServerIdentity) -> api.WaysIn | None:
    """Return the ways that an answer names.

    Args:
        data: the body of the answer.
        server: the server that gave it.

    Returns:
        None if the answer is not valid, leads to the reader's own computer, or names another
        key than that of the server.
    """
    try:
        found = _decoder.decode(data)
        if max(len(found.https), len(found.chatroom)) > LINK_CHARACTERS:
            return None
        scheme, chatroom = _SCHEME.match(found.https), _LINK.match(found.chatroom)
        if scheme is None or chatroom is None:
            return None
        page, link = joinlink.parse(found.https), joinlink.parse(found.chatroom)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, joinlink.BadLink):
        return None
    if not all(_is_for_others(each.host) for each in (page.address, *link.addresses)):
        return None
    if server.key and not server.system and link.key not in (None, server.key):
        return None
    return api.WaysIn(page.address, scheme[1].lower() == "https", link._replace(owner=None))


def _is_for_others(host: str) -> bool:
    """Return whether a host may be reached by other computers under this name."""
    if is_loopback(host) or "%" in host:  # a zone is a name of one computer (RFC 4007)
        return False
    try:
        return not ip_address(host).is_unspecified
    except ValueError:
        return True
