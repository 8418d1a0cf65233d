"""What a provider is: its endpoints, paging, limits, costs and what its status codes mean, as checked data."""

from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

_NAME = r"^[a-z][a-z0-9_]{0,59}$"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Auth(_Part):
    """Where the key goes. `prefix` stands before it in a header, such as `Bearer `."""

    kind: Literal["header", "query", "none"] = "header"
    name: str = "Authorization"
    prefix: str = ""


class Paging(_Part):
    """How the next page is asked for.

    token: the answer holds a token for the next page (a cursor, a scroll token). offset: so many records are skipped.
    page: pages are numbered. none: there is one page.
    """

    kind: Literal["none", "token", "offset", "page"] = "none"
    parameter: str = ""
    token: str = Field(default="", description="Where the answer holds the next token, such as `meta.next`.")
    total: str = Field(default="", description="Where the answer holds how many records match.")
    size_parameter: str = ""
    size: int = Field(default=1, ge=1, le=10_000)
    size_can_shrink: bool = Field(default=False, description="Whether a page may ask for less than the last.")
    first: int = Field(default=1, ge=0, le=1, description="The number of the first page.")
    short_is_last: bool = Field(default=False, description="Whether a page that is not full is the last.")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.kind != "none" and not self.parameter:
            raise ValueError("paging needs the parameter that asks for the next page")
        if self.kind == "token" and not self.token:
            raise ValueError("paging by token needs the place of the next token in the answer")
        if self.kind == "page" and self.size_can_shrink:
            raise ValueError("numbered pages are all of one size: the second of 10 is not the second of 100")
        return self


class Limit(_Part):
    """At most so many calls in any stretch of so many seconds."""

    calls: int = Field(ge=1)
    seconds: int = Field(ge=1, le=31 * 86_400)


class Cost(_Part):
    """What an answer costs, in the provider's own credits. `header`: an answer's header that tells it exactly."""

    per_call: Decimal = Field(default=Decimal(0), ge=0, decimal_places=4)
    per_record: Decimal = Field(default=Decimal(0), ge=0, decimal_places=4)
    header: str = ""

    def most(self, records: int) -> Decimal:
        return self.per_call + self.per_record * records


class Codes(_Part):
    """What a status means. All others stop the walk. Only `ok` costs anything."""

    ok: frozenset[int] = frozenset({200})
    nothing: frozenset[int] = frozenset({404})
    again: frozenset[int] = frozenset({408, 425, 429, 500, 502, 503, 504})
    no_credit: frozenset[int] = frozenset({402})
    not_allowed: frozenset[int] = frozenset({401, 403})


class Retries(_Part):
    """When and how often a call is sent again. `unsure_max`: those that were maybe bought, as each may cost."""

    attempts_max: int = Field(default=5, ge=1, le=20)
    unsure_max: int = Field(default=2, ge=0, le=20)
    budget: int = Field(
        default=40, ge=0, description="Second and later attempts in one run, of all its calls."
    )
    first_seconds: float = Field(default=1.0, gt=0, le=60)
    most_seconds: float = Field(default=60.0, gt=0, le=600)


class Bulk(_Part):
    """Many lookups in one call, each answered in its place of a list.

    `requests`, `params`, `echo`: where the lookups go, where the parameters of each, and what of it comes back with
    its answer. `by`: what of the universe is looked up, as which `parameter`, with which others (`fixed`).
    """

    requests: str = "requests"
    params: str = "params"
    echo: str = "metadata"
    status: str = "status"
    record: str = Field(default="", description="Where in an answer the record is; empty: it is the record.")
    by: Literal["domain", "profile_url"]
    parameter: str
    fixed: dict[str, Any] = Field(default_factory=dict)
    most: int = Field(default=100, ge=1, le=1_000)
    miss_days: int = Field(
        default=90, ge=0, le=3_650, description="For how long a miss is not looked up again."
    )


class Endpoint(_Part):
    """One thing that can be asked."""

    name: str = Field(pattern=_NAME)
    tells: Literal["people", "companies"]
    method: Literal["GET", "POST"] = "POST"
    path: str = Field(pattern=r"^/[A-Za-z0-9/._~-]*$")
    sends: Literal["json", "query"] = "json"
    records: str = Field(default="", description="Where the records are; empty: the answer is one record.")
    is_single: bool = Field(default=False, description="There is one record, not a list of them.")
    paging: Paging = Paging()
    bulk: Bulk | None = None
    fixed: dict[str, Any] = Field(default_factory=dict)
    by_domains: dict[str, Any] = Field(
        default_factory=dict, description='Finds the people of companies: "$domains" stands for their list.'
    )
    limits: tuple[Limit, ...] = ()
    cost: Cost = Cost()
    is_personal: bool = Field(default=False, description="The query names a person: only its hash is kept.")
    fresh_seconds: int = Field(default=86_400, ge=1)
    bytes_max: int = Field(default=16 * 2**20, ge=1_024, le=64 * 2**20)

    @model_validator(mode="after")
    def _bulk_is_one_page(self) -> Self:
        if self.bulk and (self.paging.kind != "none" or self.sends != "json" or self.is_single):
            raise ValueError("a lookup in bulk is one page, sent as JSON")
        return self

    @property
    def reserved(self) -> frozenset[str]:
        """What a query may not hold, since it is ours to say."""
        return frozenset({self.paging.parameter, self.paging.size_parameter, *self.fixed} - {""})


class Provider(_Part):
    """One provider of people or companies over HTTP."""

    name: str = Field(pattern=_NAME)
    title: str
    url: str
    auth: Auth = Auth()
    endpoints: tuple[Endpoint, ...] = Field(min_length=1)
    codes: Codes = Codes()
    retries: Retries = Retries()
    credit: str = Field(default="credit", description="What the provider calls its unit of charge.")
    idempotency_header: str = "Idempotency-Key"
    timeout_seconds: float = Field(default=30.0, gt=0, le=120)
    licence: str = ""
    told_by: tuple[str, ...] = Field(default=(), description="Public pages that these facts come from.")

    @field_validator("endpoints")
    @classmethod
    def _names_differ(cls, endpoints: tuple[Endpoint, ...]) -> tuple[Endpoint, ...]:
        if len({endpoint.name for endpoint in endpoints}) < len(endpoints):
            raise ValueError("two endpoints have the same name")
        return endpoints
