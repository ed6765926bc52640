"""What several tests need: a running server, a guest that knows only the protocol, waiting."""
