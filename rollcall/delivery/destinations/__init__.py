"""Where contacts go: equal siblings, each a folder of its own that knows none of the others (D1)."""
