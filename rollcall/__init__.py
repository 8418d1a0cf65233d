"""Rollcall: self-hosted B2B contact data with honest credits."""

__version__ = "0.1.0"
