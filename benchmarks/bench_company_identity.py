"""How well companies are found by name alone: python -m benchmarks.bench_company_identity WORLD [ALIASES] [--tune]

WORLD is a Parquet table with name, domain, country, city, industry, symbols. By a checksum of their domains its
companies fall into two halves: rules may be made with the one in view (`--tune`), the other is only measured. A seeded
half of those is known, by domain. Then records of a second source without domains are identified: half of them known
companies under a changed name, half strangers. A match is right if record and company have one domain. Of "sisters" (a
known name and a word more: another company) whatever is found is wrong. ALIASES (company_id, alias) beside a
`companies.parquet` in its folder are names as several sources really write them.
"""

import argparse
import random
import time
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rollcall.universe import records
from rollcall.universe.columns import conform
from rollcall.universe.identity.companies import identifying
from rollcall.universe.matching import Keys
from rollcall.universe.sources.source import COMPANIES

SEED = 4
ASKED_MAX = 12_000
SHORT = {
    "international": "Intl", "manufacturing": "Mfg", "brothers": "Bros", "technologies": "Tech", "technology": "Tech",
    "industries": "Inds", "holdings": "Hldgs", "group": "Grp", "services": "Svcs", "systems": "Sys", "and": "&",
    "laboratories": "Labs", "pharmaceuticals": "Pharma", "national": "Natl", "development": "Dev", "company": "Co",
    "communications": "Comm", "financial": "Finl", "electronics": "Elec", "products": "Prods", "resources": "Res",
    "corporation": "Corp", "limited": "Ltd", "incorporated": "Inc",
}  # fmt: skip
FORMS = (
    "Inc",
    "Inc.",
    "Incorporated",
    "Corp.",
    "Co., Ltd.",
    "Ltd",
    "Limited",
    "plc",
    "S.A.",
    "AG",
    "GmbH",
    "LLC",
)
FACTS = ("country", "city", "industry", "ticker")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("world")
    parser.add_argument("aliases", nargs="?")
    parser.add_argument("--tune", action="store_true", help="the half that rules are made with")
    parser.add_argument("--asked", type=int, default=ASKED_MAX)
    given = parser.parse_args()
    dice = random.Random(SEED)
    rows = [row for row in pq.read_table(given.world).to_pylist() if row["name"] and row["domain"]]
    world = [row for row in rows if zlib.crc32(row["domain"].encode()) % 2 == int(given.tune)]
    print(f"{'names':28} {'facts told':28} asked   found   right  precision  recall  records/s")
    for facts in (("country", "city", "industry"), ("country", "industry"), ("country",), ()):
        for title, change in CHANGES.items():
            _measure(title, change, facts, world, dice, given.asked)
    if given.aliases:
        for facts in (("country",), ()):
            _aliases(Path(given.aliases), facts)


def _measure(
    title: str,
    change: Any,
    facts: tuple[str, ...],
    world: list[dict[str, Any]],
    dice: random.Random,
    asked_max: int,
) -> None:
    rows = dice.sample(world, min(len(world), asked_max))
    half = len(rows) // 2
    known, strangers = rows[:half], rows[half:]
    asked = [(row, change(row["name"], dice)) for row in known]
    asked += [(row, change(row["name"], dice)) for row in strangers]
    told = [
        (_told(row, name, facts) | {"domain": None}, None if change is _sister else row["domain"])
        for row, name in asked
        if name
    ]
    _report(title, facts, [_told(row, row["name"], FACTS) for row in known], told)


def _aliases(path: Path, facts: tuple[str, ...]) -> None:
    """Every second company is known under its first name; asked are all names of all."""
    companies = {
        row["company_id"]: row for row in pq.read_table(path.parent / "companies.parquet").to_pylist()
    }
    names: dict[str, list[str]] = {}
    for row in pq.read_table(path).to_pylist():
        names.setdefault(row["company_id"], []).append(row["alias"])
    base = []
    asked = []
    for number, (company_id, company) in enumerate(sorted(companies.items())):
        row = {
            "country": company["hq_country"],
            "industry": company["sub_industry"],
            "domain": company["domain"],
        }
        if number % 2 and company["domain"]:
            base.append(_told(row, company["name"], FACTS))
        for alias in names.get(company_id, []):
            if company["domain"] and alias != company["name"]:
                asked.append((_told(row, alias, facts) | {"domain": None}, company["domain"]))
    _report("as sources write them", facts, base, asked)


def _told(row: dict[str, Any], name: str, facts: tuple[str, ...]) -> dict[str, Any]:
    said = {"ticker": (row.get("symbols") or "").split("|")[0].partition(".")[0] or None}
    said |= {key: row.get(key) for key in ("country", "city", "industry")}
    return {"name": name, "domain": row["domain"], **{key: said[key] for key in facts}}


