"""The commands of `python -m server`: run a room, report, backup, restore, rescue."""
