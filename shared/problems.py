"""Every refusal and error of the protocol: its codes, its values and its English sentence.

The server sends `code`, `params` and the English `reason`. A client looks up its own sentence
by the same key (`template`) and fills in the same values, so that no program parses English.
"""

import math
from collections.abc import Mapping
from string import Formatter
from typing import Any

from msgspec import Struct, structs

type Params = Mapping[str, Any]


def marked(message: str) -> str:
    """Return `message` unchanged; translation tools find it by this call."""
    return message


# By code, then by `params["rule"]` where one code has several sentences ("" without a rule).
TEMPLATES: Mapping[str, Mapping[str, str]] = {
    # refusals of `join`
    "name_taken": {
        "": marked("The name {name} is taken."),
        "similar": marked(
            "The name {name} looks like {other}, which is taken or was a short while ago."
        ),
    },
    "room_full": {"": marked("The room is full ({active}/{most}).")},
    "bad_name": {
        "empty": marked("Enter a name."),
        "too_long": marked("A name has at most {most} characters."),
        "start": marked("A name starts with a letter or a digit."),
        "spaces": marked("A name has no spaces. Use _ or - instead."),
        "character": marked("A name has letters, digits and _ - . only, not {character}."),
        "mixed": marked("These characters cannot stand together in a name."),
        "scripts": marked("A name has letters of one script only, and digits of one kind."),
        "marks": marked("A letter of a name has too many accents, or one of them twice."),
        "reserved": marked("The name {name} is reserved."),
    },
    "bad_password": {
        "missing": marked("This room requires a password."),
        "wrong": marked("The password is wrong."),
    },
    "bad_token": {"": marked("Your membership has ended. Join again.")},
    "banned": {
        "": marked("You are banned from this room."),
        "until": marked("You are banned from this room until {until}."),
    },
    "kicked": {
        "": marked("You were removed from this room."),
        "again": marked("You were removed from this room. You can join again in {seconds} s."),
    },
    "locked": {"": marked("This room is locked: nobody new can join.")},
    "too_many": {
        "": marked("Too many wrong passwords. Try again in {seconds} s."),
        "waiting": marked("Too many guess the password now. Try again in {seconds} s."),
        "joins": marked("Too many joins from your address. Try again in {seconds} s."),
        "resumes": marked("You reconnect too often. Try again in {seconds} s."),
        "places": marked("{most} members are here from your address, and no more can join."),
    },
    "shutting_down": {
        "": marked("The server is shutting down."),
        "unreachable": marked("The room does not answer. Try again in a moment."),
    },
    # errors of a member's requests
    "not_joined": {
        "": marked("You are not a member of this room."),
        "first": marked("The first message must be `join`."),
        "files": marked("Only members can share files."),
    },
    "rate_limited": {
        "messages": marked("You can send {most} messages a second. This one was not sent."),
        "requests": marked("Too many requests. Try again in a moment."),
        "uploads": marked("You can upload {most} files at a time."),
        "upload_rate": marked("Too many uploads. Try again in a moment."),
    },
    "muted": {"": marked("You are muted until {until}. This was not sent.")},
    "slow": {"": marked("Slow mode: one message in {seconds} s. This one was not sent.")},
    "empty": {
        "text": marked("The message is empty."),
        "search": marked("Enter a word to search for."),
    },
    "too_long": {
        "text": marked("A message has at most {most} characters; this one has {have}."),
        "note": marked("A note has at most {most} characters."),
        "search": marked("A search has at most {most} characters."),
        "file": marked("A file can have at most {most} bytes; this one has {have}."),
    },
    "storage": {
        "journal": marked("The server cannot write to its disk. The message was not sent."),
        "history": marked("The server cannot read the history."),
        "search": marked("The server cannot search the history."),
        "report": marked("The server cannot make the report now."),
        "file": marked("The server cannot store the file."),
        "quota": marked("The room has no space left for files."),
        "disk": marked("The server's disk is full."),
        "join": marked("The server cannot write to its disk. Try again in a moment."),
    },
    "unknown_type": {"": marked("This server does not know the request {type}.")},
    "bad_request": {
        "json": marked("The message is not JSON: {problem}."),
        "object": marked("A message is one JSON object."),
        "type": marked("A message needs a `type`, a string."),
        "fields": marked("The request {type} is not valid: {problem}."),
        "control_character": marked("The text contains the control character U+{codepoint}."),
        "joined": marked("You have joined already."),
        "role": marked("A role is owner, moderator or member, not {role}."),
        "emoji": marked("A reaction is one emoji."),
        "reactions": marked("This message has as many reactions as it can have."),
        "edits": marked("This message was edited too often."),
        "file_edit": marked("A file cannot be edited."),
        "position": marked("`history` takes one of `before`, `after`, `around` and `at`."),
        "join_late": marked("A client must join within {seconds} s of connecting."),
        "too_many": marked("The client sent too many messages before `join`."),
        "upload_cut": marked("The upload was cut off."),
        "upload_offset": marked("The header Upload-Offset is not a number of bytes."),
        "header": marked("A header field is not UTF-8."),
        "host": marked("The request needs one header Host."),
        "http_version": marked("A WebSocket needs HTTP/1.1."),
        "connection": marked("The header Connection does not ask for an upgrade."),
        "websocket_key": marked("The header Sec-WebSocket-Key is not valid."),
        "subprotocol": marked("This server speaks the subprotocol {protocol} only."),
        "other": marked("The request is not valid."),
    },
    # also of requests, where it is said
    "forbidden": {
        "moderator": marked("Only owners and moderators can do this."),
        "owner": marked("Only owners can do this."),
        "on_owner": marked("Nobody can do this to an owner."),
        "on_moderator": marked("Only owners can do this to a moderator."),
        "sender": marked("You can delete your own messages only."),
        "editor": marked("You can edit your own messages only."),
        "edit_window": marked("Messages can be edited for {minutes} minutes only."),
        "owner_key": marked("This is not the owner's key."),
        "origin": marked("Pages of {origin} may not join this room."),
        "metrics": marked("Only this machine may read the metrics."),
    },
    "tls_required": {"": marked("This room takes encrypted connections only (TLS).")},
    "upgrade_required": {
        "websocket": marked("This path takes WebSocket connections only."),
        "version": marked("This server speaks version 13 of WebSocket only."),
    },
    "bad_method": {"": marked("This path does not take {method}.")},
    "wrong_host": {
        "": marked(
            "This server does not answer to the name {host}. Use its address, or start it with "
            "--allow-host and the name."
        )
    },
    "unavailable": {
        "": marked("The room does not answer. Try again in a moment."),
        "majority": marked(
            "The room cannot take messages now: too few of its hosts reach each other. What "
            "you send is kept and sent again."
        ),
        "joins": marked(
            "Nobody can join now: too few of the room's hosts reach each other. Try again in a "
            "moment."
        ),
    },
    "length_required": {"": marked("The header Content-Length is missing.")},
    "bad_offset": {
        "nothing": marked("The server keeps nothing of this file."),
        "differs": marked("The server keeps {have} bytes of this file, not {offset}."),
    },
    "timeout": {"": marked("The upload stalled.")},
    "form_encoded": {
        "": marked(
            "Send the file itself, not a form. With curl: --data-binary @FILE in place of -F."
        )
    },
    "not_text": {
        "": marked("This file is not text. This room accepts text files only."),
        "pictures": marked("This room accepts text files and pictures only."),
    },
    "bad_range": {"": marked("The file has {size} bytes.")},
    "not_found": {
        "": marked("There is no such file."),
        "member": marked("There is no member {target}."),
        "ban": marked("There is no ban {ban}."),
        "message": marked("The message or file {seq} is not there any more."),
        "path": marked("There is nothing at this path."),
    },
    "gone": {
        "": marked("The file was removed on the server."),
        "shared_before": marked("This file was shared before and is no longer kept."),
    },
    # what a client checks before it sends anything
    "bad_link": {
        "empty": marked("Enter a server: host:port or a join link."),
        "form": marked("A join link looks like chatroom://host:port/"),
        "server": marked('"{text}" is not a server. Example: localhost:18000'),
        "port": marked("There is no port {port}. Ports are 1 to 65535."),
        "key": marked("The join link is damaged: its key is incomplete."),
        "code_characters": marked("A code has digits and letters only, and no U."),
        "code_length": marked("A code has 8 or 11 characters."),
        "code_check": marked("This code has a typing error."),
    },
}


