"""Where knowledge comes from: equal siblings that do not know each other, each a `Source`."""
