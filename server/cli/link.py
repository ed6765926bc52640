"""`link`: print again what the server printed at its start to let people in."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from server.cli.asking import NotRunningError, ask
from server.cli.moderation import CommandError, current_key
from server.processes import output, run_directory, startup_message
from server.processes.run_directory import FolderError, WaysIn
from server.room.storage.owner_key import KeyFileError
from shared import identity, joinlink


def run(data: Path, *, owner: bool, qr_code: bool) -> int:
    """Print the links of the server on the data folder `data`; returns the exit status.

    Args:
        data: the data folder.
        owner: make links with the owner's key, which make an owner of whoever opens them.
        qr_code: draw the QR code of the address for browsers, too.
    """
    try:
        info = run_directory.running(data)
        key = current_key(data) if owner else None
    except (CommandError, FolderError, KeyFileError, OSError) as problem:
        print(f"chatroom: {problem}", file=sys.stderr)
        return 1
    if info is None or info.ways is None or not run_directory.is_held(data):
        print(f"chatroom: no server runs on the data folder {data}.", file=sys.stderr)
        return 1
    ways = _with_hosts(info.ways, _hosts(data))
    if key is not None:
        links = (joinlink.parse(one)._replace(owner=key) for one in ways.links)
        web = f"{ways.web}#owner={quote(key, safe='')}"
        ways = WaysIn(tuple(map(str, links)), web, ways.everybody)
    lines = startup_message.hand_out(ways, qr_code=qr_code)
    if tls_key := joinlink.parse(ways.links[0]).key:
        # For those who join by code or address, to compare.
        lines.append(f"  key        {identity.fingerprint(tls_key)}")
    return 0 if output.say("\n".join(lines)) else 1


def _hosts(data: Path) -> list[str]:
    """Return the URLs of all hosts of a room on several, this one first; else none."""
    try:
        return [str(url) for url in json.loads(ask(data, "hosts"))]
    except NotRunningError:  # as a server says that knows no other hosts
        return []


def _with_hosts(ways: WaysIn, urls: Sequence[str]) -> WaysIn:
    links = (str(joinlink.parse(one).with_hosts(urls[1:])) for one in ways.links)
    return WaysIn(tuple(links), ways.web, ways.everybody)
