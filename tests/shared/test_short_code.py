"""The short code of an IPv4 address, read out loud and typed by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.address import Address
from shared.problems import ProblemError
from shared.short_code import decode, encode

DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

EXAMPLES = [
    # As in docs/protocol.md: other programs compute the same.
    (Address("192.168.1.69", 18001), "R2M0-2H90"),
    (Address("10.0.0.7", 8080), "0A00-00E7-WG3"),
    (Address("192.168.1.20", 18000), "R2M0-2508"),
    (Address("0.0.0.0", 18000), "0000-0000"),
    (Address("255.255.255.255", 18007), "ZZZZ-ZZZC"),
    (Address("255.255.255.255", 65535), "7ZZZ-ZZZZ-ZZ5"),
    (Address("172.16.254.3", 17999), "5C23-Z06H-JF2"),
    (Address("172.16.254.3", 18008), "5C23-Z06H-JR9"),
]

_addresses = st.builds(Address, st.ip_addresses(v=4).map(str), st.integers(1, 65535))
_near_addresses = st.builds(Address, st.ip_addresses(v=4).map(str), st.integers(17990, 18020))


@pytest.mark.parametrize(("address", "code"), EXAMPLES)
def test_examples(address: Address, code: str) -> None:
    assert encode(address) == code
    assert decode(code) == address


@given(_addresses | _near_addresses)
def test_a_code_leads_back(address: Address) -> None:
    code = encode(address)
    assert code is not None
    assert decode(code) == address
    assert len(code.replace("-", "")) == (8 if 18000 <= address.port <= 18007 else 11)


@pytest.mark.parametrize(
    "typed",
    [
        "r2m0-2h90", "R2M02H90", " R2 M0 2H 90 ", "r2mO-2h9o", "R-2-M-0-2-H-9-0",
        "R2M0\u00a02H90",
    ],
)  # fmt: skip
def test_codes_as_people_type_them(typed: str) -> None:
    assert decode(typed) == Address("192.168.1.69", 18001)


@pytest.mark.parametrize("one", ["1", "I", "i", "L", "l"])
def test_letters_read_as_one(one: str) -> None:
    code = encode(Address("10.0.0.1", 18000))
    assert code is not None
    assert "1" in code
    assert decode(code.replace("1", one)) == Address("10.0.0.1", 18000)


@pytest.mark.parametrize("host", ["localhost", "::1", "fe80::1", "10.0.0", "256.1.1.1", ""])
def test_names_and_ipv6_have_no_code(host: str) -> None:
    assert encode(Address(host)) is None


@pytest.mark.parametrize("code", [code for _, code in EXAMPLES])
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


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "A code has 8 or 11 characters."),
        ("-", "A code has 8 or 11 characters."),
        ("R2M0-2H9", "A code has 8 or 11 characters."),
        ("R2M0-2H900", "A code has 8 or 11 characters."),
        ("R2M0-2H9U", "A code has digits and letters only, and no U."),
        ("R2M0.2H90", "A code has digits and letters only, and no U."),
        ("R2M0-2H9é", "A code has digits and letters only, and no U."),
        ("R2M0-2H9\uff10", "A code has digits and letters only, and no U."),
        ("0000-0000-000", "This code has a typing error."),  # port 0
        ("ZZZZ-ZZZZ-ZZ4", "This code has a typing error."),
    ],
)
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
