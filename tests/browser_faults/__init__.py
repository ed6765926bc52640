"""Faults while pages in Chromium send numbered messages; nothing may be lost or doubled.

`python -m tests.browser_faults --rounds 200` is the long run; `tests/browser/test_faults.py`
does a few rounds.
"""
