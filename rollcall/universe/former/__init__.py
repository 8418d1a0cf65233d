"""The version before a load, as far as the load looks at it: whole while it is small, else only the rows it touches."""
