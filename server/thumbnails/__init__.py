"""The process that makes thumbnails: the only one that decodes pictures."""
