"""Schema changes of workspaces, each named for its intent."""
