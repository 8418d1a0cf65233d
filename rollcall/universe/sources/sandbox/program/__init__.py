"""What runs in the disposable process: finds out what a file is, and writes its rows as text to standard output."""
