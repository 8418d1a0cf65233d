"""The database tables of the universe, each made by one migration named for its intent."""
