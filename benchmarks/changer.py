"""Change a message again and again, until standard input ends.

`python -m benchmarks.changer PORT KIND` (react, edit or typing) is a process beside the
generator; prints the number of changes that were answered (of `typing`: sent).
"""

import json
import os
import re
import select
import socket
import sys
from itertools import count

from benchmarks.protocols import chatroom_joining, masked, unmasked

UNDER_WAY = 16
"""So many changes wait for their answers at a time."""
_NICEST = 19
_SAID = re.compile(rb'"type":"said","seq":(\d+),"at":"[^"]*","member":\d+,"name":"changer')
_ANSWERS = {"react": b'"type":"reacted"', "edit": b'"type":"edited"', "typing": b""}


class Member:
    """A member of our room, on a socket that blocks."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        # Each process has a name of its own: its membership lasts for the grace period.
        for step in chatroom_joining(0, name=f"changer{os.getpid()}", features=[]):
            self._socket.sendall(step.send)
            while step.until not in self.read():
                pass

    def ask(self, type: str, **fields: object) -> None:
        """Send a request."""
        frame = json.dumps({"type": type, **fields}).encode()
        self._socket.sendall(masked(unmasked([frame]), 1))

    def read(self) -> bytes:
        """Return what has come, at least a byte."""
        data = self._socket.recv(1 << 20)
        if not data:
            raise SystemExit("the server closed the connection")
        return data


def _request(kind: str, seq: int, number: int) -> dict[str, object]:
    if kind == "react":
        return {"id": f"{number}", "seq": seq, "emoji": "👍", "on": number % 2 == 0}
    return {"id": f"{number}", "seq": seq, "text": f"edited {number}"}


def main(port: int, kind: str) -> None:
    """Change until standard input ends."""
    os.nice(_NICEST)  # it shares its core with the generator, which takes the times
    member = Member(port)
    seq, done, under_way, left = 0, 0, 0, b""
    answer = _ANSWERS[kind]
    for number in count():
        if select.select([sys.stdin], [], [], 0)[0]:
            break
        if kind == "typing":
            member.ask("typing")
            done += 1
            select.select([sys.stdin], [], [], 0.01)
            continue
        if number % 100 == 0:  # a message can be edited a hundred times
            member.ask("say", text="a message", id=f"message {number}")
            while not (found := _SAID.search(member.read())):
                pass
            seq, under_way = int(found[1]), 0
        member.ask(kind, **_request(kind, seq, number))
        under_way += 1
        while under_way >= UNDER_WAY:
            data = left + member.read()
            under_way -= data.count(answer)
            done += data.count(answer)
            left = data[-len(answer) + 1 :]
    print(done)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
