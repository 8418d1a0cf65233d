"""Reads what was known of companies before a load, as far as the load asks for it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe.identity.companies import aliases, comparing
from rollcall.universe.identity.companies.known import Known
from rollcall.universe.identity.companies.told import Told


class Reader:
    """Reads what was known before of those companies that matter to a load."""

    def __init__(self, *, keys: pa.Table, companies: pa.Table, known_as: pa.Table) -> None:
        self._keys, self._companies, self._known_as = keys, companies, known_as

    def known(self, rows: list[Told]) -> Known:
        """Of the companies that the rows are, or whose domains they name."""
        asked = {row.root for row in rows} | {row.former_domain for row in rows}
        asked |= {domain for row in rows for domain in row.alias_domains()}
        holders = self.holders(domain for domain in asked if domain)
        return self.companies({*holders.values(), *(row.known_id for row in rows if row.known_id)}, holders)

    def holders(self, asked: Iterable[str]) -> dict[str, int]:
        names = pa.array([f"domain:{domain}" for domain in sorted(asked)], pa.string())
        found = self._keys.filter(pc.is_in(self._keys["key"], value_set=names))
        return {
            key[7:]: number
            for key, number in zip(found["key"].to_pylist(), found["id"].to_pylist(), strict=True)
        }

    def by_source_key(self, name: str) -> int | None:
        found = self._keys.filter(pc.equal(self._keys["key"], name))["id"].to_pylist()
        return found[0] if found else None

    def like(self, keys: Iterable[str]) -> Known:
        """Of the companies that go by one of these names."""
        return self.companies(aliases.of_keys(self._known_as, keys).to_pylist(), {})

    def companies(self, ids: Iterable[int], holders: Mapping[str, int]) -> Known:
        wanted = pa.array(sorted(set(ids)), pa.int64())
        rows = self._companies.filter(pc.is_in(self._companies["id"], value_set=wanted))
        facts = rows.select(["id", "domain", *comparing.FACTS]).to_pylist()
        called: dict[int, list[str]] = defaultdict(list)
        lines = self._known_as.filter(pc.is_in(self._known_as["company_id"], value_set=wanted))
        for number, name in zip(rows["id"].to_pylist(), rows["name"].to_pylist(), strict=True):
            if name:
                called[number].append(name)
        for number, name in zip(lines["company_id"].to_pylist(), lines["name"].to_pylist(), strict=True):
            if name not in called[number]:
                called[number].append(name)
        return Known(
            holders=holders,
            domains={row["id"]: row["domain"] for row in facts},
            names_of=called,
            facts={row["id"]: row for row in facts},
        )
