"""Whom to find inside a company, what it costs, and the search itself."""
