"""Pictures of the conversation: load small copies when they come into view, and the viewer."""

from client_mvc.controller.app_context import AppContext
from client_mvc.network import api


class PictureController:
    """Implements `PictureIntents`; handles the network's events about pictures."""

    def __init__(self, context: AppContext) -> None:
        self._context = context

    def need(self, file_id: str) -> None:
        """Load this thumbnail: it is about to be in view."""
        model = self._context.model
        file, server = model.conversation.file(file_id), model.membership.server
        if file is not None and server is not None:
            journal = model.membership.journal
            self._context.network.fetch_picture(server, file, journal, whole=False)

    def open(self, file_id: str) -> None:
        """Show the whole picture in the viewer."""

    def step(self, step: int) -> None:
        """Show the picture after (1) or before (-1) that in the viewer."""

    def closed(self) -> None:
        """Take note that the viewer was closed."""

    def handle(self, event: api.PictureEvent) -> None:
        """Show a picture that has arrived."""
        if isinstance(event, api.PictureFetched) and event.data is not None:
            self._context.screen.messages.show_picture(event.file_id, event.data)
