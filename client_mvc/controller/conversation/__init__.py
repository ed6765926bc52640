"""The conversation on screen: events made ready to show, paging, search."""
