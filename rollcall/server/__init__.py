"""The operator's program: set up, serve, work, load, grant, prove."""
