"""Who asks, for which workspace, and what they may do."""
