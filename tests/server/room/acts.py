"""Hypothesis strategy of acts, allowed or not, and the traces of those whom they concern."""

from hypothesis import strategies as st

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
