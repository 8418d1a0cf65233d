"""The answers of the API as typed dictionaries: what the client gives back, key for key."""

from typing import Any, Generic, NotRequired, TypedDict, TypeVar

T = TypeVar("T")


class Page(TypedDict, Generic[T]):
    """Some items, and the cursor of what follows (None: nothing)."""

    items: list[T]
    next_cursor: str | None


class Me(TypedDict):
    key: dict[str, Any]
    workspace: dict[str, Any]
    operator_email: str


class Balance(TypedDict):
    available: int
    held: int
    total: int
    upcoming: int
    used_this_month: int
    used_last_month_same_days: int
    next_expiry_amount: int
    next_expiry_at: str | None
    runs_out_on: str | None
    runs_out_why: str


class Grant(TypedDict):
    id: str
    kind: str
    name: str
    state: str
    priority: int
    price_minor: int | None
    currency: str
    granted: int
    remaining: int
    held: int
    spent: int
    expired: int
    voided: int
    effective_at: str
    expires_at: str | None


class Entry(TypedDict):
    id: str
    kind: str
    amount: int
    balance_change: int
    balance_after: NotRequired[int]
    actor_label: str
    run_id: str | None
    segment_id: str | None
    automation_id: str | None
    context: dict[str, Any]
    created_at: str


class Only(TypedDict, total=False):
    """Which entries of the ledger; days are both included."""

    kind: str | None
    run_id: str | None
    segment_id: str | None
    automation_id: str | None
    actor: str | None
    month: str | None
    since: str | None
    until: str | None


class Line(TypedDict):
    label: str
    amount: int
    note: str


class EntryReceipt(TypedDict):
    entry: Entry
    title: str
    about: str
    balance_after: int
    equation: list[Line]
    whole: list[Line]
    grants: list[dict[str, Any]]
    not_charged: list[Line]
    facts: list[dict[str, Any]]
    refunded: int
    run_receipt: dict[str, Any] | None
    who: str


class Version(TypedDict):
    number: int
    as_of: str
    source: str
    companies: int
    profiles: int
    positions: int
    published_at: str


class Company(TypedDict):
    id: str
    name: str | None
    domain: str | None
    sector: str | None
    industry: str | None
    country: str | None
    employees: int | None


class Preview(TypedDict):
    count: int
    after_each: list[int]
    companies: list[Company]
    unmatched_domains: list[str]
    bad_domains: list[str]
    contradictions: list[str]
    universe_version: int


class Segment(TypedDict):
    id: str
    name: str
    kind: str
    revision: int
    company_count: int
    contact_count: int
    created_at: str
    definition: NotRequired[dict[str, Any]]


class Refreshed(TypedDict):
    joined: int
    left: int
    total: int


class Persona(TypedDict):
    id: str
    name: str
    definition: dict[str, Any]
    revision: int
    created_at: str


class Quote(TypedDict):
    id: str
    segment_id: str
    persona_ids: list[str]
    stop_at: int | None
    titles_revision: int
    companies: int
    matches: int
    owned: int
    suppressed: int
    over_limit: int
    over_budget: int
    budgets: list[dict[str, Any]]
    credits_max: int
    credits: dict[str, Any]
    sample: list[dict[str, str | None]]
    expires_at: str


class Known(TypedDict):
    whom: str
    people: int
    seen_within_90_days: int
    since: str
    with_email: int
    with_profile_page: int
    with_phone: int
    seniorities: list[dict[str, Any]]
    departments: list[dict[str, Any]]
    countries: list[dict[str, Any]]
    titles: list[dict[str, Any]]


class Coverage(Known):
    quote_id: str


class PersonaPreview(TypedDict):
    universe_version: int
    titles_revision: int
    companies: int
    matches: int
    owned: int
    suppressed: int
    credits_max: int
    sample: list[dict[str, str | None]]
    coverage: Known


class Run(TypedDict):
    id: str
    state: str
    segment_id: str
    segment_name: str
    quote_id: str
    people: int
    people_done: int
    credits_max: int
    charged: int
    owned: int
    suppressed: int
    problem: str
    created_at: str
    finished_at: str | None


class Progress(TypedDict):
    state: str
    people: int
    done: int
    charged: int
    owned: int
    suppressed: int
    percent: int
    rate_per_second: int | None
    seconds_left: int | None
    problem: str
    is_active: bool


class RunReceipt(TypedDict):
    run: Run
    personas: list[str]
    estimate: list[Line]
    actual: list[Line]
    not_charged: list[Line]
    credits: list[Line]
    grants: list[dict[str, Any]]
    entries: list[str]
    who: str
    rule: str


class Contact(TypedDict):
    id: str
    profile_id: str
    company_id: str
    full_name: str
    title: str | None
    company_name: str
    company_domain: str | None
    personas: list[str]
    is_former: bool
    now: dict[str, Any] | None
    added_at: str


class Change(TypedDict):
    id: str
    contact_id: str
    kind: str
    before: dict[str, Any]
    after: dict[str, Any]
    happened_on: str | None
    learned_at: str


class Suppression(TypedDict):
    id: str
    kind: str
    label: str
    reason: str
    created_by: str
    created_at: str
