"""Hypothesis strategies: names, texts, requests, events, file names, text files.

The comment at each strategy says whether its values are valid.
"""

import json
from datetime import UTC

from hypothesis import strategies as st
from msgspec import UNSET

from shared import emoji, limits
from shared.conversation import (
    Edit,
    Edited,
    Pin,
    Pinned,
    Quote,
    React,
    Reacted,
    Reactor,
    Rename,
    Renamed,
    SetNote,
    Typing,
)
from shared.messages import (
    AskHistory,
    AskReport,
    AskSearch,
    File,
    Join,
    Joined,
    Leave,
    Left,
    Said,
    Say,
    Shared,
)
from shared.moderation import (
    AskBans,
    Ban,
    Claim,
    Delete,
    Kick,
    Lock,
    Mute,
    SetRole,
    SetTopic,
    Slow,
    Unban,
)

# Texts that JSON can carry: all characters but surrogates.
anything = st.text(st.characters(exclude_categories=["Cs"]))
# Valid messages: no control characters but line feed and tab.
said_texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"),
    min_size=1,
    max_size=200,
)
# File names as a client may send them, valid or not, with paths and reserved names.
file_names = st.one_of(
    st.text(max_size=300),
    st.lists(
        st.sampled_from(
            [
                "CON", "nul", "com1", "LPT9", "aux", "conin$", ".", "..", "/", "\\", " ",
                "\u3000", "~", ":", "a", "é", "e\u0301", "日", "👍", "\u200e", "\u202e", "\0",
                "\n", ".txt", ".tar.gz", "x" * 130, "ß" * 130, "語" * 90, "\ufeff",
                "*", "?", "|", '"', "<", "-", "%2e",
            ]
        ),
        max_size=8,
    ).map("".join),
)  # fmt: skip

ids = st.text(
    st.characters(exclude_categories=["Cs"]), min_size=1, max_size=limits.ID_CHARACTERS
)
counts = st.integers(0, 2**53)
seqs = st.integers(1, 2**53)

_targets = anything | st.integers(-1, 2**70)
_reasons = st.text(st.characters(exclude_categories=["Cs"]), max_size=limits.REASON_CHARACTERS)
act_requests = st.one_of(
    st.builds(Claim, id=ids, key=_reasons.map(lambda one: one[: limits.OWNER_KEY_CHARACTERS])),
    st.builds(SetRole, id=ids, target=_targets, role=anything),
    st.builds(Kick, id=ids, target=_targets, text=_reasons),
    st.builds(
        Ban, id=ids, target=_targets, minutes=st.integers(0, limits.BAN_MINUTES), text=_reasons
    ),
    st.builds(Unban, id=ids, ban=seqs),
    st.builds(Mute, id=ids, target=_targets, minutes=st.integers(0, limits.BAN_MINUTES)),
    st.builds(Slow, id=ids, seconds=st.integers(0, limits.SLOW_SECONDS)),
    st.builds(Lock, id=ids, on=st.booleans()),
    st.builds(SetTopic, id=ids, text=_reasons),
    st.builds(Delete, id=ids, seq=seqs),
)
# One emoji, and texts that are none.
emojis = st.sampled_from(emoji.USUAL) | st.text(max_size=limits.EMOJI_CHARACTERS)
# Changes of messages and of oneself; valid but for texts, names and emoji.
change_requests = st.one_of(
    st.builds(Edit, id=ids, seq=seqs, text=anything),
    st.builds(React, id=ids, seq=seqs, emoji=emojis, on=st.booleans()),
    st.builds(Pin, id=ids, seq=seqs, on=st.booleans()),
    st.builds(Rename, id=ids, name=anything),
    st.builds(SetNote, id=ids, text=_reasons.map(lambda one: one[: limits.NOTE_CHARACTERS])),
)
requests = st.one_of(
    st.builds(
        Join,
        name=anything,
        password=st.none() | anything,
        token=st.none() | anything,
        after=st.none() | counts,
        history=counts,
    ),
    st.builds(Say, text=anything) | st.builds(Say, text=anything, id=ids),
    st.builds(Say, text=anything, id=ids, reply_to=seqs),
    st.builds(AskHistory, id=ids, before=seqs, limit=seqs),
    st.builds(AskHistory, id=ids, around=seqs) | st.builds(AskHistory, id=ids, after=counts),
    st.builds(AskHistory, id=ids, at=st.datetimes(timezones=st.just(UTC))),
    st.builds(AskSearch, id=ids, text=anything)
    | st.builds(AskSearch, id=ids, text=anything, before=seqs, limit=seqs),
    st.builds(AskReport, id=ids) | st.builds(AskBans, id=ids),
    act_requests,
    change_requests,
    st.just(Leave()) | st.just(Typing()),
)

_at = st.datetimes().map(lambda one: one.strftime("%Y-%m-%dT%H:%M:%S.123Z"))
_common = {
    "seq": seqs,
    "at": _at,
    "name": anything,
    "member": st.just(UNSET) | seqs,
}
_files = st.builds(
    File,
    id=anything,
    name=anything,
    size=counts,
    sha256=anything,
    lines=counts,
    preview=anything,
    url=anything,
)
_reactors = st.builds(Reactor, member=seqs, name=anything)
_standing = {
    "edited": st.just(UNSET) | _at,
    "reactions": st.just(UNSET)
    | st.dictionaries(emojis, st.lists(_reactors, min_size=1, max_size=3), min_size=1),
    "pinned": st.just(UNSET) | st.just(value=True),
}
events = st.one_of(
    st.builds(Said, **_common, text=anything),
    st.builds(Said, **_common, text=anything, id=ids),
    st.builds(
        Said,
        **_common,
        **_standing,
        text=anything,
        reply_to=seqs,
        quote=st.just(UNSET) | st.builds(Quote, name=anything, text=anything),
    ),
    st.builds(Edited, **_common, target=seqs, text=anything),
    st.builds(Reacted, **_common, target=seqs, emoji=emojis, on=st.booleans()),
    st.builds(Pinned, **_common, target=seqs, on=st.booleans()),
    st.builds(Renamed, **_common, to=anything),
    st.builds(Shared, **_common, file=_files),
    st.builds(Shared, **_common, **_standing, file=_files),
    st.builds(Joined, **_common),
    st.builds(
        Left, **_common, reason=st.sampled_from(["quit", "lost", "kicked", "banned"]) | anything
    ),
)

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)
_almost = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            [
                *("join", "say", "history", "search", "report", "leave", "quit", "", 5, None),
                *("claim", "role", "kick", "ban", "bans", "unban", "mute", "slow", "lock"),
                *("topic", "delete", "edit", "react", "pin", "rename", "note", "typing"),
            ]
        )
    },
    optional={
        "id": _json,
        "name": _json,
        "text": _json,
        "password": _json,
        "token": _json,
        "after": _json,
        "history": _json,
        "before": _json,
        "limit": _json,
        "around": _json,
        "at": _json,
        "more": _json,
        **dict.fromkeys(("key", "target", "role", "minutes", "ban", "seconds", "on"), _json),
        **dict.fromkeys(("seq", "device", "owner_key", "emoji", "reply_to"), _json),
    },
)
# Contents of frames, from noise to nearly valid.
frames = st.one_of(
    st.binary(max_size=200),
    _json.map(lambda one: json.dumps(one).encode()),
    _almost.map(lambda one: json.dumps(one).encode()),
    st.builds(lambda one, cut: json.dumps(one).encode()[:cut], _almost, st.integers(0, 60)),
)

# The bytes of files that are certainly text.
unicode_files = st.builds(
    lambda text, encoding: text.encode(encoding),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
