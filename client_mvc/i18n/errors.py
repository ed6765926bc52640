"""Why something failed, as a sentence in the person's language.

The server sends a code and values (`shared.problems`), and the network layer makes problems
with codes of its own; this module has the sentence for each. Where this version has no sentence
for a problem, it shows the server's English one.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from client_mvc.i18n import translate
from client_mvc.i18n.translate import gettext, marked
from shared.problems import Problem, template

# Codes of the network layer (client_mvc.network): these problems never cross the wire.
CLIENT: Mapping[str, str] = {
    # no connection can be made
    "no_such_host": marked("There is no computer named {host}. Check the address."),
    "no_name_server": marked("The name {host} cannot be looked up. Check the network."),
    "no_answer": marked("No computer answers at {host}. Check the address and the network."),
    "connection_refused": marked("The room at {server} is closed, or the address is wrong."),
    "closed_early": marked("{server} closed the connection. Check the address."),
    "not_a_chatroom": marked("{server} is not a chatroom. Check the address and the port."),
    "redirected": marked("{server} refers to another address. Enter that one if you trust it."),
    "protocol_broken": marked("This server does not keep to the protocol."),
    "unknown_key": marked("You have not confirmed the key of {server}. Nothing was sent."),
    "other_key": marked("The key of {server} is not the expected one. Nothing was sent."),
    "plain": marked("{server} does not encrypt. Nothing was sent."),
    "not_encrypted": marked("{server} does not encrypt any more. Nothing was sent."),
    "tls_failed": marked("There is no encrypted connection to {server}. Nothing was sent."),
    "other_room": marked("There is another room at {server} now. Nothing was sent to it."),
    "too_many_connections": marked("Too many connections to {server}. Try again in a moment."),
    "starting": marked("The room is starting or closing. Try again in a moment."),
    # a connection is lost
    "connection_lost": marked("The connection was lost."),
    "disconnected": marked("You are disconnected. Try again after reconnecting."),
    "host_cut_off": marked("This host of the room does not reach the others."),
    "server_closed": marked("The server is restarting or was closed."),
    "too_slow": marked("Your connection was too slow."),
    "flooded": marked("The server closed the connection: too many messages at once."),
    "no_welcome": marked("The server did not answer."),
    "no_receipt": marked("The server did not confirm a message in time."),
    "missed_events": marked("The server left out messages."),
    "dropped": marked("The server dropped your connection because it heard nothing from you."),
    "internal": marked("Something went wrong in this program. Its log says more."),
    # a membership or a message ends
    "replaced": marked("You joined from another window or computer."),
    "kicked": marked("You were removed from this room."),
    "unknown_fate": marked("The connection was lost; this may have been sent. Send again?"),
    # files on this computer
    "is_folder": marked("This is a folder. Share the files in it instead."),
    "not_a_file": marked("This is not a file."),
    "file_missing": marked("This file does not exist any more."),
    "file_forbidden": marked("You do not have permission to read this file."),
    "file_unreadable": marked("This file cannot be read."),
    "file_changed": marked("The file changed during the upload. Try again."),
    "folder_missing": marked("The folder {folder} does not exist."),
    "folder_forbidden": marked("You do not have permission to save in {folder}."),
    "disk_full": marked("The disk of this computer is full."),
    "cannot_save": marked("The file cannot be saved in {folder}."),
    # files on the server
    "file_too_large": marked("The file is larger than this room accepts."),
    "rejoined": marked("Your membership changed during the upload."),
    "http_status": marked("The server refused the file (HTTP {status})."),
    "bad_url": marked("The server sent no usable link to the file."),
    "damaged": marked("The file arrived damaged. Try again."),
    "larger_than_announced": marked("The file is larger than announced. Try again."),
}

UNDONE = timedelta(days=3_650)
"""A mute that lasts so long is one until somebody ends it."""

# For known codes whose values a newer (or older) server words in another way.
_WITHOUT_VALUES: Mapping[str, str] = {
    "name_taken": marked("That name is taken."),
    "room_full": marked("The room is full."),
    "banned": marked("You are banned from this room."),
    "too_many": marked("Too many attempts. Try again in a moment."),
    "shutting_down": marked("The server is shutting down."),
    "rate_limited": marked("Too many requests. Try again in a moment."),
    "not_joined": marked("You are not a member of this room."),
    "storage": marked("The server cannot write to its disk now."),
    "muted": marked("You are muted and cannot send now."),
    "slow": marked("This room is in slow mode. Wait a moment."),
    "tls_required": marked("This room takes encrypted connections only."),
    "forbidden": marked("This room does not allow that."),
}


def sentence(why: Problem) -> str:
    """Return the sentence for a problem; `params["reason"]` is the server's English one."""
    if (why.code, why.params.get("rule")) == ("too_long", "file"):
        return _too_large(why)
    text = template(why.code, why.params) or CLIENT.get(why.code)
    if text is not None:
        try:
            return gettext(text, **_with_local_time(why.params))
        except KeyError:
            pass  # a server used a code of the client, without its values
    reason = str(why.params.get("reason", ""))
    without_values = _WITHOUT_VALUES.get(why.code)
    if without_values is not None and (not reason or translate.language() != "en"):
        return gettext(without_values)
    return reason or gettext(
        marked("The server refused the request ({code})."), code=why.code[:40]
    )


def refusal(why: Problem) -> str:
    """Return the sentence for a problem, and how long to wait where that is known."""
    text = sentence(why)
    known = why.params.keys() & {"seconds", "until"}
    if why.retry_after is None or why.retry_after < 1 or known:
        return text
    wait = gettext(marked("Wait {seconds} s."), seconds=math.ceil(why.retry_after))
    return f"{text} {wait}"


def _with_local_time(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with the time `until` as people write it."""
    values = dict(params)
    try:
        end = datetime.fromisoformat(str(values["until"])).astimezone()
    except (KeyError, ValueError, OverflowError, OSError):
        return values
    now = datetime.now(UTC).astimezone()
    if end - now >= UNDONE:
        values["until"] = gettext(marked("a moderator ends it"))
    elif end.date() == now.date():
        values["until"] = f"{end:%H:%M}"
    else:
        values["until"] = f"{translate.short_day(end)}, {end:%H:%M}"
    return values


def _too_large(why: Problem) -> str:
    """Return the sizes in the largest unit that tells them apart."""
    have, most = why.params.get("have"), why.params.get("most")
    if not isinstance(have, int) or not isinstance(most, int):
        sentence = CLIENT["file_too_large"]
        return gettext(sentence)
    exact = translate.size(have) == translate.size(most)
    return gettext(
        marked("The file has {have}; this room accepts {most} at most."),
        have=translate.size(have, exact=exact),
        most=translate.size(most, exact=exact),
    )
