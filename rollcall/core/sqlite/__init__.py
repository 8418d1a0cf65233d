"""Django's SQLite with writers who wait by themselves; see `base`."""
