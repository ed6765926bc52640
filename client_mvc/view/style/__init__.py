"""The looks of the window: colours, fonts, ttk styles, and text that is safe to draw."""
