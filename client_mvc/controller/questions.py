"""The texts about servers and their keys: questions, and the details of a connection."""

from client_mvc.i18n.errors import sentence
from client_mvc.i18n.translate import _
from client_mvc.model.known_rooms import KnownRoom
from client_mvc.view.contract.values import Security
from client_mvc.view.contract.windows import KeyQuestion, Question
from shared import identity, short_code
from shared.identity import ServerIdentity
from shared.joinlink import Address
from shared.problems import Problem


def security(server: ServerIdentity) -> Security | None:
    """Return what to show of a connection; None where nothing leaves this computer."""
    if not server.key:
        if identity.is_loopback(server.address.host):
            return None
        return Security(
            False,
            _("Not encrypted"),
            _("Others on this network can read and change everything, also the password."),
        )
    if server.system:
        why = _("This computer trusts the certificate of {host}.", host=server.address.host)
    else:
        why = _("The room has the key that you know.")
    fingerprint = identity.fingerprint(server.key)
    return Security(True, _("Encrypted"), f"{why}\n\n{fingerprint}")


def unreachable(problem: Problem, entered: str) -> str:
    """Return why no server answers; `entered` is what the person typed as the server."""
    text = sentence(problem)
    if problem.code == "no_such_host" and short_code.resembles(entered):
        text += " " + _("If it is a code, it has a typing error.")
    return text


def other_key(
    address: Address, found: str, before: KnownRoom | None, other: KnownRoom | None
) -> KeyQuestion:
    """Ask about a server with another key than that of the room `before`.

    `other` is the room that is known by the key found.
    """
    text = _(
        "The server at {server} does not have the key of the room that you joined there. "
        "Nothing was sent to it: no name, no password, no message.",
        server=address,
    )
    if before is not None and before.name:
        text = _(
            "The server at {server} does not have the key of {room}, which you joined "
            "there. Nothing was sent to it: no name, no password, no message.",
            server=address,
            room=f"#{before.name}",
        )
    reasons = [
        _("Somebody on the network answers in its place, to read along."),
        _("The server was installed anew, without its old key."),
        _("Another room has this address now."),
    ]
    if other is not None and other.name:
        reasons[-1] = _(
            "Another room that you know, {room}, has this address now.",
            room=f"#{other.name}",
        )
    meanings = "\n".join(f"•  {reason}" for reason in reasons)
    return KeyQuestion(
        title=_("This may not be your room"),
        text=text + "\n\n" + _("This can mean:") + "\n" + meanings,
        keys=_two(before.key if before is not None else "", found),
        after=_(
            "Ask the owner before you join. Messages and files that were not sent stay on "
            "this computer."
        ),
        yes=_("Join with this key"),
        no=_("Do not join"),
    )


def plain(address: Address) -> Question:
    """Ask about a server without TLS."""
    text = _(
        "{server} does not encrypt. Everybody on this network can read and change everything: "
        "your name, the password, all messages and files.\n\n"
        "Nothing was sent to it yet. Join only in a network whose users you all trust.",
        server=address,
    )
    return Question(_("Join without encryption?"), text, _("Join without encryption"))


def unknown_key(address: Address, found: str, *, password: bool) -> KeyQuestion:
    """Ask about a server that is seen for the first time; `password`: there is one to send."""
    sends = _("Nothing was sent yet. Joining sends your name to this server.")
    if password:
        sends = _("Nothing was sent yet. Joining sends your name and password to this server.")
    return KeyQuestion(
        title=_("Is this the right room?"),
        text=_(
            "You join {server} for the first time. Compare this fingerprint with the one that "
            "the server showed when it was started: ask the room's owner.",
            server=address,
        ),
        keys=(("", identity.fingerprint(found)),),
        after=_(
            "If they differ, somebody answers in the room's place: do not join. With a join "
            "link from the owner there is nothing to compare."
        )
        + "\n\n"
        + sends,
        yes=_("They are the same: join"),
        no=_("Do not join"),
    )


def not_of_the_link(address: Address, wanted: str, found: str) -> KeyQuestion:
    """Say that a server does not have the key of the join link: there is no yes."""
    return KeyQuestion(
        title=_("This is not the room of the link"),
        text=_(
            "The server at {server} does not have the key that the join link names. Somebody "
            "may answer in its place. Nothing was sent to it: no name, no password.",
            server=address,
        ),
        keys=_two(wanted, found, _("In the link")),
        after=_("Ask the room's owner for a new link."),
        no=_("Close"),
    )


def _two(wanted: str, found: str, label: str = "") -> tuple[tuple[str, str], ...]:
    return (
        (label or _("Known"), identity.fingerprint(wanted)),
        (_("Shown now"), identity.fingerprint(found)),
    )
