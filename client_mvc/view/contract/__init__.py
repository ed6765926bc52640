"""The seam between view and controller: what the window shows and what it reports."""
