"""The conversation as one web page that needs no other file, light or dark as its reader.

All text of members is escaped, and the page's Content-Security-Policy forbids scripts and
requests, so the file is safe to open, send and keep.
"""

from collections.abc import Iterable
from datetime import date, tzinfo
from html import escape

from client_mvc.controller import wording
from client_mvc.controller.conversation import extras
from client_mvc.controller.export import facts
from client_mvc.controller.notices import notice
from client_mvc.i18n import translate
from client_mvc.i18n.translate import _
from client_mvc.text import markup
from client_mvc.text.link_hosts import disguised_host
from client_mvc.text.links import links
from client_mvc.text.markup import Run
from shared import messages

_HEAD = """\
<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --text: #1f2530; --muted: #5c6675; --ground: #fff;
  --card: #f4f6f9; --link: #1a56c4; }}
@media (prefers-color-scheme: dark) {{ :root {{ --text: #e4e7ec; --muted: #9aa3b0;
  --ground: #1c1f25; --card: #262a32; --link: #8ab4f8; }} }}
body {{ color: var(--text); background: var(--ground); font: 1rem/1.5 system-ui, sans-serif;
  max-width: 50rem; margin: 0 auto; padding: 1rem; }}
h1 {{ font-size: 1.25rem; }}
h2 {{ font-size: 1rem; font-weight: normal; color: var(--muted); text-align: center; }}
time, .mark, .notice, .size {{ color: var(--muted); }}
time {{ font-size: .85em; margin-right: .5em; }}
a {{ color: var(--link); }}
article {{ margin: .6rem 0; }}
.text {{ white-space: pre-wrap; overflow-wrap: anywhere; }}
code, pre {{ background: var(--card); font-family: ui-monospace, monospace; font-size: .9em; }}
.block {{ display: block; }}
pre {{ padding: .5rem; overflow-x: auto; margin: .2rem 0; }}
</style>
</head>
<body>
<h1>{title}</h1>
"""
_FOOT = "</body>\n</html>\n"
_TAGS = {
    "bold": ("<b>", "</b>"),
    "code": ("<code>", "</code>"),
    "block": ('<code class="block">', "</code>"),
    "mark": ('<span class="mark">', "</span>"),
}


def page(title: str, events: Iterable[messages.AnyEvent], zone: tzinfo | None = None) -> str:
    """Return the page with these events under `title`."""
    parts = [_HEAD.format(title=escape(title), language=translate.language())]
    day: date | None = None
    for event, after_gap in wording.with_gaps(events):
        if after_gap:
            parts.append(f'<p class="notice">[…] {escape(_(wording.GAP))}</p>\n')
        when = wording.moment(event.at, zone)
        if event.at and when.date() != day:
            day = when.date()
            parts.append(f"<h2>{escape(translate.day(when))}</h2>\n")
        if facts.is_change(event):
            continue
        time = ""
        if event.at:
            time = f'<time datetime="{escape(event.at)}">{when:%H:%M:%S}</time>'
        body = _event(event, zone) + _below(event, zone)
        parts.append(f'<article id="e{event.seq}">{time}{body}</article>\n')
    return "".join([*parts, _FOOT])


def _event(event: messages.AnyEvent, zone: tzinfo | None) -> str:
    match event:
        case messages.Said(name=name, text=text) if not event.deleted:
            if (does := extras.emoted(text)) is not None:
                return f'<b>{escape(name)}</b> <i class="text">{_text(does)}</i>'
            quoted = _quote(event)
            shown = _text(extras.literal(text))
            return f'<b>{escape(name)}</b>{quoted}\n<div class="text">{shown}</div>'
        case messages.Shared(name=name, file=messages.File() as file):
            size = f'<span class="size">({escape(facts.size(file))})</span>'
            preview = f"\n<pre>{escape(file.preview)}</pre>" if file.preview.strip() else ""
            shared = escape(_("{name} shared {file}")).format(
                name=f"<b>{escape(name)}</b>", file=f"<b>{escape(file.name)}</b> {size}"
            )
            return f"{shared}{preview}"
        case messages.Said(name=name) | messages.Shared(name=name):
            return f'<b>{escape(name)}</b>\n<div class="notice">{escape(notice(event))}</div>'
        case _:
            return f'<span class="notice">{escape(notice(event, zone=zone))}</span>'


def _quote(said: messages.Said) -> str:
    quoted = facts.quote(said)
    if quoted is None:
        return ""
    # The place may not be on this page; then the link leads nowhere.
    return f' <a class="notice" href="#e{said.reply_to}">{escape(quoted)}</a>'


def _below(event: messages.AnyEvent, zone: tzinfo | None) -> str:
    """Return when a message was edited, whether it is pinned, and the reactions."""
    if not isinstance(event, messages.Said | messages.Shared):
        return ""
    parts = []
    if notes := facts.notes(event, zone):
        parts.append(f'\n<div class="notice">({escape(", ".join(notes))})</div>')
    for emoji, names in facts.reactions(event):
        parts.append(f'\n<div class="notice">{escape(emoji)} {escape(names)}</div>')
    return "".join(parts)


def _text(text: str) -> str:
    parts = []
    for run in markup.split(text) or (Run(text),):
        before, after = _TAGS.get(run.style, ("", ""))
        parts += [before, _linked(run.text), after]
    return "".join(parts)


def _linked(text: str) -> str:
    parts, at = [], 0
    for start, end in links(text):
        if disguised_host(text[start:end]) is not None:
            continue  # a browser opens it without a question
        url = escape(text[start:end])
        parts += [
            escape(text[at:start]),
            f'<a href="{url}" rel="noopener noreferrer">{url}</a>',
        ]
        at = end
    return "".join([*parts, escape(text[at:])])
