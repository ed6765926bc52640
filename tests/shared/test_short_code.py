"""The short code of an IPv4 address, read out loud and typed by hand."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.address import Address
from shared.problems import ProblemError
from shared.short_code import decode, encode

DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

CASES = json.loads((Path(__file__).parents[1] / "short_codes.json").read_text("utf-8"))
"""What all programs compute alike; the browser client plays them too (tests/web/text)."""

_addresses = st.builds(Address, st.ip_addresses(v=4).map(str), st.integers(1, 65535))
_near_addresses = st.builds(Address, st.ip_addresses(v=4).map(str), st.integers(17990, 18020))


@pytest.mark.parametrize(("code", "address"), CASES["codes"].items())
def test_examples(code: str, address: str) -> None:
    host, _, port = address.partition(":")
    assert encode(Address(host, int(port))) == code
    assert decode(code) == Address(host, int(port))


@given(_addresses | _near_addresses)
def test_a_code_leads_back(address: Address) -> None:
    code = encode(address)
    assert code is not None
    assert decode(code) == address
    assert len(code.replace("-", "")) == (8 if 18000 <= address.port <= 18007 else 11)


@pytest.mark.parametrize(("typed", "address"), CASES["typed"].items())
def test_codes_as_people_type_them(typed: str, address: str) -> None:
    assert str(decode(typed)) == address


@pytest.mark.parametrize("one", ["1", "I", "i", "L", "l"])
def test_letters_read_as_one(one: str) -> None:
    code = encode(Address("10.0.0.1", 18000))
    assert code is not None
    assert "1" in code
    assert decode(code.replace("1", one)) == Address("10.0.0.1", 18000)


@pytest.mark.parametrize("host", ["localhost", "::1", "fe80::1", "10.0.0", "256.1.1.1", ""])
def test_names_and_ipv6_have_no_code(host: str) -> None:
    assert encode(Address(host)) is None


@pytest.mark.parametrize("code", CASES["codes"])
def test_every_single_error_and_every_swap_is_found(code: str) -> None:
    letters = list(code.replace("-", ""))
    wrong = [
        [*letters[:place], other, *letters[place + 1 :]]
        for place, letter in enumerate(letters)
        for other in DIGITS
        if other != letter
    ]
    for first in range(len(letters)):
        for second in range(first + 1, len(letters)):
            swapped = letters.copy()
            swapped[first], swapped[second] = swapped[second], swapped[first]
            if swapped != letters:
                wrong.append(swapped)
    for typed in wrong:
        with pytest.raises(ProblemError, match=r"^This code has a typing error\.$"):
            decode("".join(typed))


@pytest.mark.parametrize(("typed", "reason"), CASES["refused"].items())
def test_refused_in_a_sentence(typed: str, reason: str) -> None:
    with pytest.raises(ProblemError) as refused:
        decode(typed)
    assert str(refused.value) == reason


@given(st.text() | st.text(DIGITS + "ilo- ", min_size=8, max_size=13))
def test_any_text_is_a_code_or_has_a_problem(typed: str) -> None:
    try:
        address = decode(typed)
    except ProblemError:
        return
    assert 1 <= address.port <= 65535
    assert encode(address) is not None
