"""Programs that use the public API only: the Python client and the command line."""
