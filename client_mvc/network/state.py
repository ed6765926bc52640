"""The states of a membership (`protocol.ClientProtocol`), and how long they may last.

waiting ──► connecting ──► joining ──► replaying ──► ready
   ▲             │            │            │           │
   └─────────────┴────────────┴────────────┴───────────┤  (the connection is lost)
                                        leaving ──► ended
"""

from enum import Enum, auto


class ClientState(Enum):
    """See the top of this module."""

    WAITING = auto()
    CONNECTING = auto()
    JOINING = auto()
    REPLAYING = auto()
    READY = auto()
    LEAVING = auto()
    ENDED = auto()


MEMBER = (ClientState.REPLAYING, ClientState.READY, ClientState.LEAVING)
"""The states in which events and answers are taken."""

ANSWER_WITHIN = 15.0
"""Seconds that the server has to answer `join`."""
REPLAY_SILENT = 30.0
"""Seconds that it has for each event of the replay."""
REPLAY_WITHIN = 600.0
"""Seconds for all of the replay. The next connection goes on where this one was."""
