"""What a message text contains: links and markup. Pure functions."""
