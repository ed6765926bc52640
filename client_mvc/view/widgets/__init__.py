"""Widgets that tkinter lacks or has with faults."""
