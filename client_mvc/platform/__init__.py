"""Services of the desktop around the window: notifications, light or dark, the keyring."""
