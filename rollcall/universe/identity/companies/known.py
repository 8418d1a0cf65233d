"""What is known of companies, as rules ask for it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rollcall.universe.identity.companies import names
from rollcall.universe.identity.companies.names import Name


@dataclass
class Known:
    """`holders`: whose a domain is; `domains`: where a company is now; `names_of`, `facts` by company."""

    holders: Mapping[str, int] = field(default_factory=dict)
    domains: Mapping[int, str | None] = field(default_factory=dict)
    names_of: Mapping[int, list[str]] = field(default_factory=dict)
    facts: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)

    def readings(self, company_id: int) -> list[Name]:
        return [read for text in self.names_of.get(company_id, ()) if (read := names.read(text)) is not None]


def by_key(
    readings: Iterable[tuple[Any, Name]], *, keys_of: Callable[[Name], list[str]]
) -> dict[str, set[Any]]:
    """Who goes by which key."""
    found: dict[str, set[Any]] = defaultdict(set)
    for who, name in readings:
        for key in keys_of(name):
            found[key].add(who)
    return found


def keys(name: Name) -> list[str]:
    """Exact keys begin with "=", words in any order with "~"."""
    return [*(f"={exact}" for exact in sorted(name.exact)), f"~{name.words}", f"~{name.core}"]
