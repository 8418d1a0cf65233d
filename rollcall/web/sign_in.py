"""Signing in: accounts are made by an operator or an invitation, never by strangers."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignUp(DefaultAccountAdapter):  # type: ignore[misc]
    """No open registration: a stranger who finds the address cannot make an account."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