def _report(
    title: str, facts: tuple[str, ...], known: list[Any], asked: list[tuple[dict[str, Any], str | None]]
) -> None:
    keys = Keys(records.KEY.empty_table(), next_company_id=1, next_profile_id=1)
    first = _identify(known, keys, "known", records.COMPANY_STORED.empty_table(), records.ALIAS.empty_table())
    stored = conform(pa.Table.from_pylist(known), COMPANIES).append_column("id", first.ids)
    companies = _one_each(conform(stored, records.COMPANY_STORED))
    domains = dict(zip(first.ids.to_pylist(), (row["domain"] for row in known), strict=True))
    started = time.perf_counter()
    # One by one as far as the source is concerned: each record is a source of its own, so that none excludes another.
    found = _identify([row for row, _ in asked], keys, "asked", companies, first.aliases)
    took = time.perf_counter() - started
    there = {row["domain"] for row in known}
    tally = Counter[str]()
    for number, (_, domain) in zip(found.ids.to_pylist(), asked, strict=True):
        tally["known"] += domain in there
        if number in domains:
            tally["found"] += 1
            tally["right"] += domains[number] == domain
    precision, recall = tally["right"] / max(tally["found"], 1), tally["right"] / max(tally["known"], 1)
    print(
        f"{title:28} {', '.join(facts) or 'none':28} {len(asked):6} {tally['found']:7} {tally['right']:7}"
        f"  {precision:9.4f}  {recall:6.3f}  {len(asked) / took:9,.0f}"
    )


def _identify(rows: list[Any], keys: Keys, source: str, companies: pa.Table, known_as: pa.Table) -> Any:
    numbered = [{"company_id": f"c{number}", **row} for number, row in enumerate(rows)]
    told = conform(pa.Table.from_pylist(numbered), COMPANIES)
    return identifying.identify(told=told, keys=keys, source=source, companies=companies, known_as=known_as)


def _one_each(table: pa.Table) -> pa.Table:
    ids = table["id"].to_pylist()
    first = {number: place for place, number in reversed(list(enumerate(ids)))}
    return table.take(pa.array(sorted(first.values()))).combine_chunks()


def _same(name: str, _: random.Random) -> str:
    return name


def _other_case(name: str, dice: random.Random) -> str:
    return dice.choice([name.upper(), name.lower(), name.replace(",", "").replace(".", "")])


def _other_form(name: str, dice: random.Random) -> str:
    words = name.replace(",", " ").split()
    while len(words) > 1 and words[-1].strip(".").casefold() in _ENDS:
        words.pop()
    return " ".join([*words, dice.choice(FORMS)]) if dice.random() < 0.7 else " ".join(words)


def _shortened(name: str, _: random.Random) -> str:
    return " ".join(SHORT.get(word.strip(",.").casefold(), word) for word in name.split())


def _reordered(name: str, dice: random.Random) -> str:
    words = name.replace(",", " ").split()
    first = words[: max(1, len(words) // 2)]
    return (
        " ".join([*words[len(first) :], *first])
        if dice.random() < 0.5
        else f"{words[-1]}, {' '.join(words[:-1])}"
    )


def _slip(name: str, dice: random.Random) -> str:
    """One letter dropped, doubled, swapped with the next or another, in the longest word."""
    longest = max(name.split(), key=len)
    if len(longest) < 4:
        return ""
    place = dice.randrange(1, len(longest) - 2)
    head, letter, after, tail = longest[:place], longest[place], longest[place + 1], longest[place + 2 :]
    wrong = dice.choice((head + after + tail, head + letter * 2 + after + tail, head + after + letter + tail,
                         head + dice.choice("aeionrst") + after + tail))  # fmt: skip
    return name.replace(longest, wrong, 1)


def _beside(name: str, dice: random.Random) -> str:
    return dice.choice(
        (
            f"{name} (formerly Old {dice.randrange(99)} Name)",
            f"The {name}",
            f"Hydra {dice.randrange(99)} d/b/a {name}",
        )
    )


_NUMBERS = {
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "first": "1st",
    "second": "2nd",
    "third": "3rd",
}


def _numbered(name: str, _: random.Random) -> str:
    changed = " ".join(_NUMBERS.get(word.casefold(), word) for word in name.split())
    return changed if changed != name else ""


def _sister(name: str, dice: random.Random) -> str:
    return f"{name.split(',')[0]} {dice.choice(('Capital', 'France', 'Renewables', 'Asia', 'Ventures', 'Foundation'))}"


_ENDS = {"inc", "incorporated", "corp", "corporation", "co", "company", "ltd", "limited", "plc", "sa", "s.a", "ag",
         "gmbh", "llc", "ab", "asa", "nv", "n.v", "se", "spa", "s.p.a", "tbk", "oyj"}  # fmt: skip
CHANGES = {
    "unchanged": _same,
    "case and punctuation": _other_case,
    "another legal form": _other_form,
    "abbreviated": _shortened,
    "other order of words": _reordered,
    "one slip": _slip,
    "numbers in figures": _numbered,
    "former and trade names": _beside,
    "sisters: nothing is right": _sister,
}


if __name__ == "__main__":
    main()
