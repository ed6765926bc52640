"""The messages of the conversation: text, cards, links, highlights."""
