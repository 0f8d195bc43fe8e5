"""Pages: what notebooks show put into HTML, and the pages that no notebook makes."""
