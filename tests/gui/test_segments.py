"""The text and tags of each item of the conversation. Needs no window."""

import pytest

from client_mvc.text import markup
from client_mvc.text.links import links
from client_mvc.text.markup import Run
from client_mvc.view.contract.values import Heading, Message, Pending
from client_mvc.view.messages import segments
from client_mvc.view.style.safe_text import SafeText

SAFE = SafeText(emoji=True)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://a.example/x?y=1#z now", ["https://a.example/x?y=1#z"]),
        ("(http://a.example/b_(c)).", ["http://a.example/b_(c)"]),
        ("http://a.example, http://b.example!", ["http://a.example", "http://b.example"]),
        ('"https://a.example"', ["https://a.example"]),
        ("HTTPS://A.EXAMPLE…", ["HTTPS://A.EXAMPLE"]),
        ("https://пример.example/путь", ["https://пример.example/путь"]),
        ("https://a.example/\u202egpj.exe", ["https://a.example/"]),
        ("https:// http://. javascript:alert(1) file:///etc/passwd", []),
    ],
)
def test_links_end_before_punctuation(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in links(text)] == found


def test_a_message_is_laid_out_completely() -> None:
    text = "look 👍 at https://a.example/👍 (really)\nand on"
    pieces = segments.message(Message(text, Heading("10:00", "bob", 3)), SAFE, 7)
    shown = "".join(piece for piece in pieces if isinstance(piece, str))
    assert shown == f"10:00\tbob\n{text}\n"
    assert len(pieces) % 2 == 0


@pytest.mark.parametrize("piece", ["http://a.b ", "*a* ", "`a` ", "a👍"])
def test_a_message_has_few_pieces_and_all_of_its_text(piece: str) -> None:
    text = piece * 2000
    for laid_out in (
        segments.message(Message(text, runs=markup.split(text)), SAFE, 1),
        segments.pending(Pending("k", text, runs=markup.split(text)), SAFE, 1),
    ):
        assert len(laid_out) <= 2 * segments.MOST_PIECES + 4
        assert "".join(piece for piece in laid_out if isinstance(piece, str)) == text + "\n"


def test_runs_carry_their_style_and_links_stay_links() -> None:
    runs = (Run("*", "mark"), Run("see https://a.example", "bold"), Run("*", "mark"))
    text = "".join(run.text for run in runs)
    pieces = segments.message(Message(text, runs=runs), SAFE, 1)
    found = dict(zip(pieces[::2], pieces[1::2], strict=True))
    assert "".join(map(str, pieces[::2])) == text + "\n"
    assert {"bold"} <= set(found["see "])
    assert {"bold", "action", "link"} <= set(found["https://a.example"])
    assert {"mark"} <= set(found["*"])
    assert not {"mark", "bold"} & set(found["\n"])


def test_neighbours_carry_different_tags() -> None:
    tags = [segments.message(Message("x"), SAFE, number)[1] for number in (1, 2, 3)]
    assert tags[0] == tags[2] != tags[1]


def test_a_failed_message_has_its_reason_and_actions() -> None:
    pieces = segments.pending(Pending("k", "hi", failed=True, reason="Too fast."), SAFE, 0)
    shown = "".join(piece for piece in pieces if isinstance(piece, str))
    assert shown == "hi\nnot sent: Too fast \N{EN DASH} send again  ·  discard\n"


def test_an_outgoing_message_has_a_heading() -> None:
    pieces = segments.pending(Pending("k", "hi", heading=Heading("", "ann", 3)), SAFE, 0)
    shown = "".join(piece for piece in pieces if isinstance(piece, str))
    assert shown == "\tann\nhi\n"


def test_a_url_that_cannot_be_shown_exactly_is_not_a_link() -> None:
    pieces = segments.message(Message("https://a.example/👍"), SafeText(emoji=False), 1)
    assert not any("link" in tags for tags in pieces if isinstance(tags, tuple))
