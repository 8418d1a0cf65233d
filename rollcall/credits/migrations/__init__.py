"""Schema changes of credits, each named for its intent."""
