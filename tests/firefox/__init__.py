"""The browser client in Firefox: real servers, real pages."""
