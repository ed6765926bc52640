"""The windows over the main window, and the file dialogs."""