class Problem(Struct, frozen=True):
    """Why a request failed: `code` for programs, `params` with the values in the sentence.

    `retry_after` is the seconds after which the same request may succeed, if waiting helps.
    """

    code: str
    params: dict[str, Any] = {}
    retry_after: float | None = None

    def after(self, wait: float) -> "Problem":
        """Return the problem with `retry_after`: `wait` seconds, rounded up to hundredths."""
        return structs.replace(self, retry_after=math.ceil(wait * 100) / 100)

    @property
    def reason(self) -> str:
        """The English sentence."""
        text = template(self.code, self.params)
        return text.format_map(self.params) if text else self.code


UNAVAILABLE = Problem("unavailable", retry_after=1.0)
"""The room does not answer at present."""
NO_MAJORITY = Problem("unavailable", {"rule": "majority"}, retry_after=2.0)
"""The room runs on several hosts, and too few of them reach each other to decide anything.

Whether a request was carried out is open: the client sends it again under the same id.
"""
CANNOT_JOIN = Problem("unavailable", {"rule": "joins"}, retry_after=2.0)
"""The same, to who asks to join or to come back."""


class ProblemError(ValueError):
    """A value breaks a rule of the protocol; `problem` says which one."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


def problem(code: str, rule: str = "", /, **params: Any) -> Problem:
    """Make a problem; `rule` chooses the sentence where the code has several."""
    return Problem(code, {"rule": rule, **params} if rule else params)


def template(code: str, params: Params) -> str | None:
    """Return the English sentence with its places unfilled; None if this version has none.

    A sentence needs all of its values: one that lacks some counts as unknown.
    """
    text = TEMPLATES.get(code, {}).get(str(params.get("rule", "")))
    if text is None or any(name and name not in params for _, name, _, _ in _fields(text)):
        return None
    return text


def _fields(text: str) -> list[tuple[str, str | None, str | None, str | None]]:
    return list(Formatter().parse(text))
