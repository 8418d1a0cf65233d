"""What a persona asks for: titles, levels, departments, places, most per company, and in which order."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from rollcall.core.errors import Invalid
from rollcall.universe import titles
from rollcall.universe.search import PersonaQuery

LIST_MAX, TEXT_MAX, PER_COMPANY_MAX = 200, 200, 100


class BadPersona(Invalid):
    """The persona's {field} cannot be used: {reason}"""


class UnknownChoice(Invalid):
    """The persona's {field} {value!r} is not known.{hint} Choose among: {allowed}."""


def _phrases(values: list[str]) -> list[str]:
    values = _distinct(values)
    for value in values:
        if not titles.phrase(value):
            raise ValueError(f"{value!r} has no word to look for; write at least one word of a title.")
    return values


def _distinct(values: list[str]) -> list[str]:
    """Each text once, in the order given, without the blanks around it."""
    found = list(dict.fromkeys(" ".join(value.split()) for value in values))
    for value in found:
        if not value or len(value) > TEXT_MAX or "\0" in value:
            raise ValueError(f"each entry has 1 to {TEXT_MAX} characters.")
    return found


_Texts = Annotated[list[str], Field(max_length=LIST_MAX), AfterValidator(_distinct)]
_Titles = Annotated[list[str], Field(max_length=LIST_MAX), AfterValidator(_phrases)]


class PersonaDefinition(BaseModel):
    """P1. An empty list sets no condition; `per_company` None takes everybody who matches."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    titles: _Titles = []
    titles_out: _Titles = []
    seniorities: _Texts = []
    departments: _Texts = []
    countries: _Texts = []
    per_company: Annotated[int, Field(ge=1, le=PER_COMPANY_MAX, strict=True)] | None = None
    order: Literal["seniority", "relevance", "tenure", "last_seen"] = "seniority"

    def model_post_init(self, context: Any) -> None:
        _check_choices("seniority", self.seniorities, titles.SENIORITIES)
        _check_choices("department", self.departments, titles.DEPARTMENTS)

    @property
    def query(self) -> PersonaQuery:
        """The same wish in the universe's words."""
        return PersonaQuery(
            titles=tuple(self.titles),
            titles_out=tuple(self.titles_out),
            seniorities=tuple(self.seniorities),
            departments=tuple(self.departments),
            countries=tuple(self.countries),
            per_company=self.per_company,
            order=self.order,
        )


def parse(data: Mapping[str, Any]) -> PersonaDefinition:
    """The definition in `data` (decoded JSON).

    Raises:
        BadPersona, UnknownChoice: it names the field, and what to write instead.
    """
    try:
        return PersonaDefinition.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"][:1]) or "definition"
        if first["type"] == "extra_forbidden":
            hint = _hint(field, PersonaDefinition.model_fields)
            allowed = ", ".join(PersonaDefinition.model_fields)
            raise UnknownChoice(field="field", value=field[:80], hint=hint, allowed=allowed) from None
        raise BadPersona(field=field, reason=first["msg"].removeprefix("Value error, ")) from None


def _check_choices(field: str, values: Iterable[str], known: Mapping[str, str]) -> None:
    for value in values:
        if value not in known:
            hint = _hint(value, known, {label.casefold(): key for key, label in known.items()})
            raise UnknownChoice(field=field, value=value[:80], hint=hint, allowed=", ".join(known))


def _hint(value: str, keys: Iterable[str], labels: Mapping[str, str] | None = None) -> str:
    """Did you mean: by the key, or by the label that people read."""
    labels = labels or {}
    near = get_close_matches(value.casefold()[:80], [*keys, *labels], n=1)
    return f" Did you mean {labels.get(near[0], near[0])!r}?" if near else ""
