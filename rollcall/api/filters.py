"""How filters and segment definitions look in requests and answers; the domains read and judge them."""

from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator

from rollcall.api.shapes import Count, Given, Name, SegmentId
from rollcall.core.errors import Invalid

_EXAMPLE = {"op": "and", "items": [{"field": "sector", "op": "is_any_of", "value": ["Energy"]}]}


class FilterNotAnObject(Invalid):
    """`where` is a group of lines: an object with `op` (and, or) and `items`. Its fields: GET /universe/fields."""


class FilterLine(Given):
    """One test of a company. `GET /universe/fields` lists the fields and the operators of each."""

    field: str = Field(examples=["sector"])
    op: str = Field(examples=["is_any_of"])
    value: str | int | list[str] | list[int] | None = Field(default=None, examples=[["Energy"]])


class FilterGroup(Given):
    """Lines and groups joined by `and` or `or`; at most 5 deep, 200 lines."""

    op: Literal["and", "or"] = "and"
    items: "list[FilterLine | FilterGroup]" = Field(default=[], examples=[_EXAMPLE["items"]])


def _object(value: Any) -> Any:
    if not isinstance(value, dict):
        raise FilterNotAnObject()
    return value


# The domain reads the tree itself: it bounds the depth, and says "did you mean" where a schema says "no".
Where = Annotated[
    Any, PlainValidator(_object, json_schema_input_type=FilterGroup), Field(examples=[_EXAMPLE])
]


class DefinitionGiven(Given):
    """Which companies a segment holds: filters ∪ included − excluded − other segments, then order, then limit."""

    where: Where | None = None
    everything: bool = Field(default=False, description="All companies: needed where there is no filter.")
    include_domains: list[str] = Field(default=[], max_length=10_000, examples=[["acme.com"]])
    exclude_domains: list[str] = Field(default=[], max_length=10_000)
    exclude_segments: list[SegmentId] = Field(default=[], max_length=50)
    order_by: Name = Field(default="name", description="A company field, `id` or `random`.")
    descending: bool = False
    limit: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    random_seed: Count = 0


def plain(definition: DefinitionGiven) -> dict[str, Any]:
    """As the domain reads it."""
    return definition.model_dump(exclude_unset=True)
