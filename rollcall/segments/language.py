"""What a definition can say: filters, pasted domains, other segments, order and limit; checked when it is made."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from rollcall.core import ids
from rollcall.core.errors import Invalid, NotFound
from rollcall.universe import filters
from rollcall.universe.filters import Among, Condition, Group
from rollcall.universe.queries import COMPANY_ORDERS

DOMAINS_MAX = 10_000
DOMAIN_TEXT_MAX = 2_000
SEGMENTS_MAX = 50
_INT64_MAX = 2**63 - 1
_BETWEEN_DOMAINS = re.compile(r"[\s,;|<>\"]+")


class BadDefinition(Invalid):
    """The definition's {field} cannot be used: {reason}"""


class NothingChosen(Invalid):
    """This definition chooses no companies. Add a filter or paste domains, or set everything: true for all."""


class TooManyDomains(Invalid):
    """The definition's {field} holds {count:,} domains; {most:,} is the most. Split them over several segments."""


class BadOrder(Invalid):
    """Companies cannot be ordered by {order!r} (order_by). Choose one of: {allowed}."""


class Definition(BaseModel):
    """Which companies a segment holds: filters ∪ included − excluded − other segments, then order, then limit (S1)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    where: Group | None = None
    everything: bool = False
    include_domains: list[str] = []
    exclude_domains: list[str] = []
    exclude_segments: list[int] = Field(default=[], max_length=SEGMENTS_MAX)
    order_by: str = "name"
    descending: bool = False
    limit: int | None = Field(default=None, ge=1, le=_INT64_MAX)
    random_seed: int = Field(default=0, ge=0, le=_INT64_MAX)

    @field_validator("where", mode="after")
    @classmethod
    def _prune(cls, where: Group | None) -> Group | None:
        """Groups without lines would set no condition, so an empty one beside an `or` would let everyone in."""
        return None if where is None else _without_empty_groups(where)

    @field_validator("include_domains", "exclude_domains", mode="before")
    @classmethod
    def _split(cls, value: Any, info: Any) -> Any:
        return pasted(value, field=info.field_name)

    @field_validator("exclude_segments", mode="before")
    @classmethod
    def _numbers(cls, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return list(dict.fromkeys(segment_number(item, field="exclude_segments") for item in value))

    @field_validator("order_by", mode="after")
    @classmethod
    def _known_order(cls, order: str) -> str:
        if order not in COMPANY_ORDERS:
            raise BadOrder(order=order[:80], allowed=", ".join(COMPANY_ORDERS))
        return order

    @model_validator(mode="after")
    def _chooses(self) -> "Definition":
        if self.everything and self.where is not None:
            reason = "it says all companies, but there is a filter too. Remove the filter, or set everything: false."
            raise BadDefinition(field="everything", reason=reason)
        if not self.everything and self.where is None and not self.include_domains:
            raise NothingChosen()
        _check_segment_lines(self)
        return self

    @property
    def segment_lines(self) -> list[Condition]:
        """The filter lines that name other segments."""
        return [line for line in filters.conditions(self.where or Group()) if line.field == "segment"]

    @property
    def segment_ids(self) -> set[int]:
        """Every other segment that this definition looks at."""
        named = {segment_number(text, field="segment") for line in self.segment_lines for text in line.texts}
        return named | set(self.exclude_segments)


def parse(data: "Definition | Mapping[str, Any]") -> Definition:
    """The definition in `data` (decoded JSON).

    Raises:
        BadDefinition, NothingChosen, TooManyDomains, BadOrder: the field that is wrong and what to write instead.
        Any error of `universe.filters`, for a line of the filter.
    """
    if isinstance(data, Definition):
        return data
    if not isinstance(data, Mapping):
        raise BadDefinition(field="text", reason='a definition is an object, {"where": …, "limit": …}.')
    try:
        return Definition.model_validate(dict(data))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise BadDefinition(field=_path(first["loc"]), reason=_reason(first)) from None


def pasted(value: Any, *, field: str) -> Any:
    """One list of texts out of what people paste: one per line, commas, blanks; each kept once, as written."""
    parts = [value] if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise BadDefinition(field=field, reason="write a list of domains, or text with one domain a line.")
    found = list(dict.fromkeys(word for part in parts for word in _BETWEEN_DOMAINS.split(part) if word))
    if len(found) > DOMAINS_MAX:
        raise TooManyDomains(field=field, count=len(found), most=DOMAINS_MAX)
    if long := next((word for word in found if len(word) > DOMAIN_TEXT_MAX or "\0" in word), None):
        raise BadDefinition(field=field, reason=f"{long[:40]!r}… is too long, or holds a NUL character.")
    return found


def segment_number(value: Any, *, field: str) -> int:
    """`segment_number("seg_3") == 3`; a plain number is accepted too."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _INT64_MAX:
        return value
    try:
        return ids.parse("seg", str(value))
    except NotFound:
        reason = f"{str(value)[:80]!r} is not the id of a segment. Write it like seg_12."
        raise BadDefinition(field=field, reason=reason) from None


def _check_segment_lines(definition: Definition) -> None:
    for line in definition.segment_lines:
        if line.op not in ("is_any_of", "is_none_of"):
            reason = "segments can be tested with is_any_of and is_none_of only."
            raise BadDefinition(field="segment", reason=reason)
    if len(definition.segment_ids) > SEGMENTS_MAX:
        reason = f"it names {len(definition.segment_ids)} segments; {SEGMENTS_MAX} is the most."
        raise BadDefinition(field="segment", reason=reason)


def _without_empty_groups(group: Group) -> Group | None:
    if any(isinstance(item, Among) for item in group.items):
        reason = "company_ids is no filter line. Include companies by their domains (include_domains)."
        raise BadDefinition(field="where", reason=reason)
    kept = [_without_empty_groups(item) if isinstance(item, Group) else item for item in group.items]
    items = [item for item in kept if item is not None]
    return Group.model_construct(op=group.op, items=items) if items else None


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "text"


def _reason(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return f"there is no such field. The fields are: {', '.join(Definition.model_fields)}."
    return f"{error['msg'][:1].lower()}{error['msg'][1:]}."
