"""Two versions compared: which pairs of a person and a company differ between them, and how."""
