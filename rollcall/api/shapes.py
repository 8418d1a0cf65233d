"""The types that requests and answers are made of: strict, bounded, and refusing what a database cannot hold."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from rollcall.core import ids, paging

T = TypeVar("T")
S = TypeVar("S")
_PLAIN = r"^[^\x00]*$"
_DIGITS = re.compile(r"-?[0-9]{1,19}")


class Given(BaseModel):
    """What a caller sends: a field we do not know, or of another type, is refused rather than guessed."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Shown(BaseModel):
    """What we answer."""

    model_config = ConfigDict(extra="forbid")


def _public_id(prefix: str) -> Any:
    """Documented, not validated: an id of another form answers 404 like any id that is not there."""
    return Field(
        json_schema_extra={"pattern": f"^{prefix}_[0-9]{{1,19}}$", "examples": [f"{prefix}_12"]},
        description=f"Id of a {ids.NAMES[prefix]}.",
    )


SegmentId = Annotated[str, _public_id("seg")]
PersonaId = Annotated[str, _public_id("per")]
QuoteId = Annotated[str, _public_id("quo")]
RunId = Annotated[str, _public_id("run")]
ContactId = Annotated[str, _public_id("con")]
CompanyId = Annotated[str, _public_id("com")]
ProfileId = Annotated[str, _public_id("pro")]
EntryId = Annotated[str, _public_id("ent")]
GrantId = Annotated[str, _public_id("gra")]
RequestId = Annotated[str, _public_id("req")]
AnalysisId = Annotated[str, _public_id("ana")]
SuppressionId = Annotated[str, _public_id("sup")]
OverrideId = Annotated[str, _public_id("tov")]
BounceReportId = Annotated[str, _public_id("bou")]
ChangeId = Annotated[str, _public_id("chg")]
KeyId = Annotated[str, _public_id("key")]
UserId = Annotated[str, _public_id("usr")]
AutomationId = Annotated[str, _public_id("aut")]
ApprovalId = Annotated[str, _public_id("app")]
BudgetId = Annotated[str, _public_id("bud")]
AlertRuleId = Annotated[str, _public_id("alr")]
AlertEventId = Annotated[str, _public_id("ale")]
EndpointId = Annotated[str, _public_id("end")]
CallId = Annotated[str, _public_id("cal")]
WorkspaceId = Annotated[str, _public_id("ws")]

Name = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=_PLAIN)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=_PLAIN)]
ShortText = Annotated[str, StringConstraints(max_length=300, pattern=_PLAIN)]
LongText = Annotated[str, StringConstraints(max_length=4000, pattern=_PLAIN)]
Count = Annotated[int, Field(ge=0, le=ids.INT64_MAX)]
Amount = Annotated[int, Field(ge=1, le=ids.INT64_MAX)]
Int64 = Annotated[int, Field(ge=-ids.INT64_MAX - 1, le=ids.INT64_MAX)]


def _digits(value: Any) -> Any:
    """A whole number in a URL is digits; `1.0`, `1_000` and ` 1` are not read as one."""
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        raise ValueError("write a whole number in digits")
    return value


Limit = Annotated[
    int,
    Field(ge=1, le=paging.LIMIT_MAX, description="How many items a page has at most.", examples=[50]),
    BeforeValidator(_digits),
]
FewLimit = Annotated[
    int, Field(ge=1, le=200, description="How many items.", examples=[20]), BeforeValidator(_digits)
]
Cursor = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2000, pattern=_PLAIN),
    Field(description="The `next_cursor` of the page before; leave it out for the first page."),
]
Instant = Annotated[datetime, Field(examples=["2026-09-01T12:00:00Z"])]
Day = Annotated[date, Field(examples=["2026-09-01"])]
Word = Annotated[str, StringConstraints(max_length=200, pattern=_PLAIN)]


class PageOf(Shown, Generic[T]):
    """Some items, and the cursor of what follows."""

    items: list[T]
    next_cursor: str | None = Field(
        description="Send it as `cursor` for what follows; null on the last page."
    )


def page_of(page: paging.Page[S], shape: Callable[[S], T]) -> PageOf[T]:
    """The page with each item shaped for the answer."""
    return PageOf[Any](items=[shape(item) for item in page.items], next_cursor=page.next_cursor)
