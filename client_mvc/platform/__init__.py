"""What the desktop around the window offers: notifications, light or dark."""
