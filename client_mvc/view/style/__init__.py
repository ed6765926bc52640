"""Colours, fonts and ttk styles."""
