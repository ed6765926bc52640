"""The text and tags of each item of the conversation. Needs no window."""

import pytest

from client_mvc.text import markup
from client_mvc.text.links import links
from client_mvc.text.markup import Run
from client_mvc.view.contract.items import Heading, Pending
from client_mvc.view.messages import segments
from client_mvc.view.messages.segments import Fold
from client_mvc.view.style.safe_text import Pieces, SafeText

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


def shown(pieces: Pieces) -> str:
    return "".join(piece for piece in pieces if isinstance(piece, str))


def original(pieces: Pieces) -> str:
    """Return what copying gives: without what is aside."""
    pairs = zip(pieces[::2], pieces[1::2], strict=True)
    return "".join(str(text) for text, tags in pairs if segments.ASIDE not in tags)


def test_a_text_is_laid_out_completely() -> None:
    text = "look 👍 at https://a.example/👍 (really)\nand on"
    pieces = segments.runs(text, (), SAFE, ("body",))
    assert shown(pieces) == text
    assert len(pieces) % 2 == 0
    head = segments.heading(Heading("10:00", "bob", 3), SAFE)
    assert shown(head) == "10:00\tbob\n"


@pytest.mark.parametrize("piece", ["http://a.b ", "*a* ", "`a` ", "a👍"])
def test_a_text_has_few_pieces_and_nothing_is_missing(piece: str) -> None:
    text = piece * 2000
    pieces = segments.runs(text, markup.split(text), SAFE, ("body",))
    assert len(pieces) <= 2 * segments.MOST_PIECES + 2
    assert shown(pieces) == text


def test_runs_carry_their_style_and_links_stay_links() -> None:
    runs = (Run("*", "mark"), Run("see https://a.example", "bold"), Run("*", "mark"))
    text = "".join(run.text for run in runs)
    pieces = segments.runs(text, runs, SAFE, ("body",))
    found = dict(zip(pieces[::2], pieces[1::2], strict=True))
    assert shown(pieces) == text
    assert {"bold"} <= set(found["see "])
    assert {"bold", "action", "link"} <= set(found["https://a.example"])
    assert {"mark"} <= set(found["*"])


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("```py\nx = 1\n```", "py\tCopy code\nx = 1"),
        ("look:\n```\nx = 1\n```\nand on", "look:\nCode\tCopy code\nx = 1\nand on"),
        ("look: ```x = 1``` and on", "look: \nCode\tCopy code\nx = 1\n and on"),
        ("```\na\n```\n```\nb\n```", "Code\tCopy code\na\nCode\tCopy code\nb"),
    ],
)
def test_a_block_of_code_has_a_heading_and_no_marks_are_seen(text: str, seen: str) -> None:
    pieces = segments.runs(text, markup.split(text), SAFE, ())
    pairs = zip(pieces[::2], pieces[1::2], strict=True)
    assert "".join(str(text) for text, tags in pairs if "mark" not in tags) == seen
    assert original(pieces) == text


def test_long_texts_are_folded_by_the_lines_that_are_seen() -> None:
    def fold(text: str) -> Fold | None:
        return segments.fold(segments.runs(text, markup.split(text), SAFE, ()))

    assert fold("x\n" * 14 + "x") is None
    assert fold("x\n" * 14 + "x\n\n") is None
    assert fold("x\n" * 15 + "x") == Fold(12, 0, 4)
    code = "```py\n" + "x\n" * 16 + "```"
    # The lines of the language and of the marks do not count, but stand above.
    assert fold(code) == Fold(14, 0, 4)
    assert fold("x\n" * 12 + "```\n" + "x\n" * 4 + "```") == Fold(12, 0, 4)


def test_a_long_paragraph_is_folded_between_words() -> None:
    # As in tests/web/view/blocks.test.js.
    assert segments.fold_at("word " * 400) == (1200, 8)
    assert segments.fold_at("x" * 2000) == (1200, 8)
    assert segments.fold_at("x" * 1500) is None
    lines = "".join(f"line {number}\n" for number in range(11))
    at, more = segments.fold_at(lines + "word " * 100) or (0, 0)
    assert (lines + "word " * 100)[at:].startswith("word ")
    assert (at - len(lines), more) == (100, 4)


def test_a_failed_message_has_its_reason_and_actions() -> None:
    pending = Pending("k", "hi", failed=True, reason="Too fast.")
    pieces = segments.pending_actions(pending, SAFE, 0)
    assert shown(pieces) == "not sent: Too fast \N{EN DASH} send again  ·  discard\n"


def test_a_url_that_cannot_be_shown_exactly_is_not_a_link() -> None:
    pieces = segments.runs("https://a.example/👍", (), SafeText(emoji=False), ())
    assert not any("link" in tags for tags in pieces if isinstance(tags, tuple))
