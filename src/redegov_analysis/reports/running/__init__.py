"""One notebook run: its process, its kernel, and the page that comes of it."""
