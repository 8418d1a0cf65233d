"""Owned people: added and charged in one transaction, refreshed for free."""
