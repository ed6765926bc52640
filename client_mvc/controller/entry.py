"""The entries of the connect dialog: what is wrong with them, and their final form. Pure."""

from client_mvc.i18n.errors import sentence
from client_mvc.view.contract.windows import Field
from shared import joinlink, names
from shared.joinlink import JoinLink


class BadEntry(ValueError):
    """An entry of the connect dialog is not valid; `field` is where."""

    def __init__(self, field: Field, reason: str) -> None:
        super().__init__(reason)
        self.field = field


def checked(server: str, name: str) -> tuple[JoinLink, str]:
    """Return the link and the name in their final form. Raises `BadEntry`."""
    try:
        link = joinlink.parse(server)
    except joinlink.BadLink as bad:
        raise BadEntry("server", sentence(bad.problem)) from None
    try:
        return link, names.tidy(name.strip())
    except names.BadName as bad:
        raise BadEntry("name", sentence(bad.problem)) from None
