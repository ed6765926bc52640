"""What the client knows: pure Python, observable. No tkinter, no view, no network."""
