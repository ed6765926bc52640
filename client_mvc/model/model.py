"""The whole state of the client."""

from dataclasses import dataclass, field

from client_mvc.model.conversation import Conversation
from client_mvc.model.ignored import IgnoredMembers
from client_mvc.model.members import Members
from client_mvc.model.membership import Membership
from client_mvc.model.observable import Observable
from client_mvc.model.outbox import Box, Outbox
from client_mvc.model.pasted import PastedFiles
from client_mvc.model.pins import Pins
from client_mvc.model.preferences import Preferences
from client_mvc.model.room_state import RoomState
from client_mvc.model.saving import Saving
from client_mvc.model.typing import Typing
from client_mvc.model.uploads import UploadList


@dataclass(slots=True)
class Model:
    """`box` belongs to the room and name in use; `box_changed` has each new one, or None.

    `device` is the number of this device (`device`); empty: none is sent.
    """

    outbox: Outbox
    preferences: Preferences
    device: str = ""
    conversation: Conversation = field(default_factory=Conversation)
    membership: Membership = field(default_factory=Membership)
    members: Members = field(default_factory=Members)
    typing: Typing = field(default_factory=Typing)
    pins: Pins = field(default_factory=Pins)
    pasted: PastedFiles = field(init=False)
    ignored: IgnoredMembers = field(init=False)
    room_state: RoomState = field(init=False)
    uploads: UploadList = field(default_factory=UploadList)
    saving: Saving = field(default_factory=Saving)
    box: Box | None = None
    box_changed: Observable[Box | None] = field(default_factory=Observable)

    def __post_init__(self) -> None:
        self.room_state = RoomState(self.members)
        self.pasted = PastedFiles(self.outbox.folder)
        self.ignored = IgnoredMembers(self.preferences)

    def set_box(self, box: Box | None) -> None:
        """Use this box and close the one before."""
        if box is None is self.box:
            return
        if self.box is not None:
            self.box.close()
        self.box = box
        self.box_changed.notify(box)

    def close(self) -> None:
        """Close all databases."""
        self.set_box(None)
        self.outbox.close()
