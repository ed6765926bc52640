# ruff: noqa: RUF001
"""Links that can look like another address."""

import pytest

from client_mvc.text.link_hosts import disguised_host


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "HTTP://Example.ORG:8080/a@b?c=@#x",
        "https://example.org/%41?q=1\N{EN DASH}2",
        "http://localhost:18000/files/a/b.txt",
        "http://192.168.1.7/",
        "http://[2001:db8::1]:80/",
        "https://sub_domain.example-1.org./",
        "https://bücher.example/",
        "https://œuvre.fr",
        "https://пример.рф/путь",
        "https://例え.jp/",
        "https://한국.com/",
        "https://a.example/👍",
        "https://1.example",
    ],
)
def test_ordinary_links(url: str) -> None:
    assert disguised_host(url) is None


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://example.org@evil.example/", "evil.example"),
        ("https://example.org:443@evil.example:8080/x", "evil.example"),
        ("https://@evil.example", "evil.example"),
        ("https://a@b@evil.example", "evil.example"),
        ("https://example.org%2f@evil.example", "evil.example"),
        ("https://evil.example\\@example.org/", "evil.example"),
        ("https://\\evil.example", "evil.example"),
        ("https:///evil.example/x", "evil.example"),
        ("https://evil%2eexample/", "evil.example"),
        ("https://xn--pple-43d.com", "xn--pple-43d.com"),
        ("https://www.XN--PPLE-43D.com", "www.xn--pple-43d.com"),
        ("https://аpple.com", "xn--pple-43d.com (аpple.com)"),
        ("https://аррӏе.com/", "xn--80ak6aa92e.com (аррӏе.com)"),
        ("https://gıthub.com", "xn--gthub-n4a.com (gıthub.com)"),
        ("https://ɡoogle.com", "xn--oogle-qmc.com (ɡoogle.com)"),
        ("https://exαmple.org", "xn--exmple-qxe.org (exαmple.org)"),
        ("https://ｅｖｉｌ.example", "evil.example"),
        ("https://evil。example", "evil.example"),
        ("https://example.org\u2215login.evil.example/", None),
        ("https://exam\u00adple.org/", "example.org"),
        ("https://example.org/a\u2060b", "example.org"),
        ("https://example.org/\u3164", "example.org"),
        ("https://example.org/\U000e0041", "example.org"),
        ("https://example.org/\x07", "example.org"),
        ("http://3627734734/", "3627734734"),
        ("http://0x7f.1/", "0x7f.1"),
        ("http://127.1/", "127.1"),
        ("http://0127.0.0.1/", "0127.0.0.1"),
        ("http://[::1/", None),
        ("https://example.org:x/", "example.org"),
        ("https://exa$mple.org/", "exa$mple.org"),
    ],
)
def test_links_that_are_asked_about(url: str, host: str | None) -> None:
    found = disguised_host(url)
    assert found is not None
    assert host is None or found == host


def test_a_long_host_is_cut() -> None:
    assert len(disguised_host("https://a@" + "b" * 8000) or "") < 600
