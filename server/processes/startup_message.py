"""The lines that the server prints when it has started, and `link` prints again."""

import socket
from collections.abc import Sequence

from server.processes import qr
from server.processes.run_directory import WaysIn
from server.settings import Settings
from shared import joinlink, short_code
from shared.identity import is_loopback
from shared.joinlink import Address


def text(
    settings: Settings,
    sockets: Sequence[socket.socket],
    ways: WaysIn,
    fingerprint: str = "",
    *,
    terminal: bool = False,
) -> str:
    """Say where the room is, who can join, and how to let others in.

    Args:
        settings: the settings of the server.
        sockets: the listening sockets, at least one.
        ways: the ways into its room.
        fingerprint: that of its TLS key, for people; empty without TLS.
        terminal: whether it is printed to a terminal, which can draw a QR code.
    """
    addresses = ", ".join(str(Address(*one.getsockname()[:2])) for one in sockets)
    lines = [
        f'The room "{settings.room}" is open. Press Ctrl-C to close it.',
        *hand_out(ways, qr_code=terminal and settings.qr and ways.everybody),
        f"  who        {_who(settings, ways)}",
        f"  encrypted  {_encrypted(settings, ways)}",
    ]
    if fingerprint:
        lines.append(f"  key        {fingerprint}")
    lines += [
        f"  members    at most {settings.max_users}",
        *_several_hosts(settings),
        f"  listening  {addresses}",
        f"  files      {settings.downloads}",
        f"  history    {settings.data_dir}",
    ]
    return "\n".join(lines)


def _several_hosts(settings: Settings) -> list[str]:
    if not settings.cluster:
        return []
    nodes = ", ".join(settings.cluster)
    return [f"  host       {settings.host_name}, one of several over {nodes}"]


def hand_out(ways: WaysIn, *, qr_code: bool) -> list[str]:
    """Return the lines with what the host hands out: links, an address for browsers, codes."""
    first, *others = ways.links
    lines = [f"  join link  {first}", *(f"  or         {link}" for link in others)]
    if ways.everybody and ways.web.startswith("https:") and "#" in first:
        browsers = "in a browser, which warns once of the certificate"
        lines.append(f"  web page   {ways.web}   ({browsers})")
    else:
        lines.append(f"  web page   {ways.web}")
    if codes := _codes(ways):
        lines.append(f"  code       {codes}")
    if qr_code and (code := qr.drawn(ways.web)):
        lines += ["", code, ""]
    return lines


def _codes(ways: WaysIn) -> str:
    """Return the short codes of the room; each with its address if there are several."""
    addresses = [joinlink.parse(link).address for link in ways.links] if ways.everybody else []
    codes = [
        (code, one.host)
        for one in addresses
        if not is_loopback(one.host) and (code := short_code.encode(one))
    ]
    if len(codes) == 1:
        return codes[0][0]
    return ", ".join(f"{code} ({host})" for code, host in codes)


def _who(settings: Settings, ways: WaysIn) -> str:
    if not ways.everybody:
        return "only this computer; to let others in, start with --host 0.0.0.0"
    if settings.public_url:
        whom = f"everybody who reaches {settings.public_url}"
    else:
        whom = "everybody on the network"
    if settings.password:
        return f"{whom} who knows the password"
    return f"{whom}; to require a password, start with --password-file FILE"


def _encrypted(settings: Settings, ways: WaysIn) -> str:
    if settings.tls == "off":
        if not ways.everybody or settings.public_url.lower().startswith("https:"):
            return "not by this server (--tls off)"
        return "no: others on the network can read along (--tls off)"
    if settings.tls == "optional":
        return "for those whose programs can; others are let in without (--tls optional)"
    return "yes; programs on this computer may join without"
