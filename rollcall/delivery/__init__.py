"""Getting contacts out, to destinations that are equal siblings."""
