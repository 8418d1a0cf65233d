"""Schema changes of segments, each named for its intent."""
