"""All states, in their order."""

from tests.gui.gallery import (
    composing,
    controls,
    conversation,
    files,
    history,
    moderation,
    readme,
    room,
    windows,
)
from tests.gui.gallery.shots import State

STATES: tuple[State, ...] = (
    *readme.STATES,
    *room.STATES,
    *conversation.STATES,
    *history.STATES,
    *controls.STATES,
    *composing.STATES,
    *windows.STATES,
    *moderation.STATES,
    *files.STATES,
)
