"""The code that server and clients share: numbers, messages, names, texts, join links.

Pure values and functions without I/O or a clock; an import contract keeps both sides out.
"""

__version__ = "0.3.0"
