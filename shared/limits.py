"""The numbers that server, client and documentation share.

Sizes are in bytes unless the name says otherwise, times in seconds.
"""

DEFAULT_HOST = "localhost"
DEFAULT_PORT = 18000
DEFAULT_MAX_USERS = 3
MAX_USERS = 2_000
"""The most that a room can hold: its `welcome` and `report` must fit in one frame."""
DEFAULT_ROOM = "lobby"

NAME_CHARACTERS = 32
TEXT_CHARACTERS = 8_000
ID_CHARACTERS = 64
CLIENT_CHARACTERS = 64
HOSTS = 16
"""The most hosts of one room."""
HOST_URL_CHARACTERS = 300
DEVICE_CHARACTERS = 64
OWNER_KEY_CHARACTERS = 64
REASON_CHARACTERS = 200
TOPIC_CHARACTERS = 200
BAN_MINUTES = 100 * 366 * 24 * 60
"""The longest ban or mute that has an end."""
SLOW_SECONDS = 60 * 60
NOTE_CHARACTERS = 100
QUOTE_CHARACTERS = 120
EMOJI_CHARACTERS = 40
REACTION_KINDS = 20
"""So many different emoji one message can have."""
REACTIONS = 500
"""So many reactions one message can have in all."""
EDITS = 100
"""So often one message can be edited."""
EDIT_WINDOW = 3 * 60 * 60.0
PINS_SHOWN = 20
"""So many of the pinned events `welcome` has, the newest."""
TYPING_EVERY = 3.0
TYPING_FOR = 6.0

FRAME_BYTES = 64 * 1024
"""The largest frame from a client."""
SERVER_FRAME_BYTES = 1024 * 1024
"""The largest frame from the server."""
ANSWER_BYTES = 512 * 1024
"""The most that the events of `history` and `found`, and the bans of `bans`, have together."""

DEFAULT_FILE_BYTES = 10 * 1024 * 1024
LARGEST_FILE_BYTES = 2 * 1024 * 1024 * 1024
FILE_NAME_CHARACTERS = 120
THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT = 480, 360
"""In pixels; a thumbnail is at most this large."""
PICTURE_PIXELS = 40_000_000
"""A picture with more pixels is a file without a thumbnail."""
PREVIEW_LINES = 12
PREVIEW_CHARACTERS = 1_000

DEFAULT_HISTORY = 50
MAX_HISTORY = 1_000

SEARCH_CHARACTERS = 200
DEFAULT_FOUND = 50
MAX_FOUND = 100

DEFAULT_GRACE = 30.0
JOIN_WITHIN = 10.0
PING_EVERY = 20.0
SILENT_FOR = 60.0
READ_NOTHING_FOR = 60.0
