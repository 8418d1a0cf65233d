"""People Data Labs: people and companies by search and by enrichment, as its public documentation describes them."""

from decimal import Decimal

from rollcall.universe.providers.description import Auth, Cost, Endpoint, Limit, Paging, Provider
from rollcall.universe.providers.people_data_labs import mapping

__all__ = ["PROVIDER", "mapping"]

_A_WEEK = 7 * 86_400
# One credit for each record of a search, and for each enrichment that finds somebody. Errors and 404 cost nothing.
_COST = Cost(per_record=Decimal(1), header="x-call-credits-spent")
# The published default; what your contract has goes into ROLLCALL_PROVIDER_PEOPLE_DATA_LABS_PER_MINUTE.
_LIMITS = (Limit(calls=10, seconds=60),)
_SCROLL = Paging(
    kind="token",
    parameter="scroll_token",
    token="scroll_token",  # noqa: S106  the name of a field
    total="total",
    size_parameter="size",
    size=100,
    size_can_shrink=True,
)

PROVIDER = Provider(
    name="people_data_labs",
    title="People Data Labs",
    url="https://api.peopledatalabs.com",
    auth=Auth(kind="header", name="X-Api-Key"),
    endpoints=(
        Endpoint(
            name="person_search",
            tells="people",
            path="/v5/person/search",
            records="data",
            paging=_SCROLL,
            fixed={"titlecase": True},
            limits=_LIMITS,
            cost=_COST,
            fresh_seconds=_A_WEEK,
        ),
        Endpoint(
            name="person_enrich",
            tells="people",
            method="GET",
            path="/v5/person/enrich",
            sends="query",
            records="data",
            is_single=True,
            fixed={"titlecase": True},
            limits=_LIMITS,
            cost=_COST,
            is_personal=True,
            fresh_seconds=_A_WEEK,
        ),
        Endpoint(
            name="company_search",
            tells="companies",
            path="/v5/company/search",
            records="data",
            paging=_SCROLL,
            fixed={"titlecase": True},
            limits=_LIMITS,
            cost=_COST,
            fresh_seconds=_A_WEEK,
        ),
        Endpoint(
            name="company_enrich",
            tells="companies",
            method="GET",
            path="/v5/company/enrich",
            sends="query",
            is_single=True,
            fixed={"titlecase": True},
            limits=_LIMITS,
            cost=_COST,
            fresh_seconds=_A_WEEK,
        ),
    ),
    licence="People Data Labs, under the contract of whoever runs this installation",
    told_by=(
        "https://docs.peopledatalabs.com/docs/reference-person-search-api",
        "https://docs.peopledatalabs.com/docs/output-response-person-search-api",
        "https://docs.peopledatalabs.com/docs/reference-company-enrichment-api",
        "https://docs.peopledatalabs.com/docs/fields",
        "https://docs.peopledatalabs.com/docs/company-schema",
        "https://docs.peopledatalabs.com/docs/errors",
        "https://docs.peopledatalabs.com/docs/usage-limits",
    ),
)
