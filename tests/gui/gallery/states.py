"""Everything there is to see, in its order."""

from tests.gui.gallery import controls, files, history, readme, room, windows
from tests.gui.gallery.shots import State

STATES: tuple[State, ...] = (
    *readme.STATES,
    *room.STATES,
    *history.STATES,
    *controls.STATES,
    *windows.STATES,
    *files.STATES,
)
