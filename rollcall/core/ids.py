"""Public ids: a prefix that says what it is, and the row's number (`seg_12`)."""

from rollcall.core.errors import NotFound

NAMES = {
    "ws": "workspace",
    "seg": "segment",
    "per": "persona",
    "quo": "quote",
    "run": "run",
    "con": "contact",
    "com": "company",
    "pro": "profile",
    "ent": "ledger entry",
    "gra": "grant",
    "hol": "hold",
    "req": "package request",
    "key": "API key",
    "usr": "user",
    "chg": "change",
    "sup": "suppression",
    "bou": "bounce report",
    "msg": "message",
    "ana": "analysis",
    "app": "approval",
    "aut": "automation",
    "adj": "adjustment",
    "bud": "budget",
    "idq": "question of identity",
    "let": "letter",
    "lod": "load of files",
    "cal": "webhook call",
    "end": "webhook endpoint",
    "ale": "alert event",
    "alr": "alert rule",
    "tov": "title override",
    "buy": "order at a provider",
}
INT64_MAX = 2**63 - 1


def public(prefix: str, number: int) -> str:
    """`public("seg", 12) == "seg_12"`."""
    assert prefix in NAMES, prefix
    return f"{prefix}_{number}"


def parse(prefix: str, text: str) -> int:
    """The row number in a public id.

    Raises:
        NotFound: the text is no id of this kind; the answer is the same as for an id that does not exist.
    """
    head, _, tail = text.partition("_")
    if head == prefix and tail.isascii() and tail.isdigit() and len(tail) <= 19 and int(tail) <= INT64_MAX:
        return int(tail)
    raise NotFound(what=NAMES[prefix], id=text[:80])
