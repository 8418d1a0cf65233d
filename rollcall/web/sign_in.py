"""Signing in: accounts are made by an operator or an invitation, never by strangers; nothing goes by email."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.urls import reverse


class ClosedSignUp(DefaultAccountAdapter):  # type: ignore[misc]
    """No open registration: a stranger who finds the address cannot make an account."""

    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "This email and password do not belong together. Check both and try again.",
        "too_many_login_attempts": "Too many wrong tries. Wait five minutes, then try again.",
        "account_inactive": "This account is closed. Ask the operator if that is a mistake.",
        "incorrect_password": "That is not your password. Try again.",
        "enter_current_password": "That is not your current password. Try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")


class SecondStep(DefaultMFAAdapter):  # type: ignore[misc]
    """Codes and keys beside the password, in our words."""

    error_messages: ClassVar[dict[str, Any]] = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "That code is not right, or it is too old. Enter the one that is shown now.",
    }
