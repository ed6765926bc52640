"""HTTP: its session, the answer to `GET /room`, refusals, and errors as problems.

A redirect is never followed, and no answer is inflated.
"""

import asyncio
import errno
import socket
import ssl
from collections.abc import Mapping

import aiohttp
import msgspec

from client_mvc.network import checks, tls
from shared import codec, messages
from shared.identity import ServerIdentity
from shared.joinlink import Address
from shared.problems import Problem, ProblemError, problem

CONNECT_WITHIN = 10.0
BODY_BYTES = 16 * 1024
"""The most that the client reads of an answer that is neither a file nor a frame."""
BODY_WITHIN = 10.0
"""Seconds that such an answer may take after its headers."""


class Unreachable(ProblemError):
    """No chatroom answers at the address; `problem` says why."""


class _Redirected(aiohttp.ClientError):
    """The server named another address."""


def http_session(*, keep: bool = True) -> aiohttp.ClientSession:
    """Return a session for sockets and files, which follows no redirects.

    `keep`: a connection is kept for the next request to its server.
    """

    async def refuse(*_: object) -> None:
        raise _Redirected

    trace = aiohttp.TraceConfig()
    # A redirect could send a token elsewhere; aiohttp has no argument for it at `ws_connect`.
    trace.on_request_redirect.append(refuse)
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_WITHIN),
        connector=aiohttp.TCPConnector(limit=0, use_dns_cache=False, force_close=not keep),
        trace_configs=[trace],
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,  # a small answer cannot inflate to gigabytes
        headers={"Accept-Encoding": "identity"},
    )


async def ask_room(
    http: aiohttp.ClientSession, server: ServerIdentity, check: tls.KeyCheck | None = None
) -> messages.RoomInfo | None:
    """Return the answer to `GET /room`; None where the server has none, as in version 0.1.

    `check` replaces the one for the key of `server`. Raises `Unreachable`, TimeoutError, and
    the errors of aiohttp.
    """
    ssl = check or tls.check_of(server)
    async with http.get(server.url("/room"), ssl=ssl, allow_redirects=False) as answer:
        if answer.status == 200:
            try:
                return checks.room(codec.decode_room(await body(answer)))
            except (msgspec.DecodeError, checks.BrokenProtocol):
                raise no_chatroom(server.address) from None
        if 300 <= answer.status < 400:
            raise _Redirected
        if answer.status == 429 or answer.status >= 500:
            answer.raise_for_status()
        if answer.status == 421:
            raise Unreachable(await refusal(answer))
        return None


async def body(answer: aiohttp.ClientResponse) -> bytes:
    """Return the body of a short answer: its beginning, if it has more than `BODY_BYTES`.

    An encoded body is not read: the client asked for none. Raises TimeoutError and the errors
    of aiohttp.
    """
    if is_encoded(answer):
        return b""
    try:
        async with asyncio.timeout(BODY_WITHIN):
            return await answer.content.readexactly(BODY_BYTES)
    except asyncio.IncompleteReadError as all_of_it:
        return all_of_it.partial


def is_encoded(answer: aiohttp.ClientResponse) -> bool:
    """Return whether the body is compressed, or encoded in another way."""
    encoding = answer.headers.get("Content-Encoding", "").strip().lower()
    return encoding not in ("", "identity")


async def refusal(
    answer: aiohttp.ClientResponse, by_status: Mapping[int, Problem] | None = None
) -> Problem:
    """Return why the server refused a request: as its body says, or else by its status."""
    try:
        why = messages.problem_of(checks.refusal(codec.decode_http_error(await body(answer))))
    except (msgspec.DecodeError, aiohttp.ClientError, TimeoutError):
        status = answer.status
        if 300 <= status < 400:
            why = problem("redirected", server=answer.url.authority)
        else:
            why = (by_status or {}).get(status) or problem("http_status", status=status)
    seconds = answer.headers.get("Retry-After", "")
    if why.retry_after is None and seconds.isdecimal() and len(seconds) < 6:
        return Problem(why.code, why.params, float(seconds))
    return why


def no_chatroom(address: Address) -> Unreachable:
    return Unreachable(problem("not_a_chatroom", server=str(address)))


def explain(error: Exception, address: Address) -> Problem:
    """Return why `address` could not be used."""
    server = str(address)
    match error:
        case tls.KeyMismatch() | aiohttp.ClientConnectorCertificateError():
            return problem("other_key", server=server)
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return problem("tls_failed", server=server)
        case aiohttp.ClientConnectorDNSError() if error.os_error.errno == socket.EAI_AGAIN:
            return problem("no_name_server", host=address.host)
        case aiohttp.ClientConnectorDNSError() | aiohttp.InvalidURL():
            return problem("no_such_host", host=address.host)
        case aiohttp.ClientResponseError(status=429):
            return problem("too_many_connections", server=server)
        case _Redirected():
            return problem("redirected", server=server)
        case aiohttp.ClientResponseError(status=502 | 503 | 504):
            return problem("starting", server=server)
        case aiohttp.ClientConnectorError() if _was_refused(error.os_error):
            return problem("connection_refused", server=server)
        case aiohttp.ServerDisconnectedError() | ConnectionError():
            return problem("closed_early", server=server)
        case aiohttp.ClientConnectionError() | TimeoutError():
            return problem("no_answer", host=address.host)
        case aiohttp.ClientError():
            return problem("not_a_chatroom", server=server)
        case _:
            return problem("no_answer", host=address.host)


def _was_refused(error: OSError) -> bool:
    """Return whether no program listens; a name with two addresses gives one error for both."""
    return isinstance(error, ConnectionRefusedError) or f"[Errno {errno.ECONNREFUSED}]" in str(
        error
    )
