"""The state of the client: pure Python, observable. No tkinter, no view, no network."""
