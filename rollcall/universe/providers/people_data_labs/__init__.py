"""People Data Labs: people and companies by search and by enrichment, as its public documentation describes them."""

from decimal import Decimal
from typing import Any

from rollcall.universe.providers.description import Auth, Bulk, Cost, Endpoint, Limit, Paging, Provider
from rollcall.universe.providers.people_data_labs import mapping

__all__ = ["PROVIDER", "mapping"]

_A_WEEK = 7 * 86_400
_SCROLL = Paging(
    kind="token",
    parameter="scroll_token",
    token="scroll_token",  # noqa: S106  the name of a field
    total="total",
    size_parameter="size",
    size=100,
    size_can_shrink=True,
)
_TITLECASE = {"titlecase": True}


def _endpoint(name: str, path: str, **more: Any) -> Endpoint:
    """What all endpoints share: one credit for each record that is found (errors and 404 cost nothing), and the
    published default of ten calls a minute (a contract's own: ROLLCALL_PROVIDER_PEOPLE_DATA_LABS_PER_MINUTE)."""
    return Endpoint(
        name=name,
        path=path,
        tells="people" if name.startswith("person") else "companies",
        limits=(Limit(calls=10, seconds=60),),
        cost=Cost(per_record=Decimal(1), header="x-call-credits-spent"),
        fresh_seconds=_A_WEEK,
        **more,
    )


PROVIDER = Provider(
    name="people_data_labs",
    title="People Data Labs",
    url="https://api.peopledatalabs.com",
    auth=Auth(kind="header", name="X-Api-Key"),
    endpoints=(
        _endpoint(
            "person_search",
            "/v5/person/search",
            records="data",
            paging=_SCROLL,
            fixed=_TITLECASE,
            by_domains={"query": {"terms": {"job_company_website": "$domains"}}},
        ),
        _endpoint(
            "person_enrich",
            "/v5/person/enrich",
            method="GET",
            sends="query",
            records="data",
            is_single=True,
            fixed=_TITLECASE,
            is_personal=True,
        ),
        _endpoint("company_search", "/v5/company/search", records="data", paging=_SCROLL, fixed=_TITLECASE),
        _endpoint(
            "company_enrich",
            "/v5/company/enrich",
            method="GET",
            sends="query",
            is_single=True,
            fixed=_TITLECASE,
        ),
        _endpoint(
            "person_bulk",
            "/v5/person/bulk",
            is_personal=True,
            bytes_max=32 * 2**20,
            bulk=Bulk(by="profile_url", parameter="profile", record="data", fixed=_TITLECASE),
        ),
        _endpoint(
            "company_bulk",
            "/v5/company/enrich/bulk",
            bulk=Bulk(by="domain", parameter="website", fixed=_TITLECASE),
        ),
    ),
    licence="People Data Labs, under the contract of whoever runs this installation",
    told_by=(
        "https://docs.peopledatalabs.com/docs/reference-person-search-api",
        "https://docs.peopledatalabs.com/docs/output-response-person-search-api",
        "https://docs.peopledatalabs.com/docs/reference-company-enrichment-api",
        "https://docs.peopledatalabs.com/docs/bulk-enrichment-api",
        "https://docs.peopledatalabs.com/docs/bulk-company-enrichment-api",
        "https://docs.peopledatalabs.com/docs/fields",
        "https://docs.peopledatalabs.com/docs/company-schema",
        "https://docs.peopledatalabs.com/docs/errors",
        "https://docs.peopledatalabs.com/docs/usage-limits",
    ),
)
