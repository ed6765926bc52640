"""Our server beside others, in one run: `python -m benchmarks` (docs/performance.md).

Knows the server only from outside: its command line and its protocol. Nothing imports this.
"""
