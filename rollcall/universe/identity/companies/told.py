"""One company as a source tells it in this load, ready to be compared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rollcall.universe.identity.companies import addresses, names
from rollcall.universe.identity.companies.groups import Node
from rollcall.universe.identity.companies.names import Name
from rollcall.universe.sources.source import NAME_KEY


@dataclass
class Told:
    """A row of COMPANIES; `known_id`: what its source's own key stands for already; `root`: its own domain."""

    number: int
    key: str
    name: str | None
    root: str | None
    known_id: int | None
    facts: Mapping[str, Any]
    former_domain: str | None = None
    merged_into: str | None = None
    aliases: list[str] = field(default_factory=list)

    @property
    def is_keyed(self) -> bool:
        """Whether its source has a key of its own for it, and does not just call it by its domain or name."""
        return self.key != self.root and not self.key.startswith(NAME_KEY)

    @property
    def node(self) -> Node:
        return self.known_id if self.known_id is not None else ("row", self.number)

    def names(self) -> list[tuple[str, str]]:
        """All names in it with what they are, the present one first: name, former, alias."""
        found = [] if self.name is None else [(self.name, "name")]
        read = names.read(self.name) if self.name else None
        found += [(other, "former") for other in (read.others if read else ())]
        return found + [(alias, "alias") for alias in self.aliases if addresses.is_domain(alias) is None]

    def readings(self) -> list[Name]:
        return [read for text, _ in self.names() if (read := names.read(text)) is not None]

    def alias_domains(self) -> list[str]:
        """Other domains that the source says are this company's."""
        found = [addresses.is_domain(alias) for alias in self.aliases]
        return sorted({domain for domain in found if domain and domain != self.root})
