"""What is known before anyone owns it: versions, and the fields that filters can use with their values."""

from typing import Annotated, Literal

from pydantic import Field

from rollcall.api.keys import Request
from rollcall.api.routes import Noun
from rollcall.api.shapes import Count, Day, FewLimit, Instant, Shown, Word
from rollcall.segments import selection
from rollcall.universe import fields, queries, search, titles, versions

noun = Noun("universe")


class VersionShown(Shown):
    """One published load; immutable."""

    number: Count
    as_of: Day = Field(description="The day the data speaks of.")
    source: str = Field(examples=["us_public_companies"])
    published_at: Instant
    companies: Count
    profiles: Count
    positions: Count


class VersionsShown(Shown):
    """All versions, newest first."""

    items: list[VersionShown]


class FieldShown(Shown):
    """A company field, and how it can be tested."""

    name: str = Field(examples=["sector"])
    label: str = Field(examples=["Sector"])
    kind: Literal["text", "number", "set"]
    operators: list[str] = Field(examples=[["is_any_of", "is_none_of"]])


class ChoiceShown(Shown):
    """One value that a persona can ask for."""

    value: str = Field(examples=["c_suite"])
    label: str = Field(examples=["C-suite"])


class FieldsShown(Shown):
    """Everything that definitions and personas can be written with."""

    fields: list[FieldShown]
    company_orders: list[str] = Field(examples=[["name", "employees", "random"]])
    seniorities: list[ChoiceShown]
    departments: list[ChoiceShown]
    person_orders: list[str] = Field(examples=[["seniority", "relevance"]])


class ValueShown(Shown):
    """A value of a field, and how many companies have it."""

    value: str = Field(examples=["Energy"])
    companies: Count


class ValuesShown(Shown):
    """The most frequent values first."""

    items: list[ValueShown]


@noun.operation("GET", "/universe/versions", permission="universe.see", answer=VersionsShown)
def universe_versions(request: Request) -> VersionsShown:
    """The published versions of the universe."""
    names = VersionShown.model_fields
    return VersionsShown(
        items=[VersionShown(**{name: getattr(v, name) for name in names}) for v in versions.list_()]
    )


@noun.operation("GET", "/universe/fields", permission="universe.see", answer=FieldsShown)
def universe_fields(request: Request) -> FieldsShown:
    """What filters and personas can be written with."""
    known = fields.catalogue().values()
    return FieldsShown(
        fields=[
            FieldShown(name=f.name, label=f.label, kind=f.kind, operators=list(f.operators)) for f in known
        ],
        company_orders=list(queries.COMPANY_ORDERS),
        seniorities=[ChoiceShown(value=v, label=label) for v, label in titles.SENIORITIES.items()],
        departments=[ChoiceShown(value=v, label=label) for v, label in titles.DEPARTMENTS.items()],
        person_orders=list(queries.PERSON_ORDERS),
    )


@noun.operation("GET", "/universe/fields/{field}/values", permission="universe.see", answer=ValuesShown)
def universe_values(
    request: Request,
    field: Annotated[str, Field(examples=["sector"], description="A text field of companies.")],
    prefix: Word = "",
    limit: FewLimit = 50,
) -> ValuesShown:
    """The values of a text field, for writing filters."""
    version = selection.current_version()
    found = search.facets(version=version, field=field, prefix=prefix, limit=limit)
    return ValuesShown(items=[ValueShown(value=value, companies=number) for value, number in found])
