"""Hypothesis strategies of acts and changes, allowed or not, and the traces of members."""

from hypothesis import strategies as st

from shared.conversation import Edit, Pin, React, Rename, SetNote
from shared.moderation import (
    ROLES,
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

KEYS = (b"K" * 32, b"L" * 32, b"")
DEVICES = (b"", b"D" * 32, b"E" * 32)
ADDRESSES = ("", "10.0.0.1", "10.0.0.2")

_id = st.just("id")  # an act is known by its key
_targets = st.sampled_from(["ada", "bob", "b0b", "eve", "nobody"]) | st.integers(0, 5)
_minutes = st.sampled_from([0, 1, 5, 100_000])

requests = st.one_of(
    st.builds(Claim, id=_id, key=st.sampled_from([key.hex() for key in KEYS])),
    st.builds(SetRole, id=_id, target=_targets, role=st.sampled_from([*ROLES, "king"])),
    st.builds(Kick, id=_id, target=_targets),
    st.builds(Ban, id=_id, target=_targets, minutes=_minutes),
    st.builds(Unban, id=_id, ban=st.integers(1, 4)),
    st.builds(Mute, id=_id, target=_targets, minutes=_minutes),
    st.builds(Slow, id=_id, seconds=st.sampled_from([0, 30, 300])),
    st.builds(Lock, id=_id, on=st.booleans()),
    st.builds(SetTopic, id=_id, text=st.sampled_from(["", "exams"])),
    st.builds(Delete, id=_id, seq=st.integers(1, 9)),
)

_seqs = st.integers(1, 12)

changes = st.one_of(
    st.builds(Edit, id=_id, seq=_seqs, text=st.sampled_from(["a", "b"])),
    st.builds(React, id=_id, seq=_seqs, emoji=st.sampled_from(["👍", "😂"]), on=st.booleans()),
    st.builds(Pin, id=_id, seq=_seqs, on=st.booleans()),
    st.builds(Rename, id=_id, name=st.sampled_from(["ada", "bob", "b0b", "zoe", "not a name"])),
    st.builds(SetNote, id=_id, text=st.sampled_from(["", "at lunch"])),
)
