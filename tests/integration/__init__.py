"""Real processes, real sockets, and guests that know only the protocol."""
