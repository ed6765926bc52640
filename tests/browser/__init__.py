"""The browser client end to end: real servers, real pages in Chromium."""
