"""What may be spent, is held, was spent."""
