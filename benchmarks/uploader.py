"""Upload a file of a given size, again and again, until standard input ends.

`python -m benchmarks.uploader PORT TOKEN BYTES`, a process of its own beside the generator;
prints the number of uploads. Any answer other than 201 ends it with an error.
"""

import http.client
import os
import select
import sys

_NICEST = 19


def main(port: int, token: str, size: int) -> None:
    """Upload until standard input ends; at least once."""
    os.nice(_NICEST)  # it shares its core with the generator, which takes the times
    line = b"the quick brown fox jumps over the lazy dog, once more and again\n"
    body = (line * (size // len(line) + 1))[:size]
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Disposition": "attachment; filename*=UTF-8''bench.txt",
        "Content-Type": "text/plain; charset=utf-8",
    }
    done = 0
    while not done or not select.select([sys.stdin], [], [], 0)[0]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("POST", "/files", body, headers)
        answer = connection.getresponse()
        if answer.status != http.client.CREATED:
            raise SystemExit(f"{answer.status}: {answer.read().decode(errors='replace')}")
        connection.close()
        done += 1
    print(done)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
