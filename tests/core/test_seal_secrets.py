"""Secrets at rest open with the secret key they were sealed with, for the purpose they were sealed for."""

from typing import Any

import pytest

from rollcall.core import sealing


def test_it_works() -> None:
    sealed = sealing.seal("whsec_abc", purpose="webhooks")
    assert "whsec" not in sealed
    assert sealing.unseal(sealed, purpose="webhooks") == "whsec_abc"
    assert sealing.seal("whsec_abc", purpose="webhooks") != sealed


def test_another_purpose_does_not_open_it() -> None:
    with pytest.raises(sealing.SealBroken):
        sealing.unseal(sealing.seal("a", purpose="webhooks"), purpose="salesforce")


def test_another_key_does_not_open_it_and_a_replaced_one_does(settings: Any) -> None:
    sealed, before = sealing.seal("a", purpose="webhooks"), settings.SECRET_KEY
    settings.SECRET_KEY = "another-secret-key-of-forty-characters-!!"
    with pytest.raises(sealing.SealBroken):
        sealing.unseal(sealed, purpose="webhooks")
    settings.SECRET_KEY_FALLBACKS = [before]
    assert sealing.unseal(sealed, purpose="webhooks") == "a"


@pytest.mark.parametrize("broken", ["", "1", "1.a.b", "2.a.b", "1..", "a.b.c.d"])
def test_what_was_never_sealed_does_not_open(broken: str) -> None:
    with pytest.raises(sealing.SealBroken):
        sealing.unseal(broken, purpose="webhooks")
