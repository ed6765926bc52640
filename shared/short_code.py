"""The short code of a room: the IPv4 address and port of its server, to be read out loud.

`R2M0-2H90` is 192.168.1.69 with the port 18001. docs/protocol.md, "Join links", has the format.
Nothing is looked up, and a code says nothing of the room's key.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address

from shared import limits
from shared.address import Address
from shared.problems import ProblemError, problem

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # base 32 of Crockford: without I, L, O and U
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)} | {"I": 1, "L": 1, "O": 0}
_PORTS = range(limits.DEFAULT_PORT, limits.DEFAULT_PORT + 8)
_SHORT, _LONG = 7, 10  # digits without the check character


def encode(address: Address) -> str | None:
    """Return the code of an address, in groups of four characters.

    Returns:
        8 characters for the ports 18000 to 18007, 11 for others; None for a name or IPv6.
    """
    try:
        host = int(IPv4Address(address.host))
    except ValueError:
        return None
    if address.port in _PORTS:
        value, length = host << 3 | address.port - _PORTS.start, _SHORT
    else:
        value, length = host << 16 | address.port, _LONG
    digits = [value >> 5 * place & 31 for place in reversed(range(length))]
    text = "".join(_DIGITS[digit] for digit in [*digits, _check(digits)])
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def resembles(text: str) -> bool:
    """Return whether a text has the letters and the length of a code, right or mistyped."""
    letters = _letters(text)
    return len(letters) in (_SHORT + 1, _LONG + 1) and _VALUES.keys() >= set(letters)


def decode(text: str) -> Address:
    """Return the address of a code as people type it.

    Args:
        text: the code; lower case, I and L for 1, O for 0, spaces and hyphens are allowed.

    Raises:
        ProblemError: `text` has not the form of a code, or its check character is wrong.
    """
    letters = _letters(text)
    if not _VALUES.keys() >= set(letters):
        raise ProblemError(problem("bad_link", "code_characters"))
    *digits, check = [_VALUES[letter] for letter in letters] or [0]
    if len(digits) not in (_SHORT, _LONG):
        raise ProblemError(problem("bad_link", "code_length"))
    if check != _check(digits):
        raise ProblemError(problem("bad_link", "code_check"))
    value = 0
    for digit in digits:
        value = value << 5 | digit
    if len(digits) == _SHORT:
        return Address(str(IPv4Address(value >> 3)), _PORTS[value & 7])
    host, port = value >> 16, value & 0xFFFF
    if host >= 1 << 32 or port == 0:
        raise ProblemError(problem("bad_link", "code_check"))
    return Address(str(IPv4Address(host)), port)


def _letters(text: str) -> str:
    """Leave out spaces and hyphens; letters other than a to z stay as they are."""
    letters = "".join(text.split()).replace("-", "")
    return letters.upper() if letters.isascii() else letters


def _check(digits: Iterable[int]) -> int:
    """Return the check digit.

    Each digit is multiplied by a power of x of its own in the field GF(32), modulo
    x⁵ + x² + 1. The powers differ and are never 0, so one wrong digit and two swapped digits
    always change the result; sums modulo 31 or 32 miss some of them.
    """
    check = 0
    for digit in digits:
        check = (check ^ digit) << 1
        if check >= 32:
            check ^= 0b100101
    return check
