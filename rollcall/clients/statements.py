"""Usage and monthly statements, as the API answers them."""

from typing import Any, TypedDict, cast

from rollcall.clients.nouns import Noun, at


class Used(TypedDict):
    subject: str
    label: str
    charged: int
    refunded: int
    net: int
    searches: int


class Usage(TypedDict):
    by: str
    charged: int
    refunded: int
    net: int
    items: list[Used]


class Month(TypedDict):
    month: str
    is_over: bool
    opening: int
    moved: dict[str, int]
    closing: int


class Statement(TypedDict):
    month: str
    since: str
    until: str
    is_over: bool
    opening: int
    movements: list[dict[str, Any]]
    closing: int
    held: dict[str, int]
    grants: list[dict[str, Any]]
    usage: dict[str, list[Used]]


class Statements(Noun):
    """What credits were used for, month by month."""

    def usage(
        self,
        *,
        by: str = "segment",
        month: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Usage:
        return cast(Usage, self._get("/credits/usage", by=by, month=month, since=since, until=until))

    def list(self) -> list[Month]:
        return cast("list[Month]", self._get("/credits/statements")["items"])

    def get(self, month: str) -> Statement:
        return cast(Statement, self._get(at("credits", "statements", month)))
