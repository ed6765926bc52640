"""The settings that must be the same on all hosts of a room.

The first host puts its own in the log. Another one compares its options with them before it
starts: two hosts with different rules would have different rooms.
"""

import hashlib
import hmac
import unicodedata
from typing import Any

import msgspec

from server.cluster import entries
from server.room.operations import Agree, Rules
from server.settings import Settings

_SCRYPT = {"n": 1 << 14, "r": 8, "p": 1}
_OPTIONS = (
    "room", "files", "max_file", "keep_files", "quota", "max_journal", "rate", "grace",
)  # fmt: skip
_RULES = ("max_users", "history", "edit_window")


class CannotEnterError(Exception):
    """A host cannot take part in the room; the text says why, and what to do."""


class DisagreementError(CannotEnterError):
    """It has other settings, or the history of another room."""


def proposal(settings: Settings, journal: str, newest: int, last: bytes = b"") -> Agree:
    """Return the operation by which the settings of this host become those of the room.

    Args:
        settings: of this host.
        journal: the name of the room's journal.
        newest: the last `seq` in it, before the first entry of the log.
        last: the `mark` of what this replaces; empty for the first.
    """
    facts: dict[str, Any] = {name: getattr(settings, name) for name in _OPTIONS}
    facts["password"] = _hashed(settings.password, journal)
    facts["version"] = entries.VERSION
    facts["unicode"] = unicodedata.unidata_version
    rules = Rules(settings.max_users, settings.history, settings.edit_window)
    body = msgspec.json.encode(facts, order="sorted")
    return Agree(journal, newest, rules, body, last)


def _hashed(password: str, salt: str) -> str:
    if not password:
        return ""
    return hashlib.scrypt(password.encode(), salt=salt.encode(), **_SCRYPT).hex()


def check(settings: Settings, agreed: Agree) -> None:
    """Raise `DisagreementError` if this host has other settings than the room."""
    own = proposal(settings, agreed.journal, agreed.newest)
    if differences := list_differences(own, agreed):
        raise DisagreementError(
            "The room has other settings than this host: "
            + "; ".join(differences)
            + ". Start it with those of the room, or change them on a host that runs: "
            "`chatroom-server settings --apply`."
        )


def list_differences(own: Agree, agreed: Agree) -> list[str]:
    """Return what differs, each as a person would type it."""
    here = {**_facts(own), **_named(own.rules)}
    there = {**_facts(agreed), **_named(agreed.rules)}
    found = []
    for name in sorted(here.keys() | there.keys()):
        one, other = here.get(name), there.get(name)
        if one == other:
            continue
        option = name.replace("_", "-")
        match name:
            case "password":
                if not isinstance(other, str) or not hmac.compare_digest(str(one), other):
                    found.append("another password (--password-file)")
            case "unicode":
                found.append(f"Python knows Unicode {one} here, {other} there: use one version")
            case "version":
                found.append(f"version {one} of the rules here, {other} there: update Chatroom")
            case _:
                found.append(f"--{option} is {one} here, {other} there")
    return found


def changed(agreed: Agree, changes: dict[str, Any]) -> Agree:
    """Return what all hosts agree on after these changes, in the names of `Settings`.

    Raises:
        ValueError: one of them cannot be changed.
    """
    facts, rules = _facts(agreed), _named(agreed.rules)
    for name, value in changes.items():
        if name in rules:
            rules[name] = value
        elif name == "password":
            facts[name] = _hashed(str(value), agreed.journal)
        elif name in facts and name != "room":
            facts[name] = value
        else:
            raise ValueError(f"--{name.replace('_', '-')} is not a setting of all hosts")
    body = msgspec.json.encode(facts, order="sorted")
    return Agree(agreed.journal, agreed.newest, Rules(**rules), body, agreed.mark)


def shown(agreed: Agree) -> dict[str, Any]:
    """Return what all hosts agree on, for people: without the hash of the password."""
    facts = {**_facts(agreed), **_named(agreed.rules)}
    facts["password"] = bool(facts["password"])
    return dict(sorted(facts.items()))


def _facts(agreed: Agree) -> dict[str, Any]:
    facts: dict[str, Any] = msgspec.json.decode(agreed.settings)
    return facts


def _named(rules: Rules) -> dict[str, Any]:
    return {name: getattr(rules, name) for name in _RULES}
