"""The people of a version as memory-mapped columns sorted by company: only the companies asked for are read."""
