"""Schema changes of contacts, each named for its intent."""
