"""Guests that send as fast as they can, and what the others notice of it: `-m tests.floods`."""
