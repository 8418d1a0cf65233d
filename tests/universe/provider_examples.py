"""Descriptions that no folder has: other ways of paging, of giving the key, of telling the cost."""

from decimal import Decimal

from rollcall.universe.providers import registry
from rollcall.universe.providers.description import Auth, Cost, Endpoint, Limit, Paging, Provider

SIZE = 7
_COST = Cost(per_record=Decimal(1))
_CALL = Cost(per_call=Decimal("0.5"))


def _one(name: str, paging: Paging, cost: Cost = _COST, auth: Auth | None = None, **more: object) -> Provider:
    endpoint = Endpoint.model_validate(
        {"name": "search", "tells": "people", "path": "/search", "records": "data", "paging": paging, "cost": cost,
         "limits": (Limit(calls=50, seconds=1),), **more}
    )  # fmt: skip
    return Provider(name=name, title=name, url="", auth=auth or Auth(), endpoints=(endpoint,))


EXAMPLES = (
    _one("by_cursor", Paging(kind="token", parameter="after", token="meta.next", size_parameter="limit", size=7),
         auth=Auth(prefix="Bearer "), records="result.items"),
    _one("by_offset", Paging(kind="offset", parameter="skip", total="total", size_parameter="limit", size=7,
                             size_can_shrink=True), method="GET", sends="query"),
    _one("by_page", Paging(kind="page", parameter="page", total="count", size_parameter="per_page", size=7),
         cost=_CALL, auth=Auth(kind="query", name="api_key"), method="GET", sends="query"),
    _one("by_page_from_zero", Paging(kind="page", parameter="page", size=7, first=0, short_is_last=True)),
)  # fmt: skip


def every() -> list[tuple[Provider, Endpoint]]:
    """Each endpoint of each provider that ships, and of each example."""
    shipped = [small(known.about) for known in registry.list_()]
    return [
        (about, endpoint)
        for about in (*shipped, *map(small, EXAMPLES))
        for endpoint in about.endpoints
        if endpoint.bulk is None
    ]


def lookups() -> list[tuple[Provider, Endpoint]]:
    """Each endpoint that looks up in bulk, a few at a time."""
    return [
        (about, endpoint)
        for about in map(small, (known.about for known in registry.list_()))
        for endpoint in about.endpoints
        if endpoint.bulk is not None
    ]


def small(about: Provider) -> Provider:
    """With pages of a few records and answers of a few kilobytes, so that tests have many and large ones are cheap."""
    endpoints = [
        endpoint.model_copy(
            update={
                "paging": endpoint.paging.model_copy(update={"size": SIZE}),
                "bulk": endpoint.bulk and endpoint.bulk.model_copy(update={"most": SIZE}),
                "bytes_max": 300_000,
            }
        )
        for endpoint in about.endpoints
    ]
    return about.model_copy(update={"endpoints": tuple(endpoints)})


def named(pair: tuple[Provider, Endpoint]) -> str:
    return f"{pair[0].name}-{pair[1].name}"
