"""People who abuse a room, and an owner who stops them by few acts: `-m tests.abuse`."""
