"""The processes: how they start, how the main process watches them, how they end."""
