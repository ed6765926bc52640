"""All that the client knows, in one place."""

from dataclasses import dataclass, field

from client_mvc.model.conversation import Conversation
from client_mvc.model.members import Members
from client_mvc.model.membership import Membership
from client_mvc.model.observable import Observable
from client_mvc.model.outbox import Box, Outbox
from client_mvc.model.preferences import Preferences
from client_mvc.model.saving import Saving
from client_mvc.model.uploads import Uploads


@dataclass(slots=True)
class Model:
    """`box` is that of the room we are in, or None; `boxed` tells when it is another."""

    outbox: Outbox
    preferences: Preferences
    conversation: Conversation = field(default_factory=Conversation)
    membership: Membership = field(default_factory=Membership)
    members: Members = field(default_factory=Members)
    uploads: Uploads = field(default_factory=Uploads)
    saving: Saving = field(default_factory=Saving)
    box: Box | None = None
    boxed: Observable[Box | None] = field(default_factory=Observable)

    def set_box(self, box: Box | None) -> None:
        """Take this box, and let go of the one before."""
        if box is None is self.box:
            return
        if self.box is not None:
            self.box.close()
        self.box = box
        self.boxed.notify(box)

    def close(self) -> None:
        """Let go of everything on disk."""
        self.set_box(None)
        self.outbox.close()
