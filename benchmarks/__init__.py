"""Benchmarks of the server beside others, in one run: `python -m benchmarks`.

Uses the server through its command line and its protocol only; `benchmarks.client` measures the
desktop client. See docs/performance.md.
"""
