"""The connection to a server: its own thread with asyncio. Knows no window and no model."""
