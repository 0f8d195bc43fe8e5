"""The site: what was made of what, and how it is put into place."""
