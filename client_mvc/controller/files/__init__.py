"""Files: uploads, downloads, saving all of them."""
