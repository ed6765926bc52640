"""What the room keeps on disk: journal, deduplication, search index, rescue."""
