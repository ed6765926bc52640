"""Acts of owner and moderators, and what they mean for the person they are about."""
