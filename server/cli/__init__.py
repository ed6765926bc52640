"""The commands of `python -m server`: run a room, report, rescue."""
