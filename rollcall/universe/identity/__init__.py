"""Which records mean the same company or the same person: pure rules, no database."""
