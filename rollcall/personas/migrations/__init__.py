"""Schema changes of personas, each named for its intent."""
