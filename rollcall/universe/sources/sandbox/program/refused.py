"""How the reading process says why it stops."""

from typing import Any


class Refused(Exception):
    """The file cannot be used; `code` and `details` become an error of the process that asked."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


def unreadable(kind: str, reason: str) -> Refused:
    return Refused("unreadable", kind=kind, reason=reason)
