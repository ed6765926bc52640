"""The main window and its parts, and the manager of the windows over it."""
