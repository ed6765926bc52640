"""The states of a session, and what it does with a request in each of them."""

import enum
from collections.abc import Mapping
from typing import get_args

from shared.conversation import ConversationRequest, Typing
from shared.messages import AskHistory, AskReport, AskSearch, Join, Leave, Say
from shared.moderation import ActRequest, AskBans
from shared.problems import Problem, problem


class State(enum.Enum):
    """Where a session stands; `TABLE` says what it does with a request there."""

    NEW = "connected, has not joined"
    JOINING = "waits for the room to carry out its join"
    JOINED = "is a member"
    LEAVING = "waits for the room to carry out its leave"
    ENDED = "is closed, or about to be"


TABLE: Mapping[State, Mapping[type, str]] = {
    State.NEW: {Join: "_join"},  # → JOINING → JOINED; refused: → ENDED
    State.JOINING: {},
    State.JOINED: {
        Say: "_say",
        AskHistory: "_ask",
        AskSearch: "_ask",
        AskReport: "_ask",
        AskBans: "_ask",
        **dict.fromkeys(get_args(ActRequest.__value__), "_act"),
        **dict.fromkeys(get_args(ConversationRequest.__value__), "_act"),
        Typing: "_typing",
        Leave: "_leave",  # → LEAVING → ENDED
    },
    State.LEAVING: {},
    State.ENDED: {},
}
"""The method of `Session` that handles a request, by state. The others are not allowed."""

NOT_ALLOWED: Mapping[State, Problem] = {
    State.NEW: problem("not_joined", "first"),
    State.JOINED: problem("bad_request", "joined"),
}
"""The error that answers a request which is not allowed. The other states ignore requests."""
