"""Counts the words that several companies share in their names: python scripts/company_words.py companies.parquet

The table has the columns `name` and `domain`; the words go beside the other lists of `identity/companies`.
"""

import sys
from collections import defaultdict
from pathlib import Path

import pyarrow.parquet as pq

from rollcall.universe.identity.companies import legal_forms, spelling

SHARED_BY = 4
TARGET = Path("rollcall/universe/identity/companies/data/shared_words.txt")


def main() -> None:
    table = pq.read_table(sys.argv[1], columns=["name", "domain"])
    holders: dict[str, set[str]] = defaultdict(set)
    for name, domain in zip(table["name"].to_pylist(), table["domain"].to_pylist(), strict=True):
        for word in legal_forms.strip(spelling.tokens(spelling.split(name)[0]))[0]:
            holders[word].add(domain)
    words = sorted(word for word, domains in holders.items() if len(domains) >= SHARED_BY)
    TARGET.write_text("\n".join(words) + "\n", encoding="utf-8")
    print(f"{len(words)} of {len(holders)} words are shared by {SHARED_BY} companies or more")  # noqa: T201


if __name__ == "__main__":
    main()
