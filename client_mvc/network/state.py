"""The states of a membership (`protocol.ClientProtocol`).

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
