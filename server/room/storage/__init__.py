"""The room's files: journal, deduplication, search index, rescue."""
