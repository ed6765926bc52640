"""Colours for blocks of code in a message, by their language.

Pygments takes milliseconds for a long block, and more when it is first loaded: `inks` runs on
a worker thread. It colours nothing that has no language: a guess would often be wrong.
"""

from collections.abc import Iterator

MOST = 20_000
"""Characters of a block; a longer one has no colours."""
_MOST_IN_LINE = 120
"""Pieces of one line; Tk's time for a line grows with the square of them."""

# By the beginning of Pygments' names for what they are, the longer ones first.
_KINDS = (
    ("Comment", "comment"),
    ("Keyword", "keyword"),
    ("Name.Tag", "keyword"),
    ("Operator.Word", "keyword"),
    ("Literal.String", "string"),
    ("Literal.Number", "number"),
    ("Name.Function", "name"),
    ("Name.Class", "name"),
    ("Name.Decorator", "name"),
    ("Name.Attribute", "name"),
    ("Name.Builtin", "name"),
    ("Generic.Deleted", "deleted"),
    ("Generic.Inserted", "string"),
    ("Generic.Heading", "keyword"),
    ("Generic.Subheading", "keyword"),
)

type Ink = tuple[str, str, str]
"""The kind of a piece of code, and its start and end as "line.column", lines from 0."""


def inks(language: str, code: str) -> list[Ink]:
    """Return the coloured pieces of `code`; none for an unknown language.

    Columns are UTF-16 units, as Tk counts them.
    """
    if len(code) > MOST:
        return []
    from pygments.lexers import get_lexer_by_name  # noqa: PLC0415 - not before there is code
    from pygments.util import ClassNotFound  # noqa: PLC0415

    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return []
    return list(_placed(lexer.get_tokens(code)))


def _placed(tokens: Iterator[tuple[object, str]]) -> Iterator[Ink]:
    line = column = pieces = 0
    for token, text in tokens:
        kind = _kind(str(token).removeprefix("Token."))
        for number, piece in enumerate(text.split("\n")):
            if number:
                line, column, pieces = line + 1, 0, 0
            end = column + len(piece.encode("utf-16-le")) // 2
            if kind and piece.strip() and pieces < _MOST_IN_LINE:
                pieces += 1
                yield kind, f"{line}.{column}", f"{line}.{end}"
            column = end


def _kind(token: str) -> str:
    return next((kind for begun, kind in _KINDS if token.startswith(begun)), "")
