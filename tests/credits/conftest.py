"""Fixtures of the ledger's tests."""

from tests.credits.installation import installation, template

__all__ = ["installation", "template"]
