"""The downloads folder: safe names, quota, uploads under way, text detection."""
