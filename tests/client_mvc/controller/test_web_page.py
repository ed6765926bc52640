"""The conversation as a web page, read back by an HTML parser."""

from datetime import UTC
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_mvc.controller.export.web_page import page
from shared import messages
from tests.client_mvc.fakes import joined, said, shared

EVIL = [
    "<script>alert(1)</script>",
    "</div></body><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "`<b>` *<i>* ```\n<u>\n```",
    'https://a.example/"onmouseover=alert(1)//',
    "https://a.example/'><script>",
    "javascript:alert(1)",
    "&lt;b&gt;",
]
ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "h1", "h2", "article", "time"),
    *("b", "div", "a", "code", "span", "pre"),
}


class Reader(HTMLParser):
    """Collects tags, link targets and texts, as a browser sees them."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.urls: list[str] = []
        self.texts: list[str] = []
        self._depth = 0
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append(tag)
        self.attributes |= values.keys()
        self.urls += [url for name, url in attrs if name in ("href", "src") and url]
        if values.get("class") == "text":
            self.texts.append("")
            self._depth = 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "div":
            self._depth = 0

    def handle_data(self, data: str) -> None:
        if self._depth:
            self.texts[-1] += data


@pytest.mark.parametrize("text", EVIL)
def test_messages_are_shown_as_text_only(text: str) -> None:
    event = shared(2, preview=text)
    read = Reader(page(text, [said(1, text, name=text), event], UTC))
    assert read.texts == [text]
    assert set(read.tags) <= ALLOWED
    assert not {name for name in read.attributes if name.startswith("on")}
    assert all(url.startswith("https://a.example/") for url in read.urls)


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), max_size=4)
)
def test_every_text_is_read_as_it_was_sent(texts: list[str]) -> None:
    events = [said(seq, text) for seq, text in enumerate(texts, 1)]
    assert Reader(page("x", events, UTC)).texts == texts


def test_a_link_that_hides_where_it_leads_is_text() -> None:
    text = "https://a.example@evil.example/ and https://a.example/"
    read = Reader(page("x", [said(1, text)], UTC))
    assert read.texts == [text]
    assert [url for url in read.urls if "evil" in url] == []
    assert "https://a.example/" in read.urls


def test_all_events_are_included() -> None:
    events: list[messages.Event] = [
        joined(1),
        said(2, "see *this*: https://b.example/?a=1&b=2.", at="2026-11-23T09:00:00.000Z"),
        shared(3),
    ]
    source = page("#lobby", events, UTC)
    assert "bob joined" in source
    assert "Sunday 22 November 2026" in source
    assert "Monday 23 November 2026" in source
    assert "shared <b>notes.txt</b>" in source
    assert "<pre>hello</pre>" in source
    assert "<b>this</b>" in source
    assert Reader(source).urls == ["https://b.example/?a=1&b=2"]


def test_it_loads_nothing_and_follows_the_readers_theme() -> None:
    source = page("x", [said(1)], UTC)
    assert "prefers-color-scheme: dark" in source
    assert "default-src 'none'" in source
    assert not {"script", "link", "img"} & set(Reader(source).tags)
