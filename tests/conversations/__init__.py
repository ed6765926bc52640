"""Random histories of a conversation: every way of loading one must give the same.

`python -m tests.conversations --histories 10000` tries many; `test_conversations.py` in the
room's tests a few.
"""
