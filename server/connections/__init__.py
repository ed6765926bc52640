"""What a worker holds for each connection: its session, and the fan-out of events to it."""
