"""The command line `rollcall`: a thin face on the Python client."""
