"""Try random histories: `python -m tests.conversations [--histories 10000] [--first 0]`.

The exit status is 1 if loading one of them gives something else than another way; its number
(`--first`) plays it again.
"""

import argparse
import sys
import time
import traceback

from tests.conversations.history import check


def main() -> int:
    """Try them, and tell how many events they had."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--length", type=int, default=30, help="entries of the log, at most")
    options = parser.parse_args()
    began, events, failed = time.monotonic(), 0, 0
    for seed in range(options.first, options.first + options.histories):
        try:
            events += check(seed, options.length)
        except Exception:  # noqa: BLE001 - whatever it is, the others are tried
            failed += 1
            traceback.print_exc()
            print(f"history {seed} failed", flush=True)
            if failed >= 3:
                break
    took = time.monotonic() - began
    print(f"{options.histories} histories, {events} events, {failed} failed, {took:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
