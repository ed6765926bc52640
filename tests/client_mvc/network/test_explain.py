"""Why no connection can be made, for every way in which connecting fails."""

import errno
import socket

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from client_mvc.i18n.errors import sentence
from client_mvc.network.http_answers import explain
from shared.joinlink import Address

ADDRESS = Address("192.0.2.77", 18000)
KEY = ConnectionKey(ADDRESS.host, ADDRESS.port, False, True, None, None, None, None)
NO_ANSWER = "No computer answers at 192.0.2.77. Check the address and the network."
CLOSED = "The room at 192.0.2.77:18000 is closed, or the address is wrong."


def failed(number: int) -> Exception:
    text = f"Connect call failed ('{ADDRESS.host}', {ADDRESS.port})"
    return aiohttp.ClientConnectorError(KEY, OSError(number, text))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        *(
            (failed(number), NO_ANSWER)
            for number in (
                errno.EHOSTUNREACH,
                errno.ENETUNREACH,
                errno.ETIMEDOUT,
                errno.EHOSTDOWN,
                errno.ENETDOWN,
                errno.EADDRNOTAVAIL,
                errno.EACCES,
                errno.EINVAL,
            )
        ),
        (failed(errno.ECONNREFUSED), CLOSED),
        (TimeoutError(), NO_ANSWER),
        (aiohttp.ServerTimeoutError("Connection timeout to host"), NO_ANSWER),
        (
            aiohttp.ClientConnectorDNSError(
                KEY, socket.gaierror(socket.EAI_NONAME, "not known")
            ),
            "There is no computer named 192.0.2.77. Check the address.",
        ),
        (
            aiohttp.ClientConnectorDNSError(
                KEY, socket.gaierror(socket.EAI_AGAIN, "temporary")
            ),
            "The name 192.0.2.77 cannot be looked up. Check the network.",
        ),
        (
            aiohttp.InvalidURL("http://300.1.2.3"),
            "There is no computer named 192.0.2.77. Check the address.",
        ),
    ],
)
def test_every_failure_has_a_sentence(error: Exception, said: str) -> None:
    assert sentence(explain(error, ADDRESS)) == said
