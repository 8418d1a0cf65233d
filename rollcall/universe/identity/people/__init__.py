"""Who is who among people: which records are one person, how surely, and why."""
