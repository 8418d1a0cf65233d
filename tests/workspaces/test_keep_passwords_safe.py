"""Passwords are stored so that a stolen database does not give them away."""

from django.utils.module_loading import import_string

from rollcall import settings as product


def test_it_works() -> None:
    """The product itself hashes with Argon2id; only the other tests use something quick."""
    assert len(product.PASSWORD_HASHERS) == 1
    hasher = import_string(product.PASSWORD_HASHERS[0])()
    assert hasher.encode("correct horse battery", "salt-of-16-chars").startswith("argon2$argon2id$")
