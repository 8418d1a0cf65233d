"""One way to compare text: compatibility forms and letter case make no difference."""

import unicodedata


def fold(text: str) -> str:
    """`fold("ＡCME") == fold("acme")`; casefold can undo the normal form, so it is normalised again."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
