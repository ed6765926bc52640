"""The connection to a server: a thread with asyncio, without sentences or a window."""
