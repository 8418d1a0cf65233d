"""Pages: the same calls as the API, answered in HTML."""
