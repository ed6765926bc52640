"""What the server and its clients agree on: numbers, messages, names, texts, join links.

Pure values and functions. Knows neither side, opens nothing, reads no clock.
"""
