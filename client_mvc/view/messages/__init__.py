"""The conversation: messages, file cards, and everything a member does with them."""
