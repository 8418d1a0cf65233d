"""Tells why records are one company, in sentences that a customer understands."""

import pyarrow as pa

from rollcall.universe.columns import first_of_each
from rollcall.universe.identity.companies.identifying import KEPT, NEW


def explain(*, company_id: int, aliases: pa.Table, keys: pa.Table, redirects: pa.Table) -> list[str]:
    """`["handmade calls it c1 (“Acme Inc.”): the first record of it", "two calls it x9 (“Acme”): same because its root
    domain is acme.com", "It is found by acme.com, acme.io"]`, of this company alone."""
    mine = [row for row in aliases.to_pylist() if row["company_id"] == company_id]
    said = (
        [_record(row) for row in first_of_each(pa.Table.from_pylist(mine), ["source_key"]).to_pylist()]
        if mine
        else []
    )
    names = sorted({row["name"] for row in mine})
    if len(names) > 1:
        said.append(f"It is or was called {_listed(names)}")
    found = keys.to_pylist()
    domains = sorted(
        row["key"].removeprefix("domain:")
        for row in found
        if row["id"] == company_id and row["kind"] == "company" and row["key"].startswith("domain:")
    )
    if domains:
        said.append(f"It is found by {', '.join(domains)}")
    for row in sorted(redirects.to_pylist(), key=lambda row: row["from_id"]):
        if row["kind"] == "company" and row["to_id"] == company_id:
            said.append(f"com_{row['from_id']} leads here since version {row['version']}. {row['why']}")
    return said


def _record(row: dict[str, str]) -> str:
    source, _, key = row["source_key"].partition(":")
    because = row["because"]
    if because in ("", NEW):
        why = "the first record of it"
    elif because == KEPT:
        why = "known by this key before"
    else:
        why = f"same because {because}"
    return f"{source} calls it {key} (“{row['name']}”): {why}"


def _listed(names: list[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)
