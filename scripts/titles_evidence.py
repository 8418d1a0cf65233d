"""Derives `rollcall/universe/titles/data/evidence.parquet` from the O*NET and ESCO occupation lists; run by hand.

    python -m scripts.titles_evidence --onet onet_alternate_titles.parquet --esco esco_labels_multilingual.parquet

O*NET gives each English title a business function. ESCO gives one occupation's labels in many languages under one id: a
foreign label inherits what the English labels of its occupation say. From both come weights for single words, and for
the ends and beginnings of long ones. A tenth of the occupations is left out and used to measure.
"""

import argparse
import math
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from rollcall.universe import titles
from rollcall.universe.titles import evidence, lexicon, tokens

OUT = lexicon.DATA / "evidence.parquet"
FUNCTIONS = {
    "production": "operations", "supply_chain": "supply_chain", "maintenance": "operations",
    "construction": "operations",
    "education": "education", "engineering": "engineering", "administration": "administration", "healthcare": "medical",
    "research": "research", "agriculture": "operations", "media": "communications", "sales": "sales",
    "personal_services": "hospitality", "finance": "finance", "social_services": "public_service",
    "protective_services": "public_service", "military": "public_service", "hospitality": "hospitality",
    "design": "product", "facilities": "operations", "it": "information_technology", "hr": "human_resources",
    "data": "data", "legal": "legal", "operations": "operations", "compliance": "risk", "procurement": "supply_chain",
    "marketing": "marketing", "communications": "communications", "security": "security", "real_estate": "sales",
    "customer_support": "customer", "events": "marketing", "consulting": "consulting", "government": "public_service",
    "executive": "executive",
}  # fmt: skip
WORD_MIN, WORD_PURITY, PIECE_MIN, PIECE_PURITY = 2, 0.6, 6, 0.7
LEVELS = {"c_suite", "head", "director", "manager", "entry", "intern"}

Labelled = tuple[list[str], str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--onet", type=Path, required=True)
    parser.add_argument("--esco", type=Path, required=True)
    asked = parser.parse_args()
    write({})
    onet = list(_onet(asked.onet))
    write({"department": weights((words, name) for key, words, name in onet if not held_out(key))})
    esco = list(_esco(asked.esco))
    kept = [(words, department, level) for key, _, words, department, level in esco if not held_out(key)]
    departments = [(words, department) for words, department, _ in kept if department != "unknown"]
    departments += [(words, name) for key, words, name in onet if not held_out(key)]
    levels = [(words, level if level in LEVELS else "") for words, _, level in kept]
    write({"department": weights(departments), "level": weights(levels)})
    report(onet, esco)


def held_out(key: str) -> bool:
    return zlib.crc32(key.encode()) % 10 == 0


def _onet(path: Path) -> Iterator[tuple[str, list[str], str]]:
    rows = pq.read_table(path, columns=["title", "function"])
    for title, function in zip(rows["title"].to_pylist(), rows["function"].to_pylist(), strict=True):
        if function in FUNCTIONS:
            yield title, _words(title), FUNCTIONS[function]


def _esco(path: Path) -> Iterator[tuple[str, str, list[str], str, str]]:
    """Id, language, words, and what the English labels of the same id say by vote."""
    rows = pq.read_table(path, columns=["lang", "id", "label"]).to_pylist()
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    ranks: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row["lang"] == "en":
            reading = titles.read(row["label"])
            votes[row["id"]][reading.department] += 1 if reading.department != "unknown" else 0
            ranks[row["id"]][reading.role_level] += 1
    for row in rows:
        if row["id"] in votes:
            department, level = (counted[row["id"]].most_common(1)[0][0] for counted in (votes, ranks))
            yield row["id"], row["lang"], _words(row["label"]), department, level


def _words(title: str) -> list[str]:
    return [word for word in tokens.of_title(title) if word not in (tokens.JOINT, tokens.BREAK)]


def weights(labelled: Iterable[Labelled]) -> dict[str, tuple[str, float]]:
    """Word → what it speaks for and how loudly; pieces of words only where no shorter piece says the same."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for words, name in labelled:
        for word in set(words):
            counts[word][name] += 1
    out = _pure(counts, WORD_MIN, WORD_PURITY)
    pieces: dict[str, Counter[str]] = defaultdict(Counter)
    for word, (name, _) in out.items():
        for piece in evidence.pieces(word):
            pieces[piece][name] += 1
    loud = _pure(pieces, PIECE_MIN, PIECE_PURITY)
    for piece in sorted(loud, key=len):
        bare = piece.strip("~")
        shorter = f"~{bare[1:]}" if piece.startswith("~") else f"{bare[:-1]}~"
        if loud.get(shorter, ("", 0))[0] != loud[piece][0]:
            out[piece] = loud[piece]
    return {word: said for word, said in out.items() if said[0]}


def _pure(counts: dict[str, Counter[str]], least: int, purity: float) -> dict[str, tuple[str, float]]:
    out = {}
    for word, counted in counts.items():
        total = sum(counted.values())
        name, most = counted.most_common(1)[0]
        share = most / (total + 0.5)
        if total >= least and share >= purity and len(word) > 2:
            out[word] = (name, round((share - 0.3) * min(1.5, math.log1p(total) / 2.5), 2))
    return out


def write(tables: dict[str, dict[str, tuple[str, float]]]) -> None:
    """Words that our own lists know are left out: the evidence is asked only when those are silent."""
    rows = [
        (about, word, name, weight)
        for about, table in sorted(tables.items())
        for word, (name, weight) in sorted(table.items())
        if not _told(word, about)
    ]
    columns = zip(*rows, strict=True) if rows else ([], [], [], [])
    types = (
        pa.dictionary(pa.int8(), pa.string()),
        pa.string(),
        pa.dictionary(pa.int8(), pa.string()),
        pa.float32(),
    )
    arrays = [pa.array(list(column), kind) for column, kind in zip(columns, types, strict=True)]
    pq.write_table(
        pa.table(arrays, ["about", "word", "name", "weight"]), OUT, compression="zstd", compression_level=19
    )
    evidence._table.cache_clear()
    evidence._said.cache_clear()
    print(f"{len(rows):,} words, {OUT.stat().st_size:,} bytes")  # noqa: T201


def _told(word: str, about: str) -> bool:
    found = lexicon.find([word]) if lexicon.known(word) else []
    return any((one.entry.weight > 1 if about == "department" else one.entry.level) for one in found)


def report(onet: list[tuple[str, list[str], str]], esco: list[tuple[str, str, list[str], str, str]]) -> None:
    """On what was left out: how often a department is named, and how often it is the one expected."""
    tried: Counter[str] = Counter()
    named: Counter[str] = Counter()
    right: Counter[str] = Counter()
    level: Counter[str] = Counter()
    cases = [("O*NET", " ".join(words), name, "") for key, words, name in onet if held_out(key)]
    cases += [
        (lang, " ".join(w), name, rank)
        for key, lang, w, name, rank in esco
        if held_out(key) and name != "unknown"
    ]
    for group, title, name, rank in cases:
        reading = titles.read(title)
        tried[group] += 1
        named[group] += reading.department != "unknown"
        right[group] += reading.department == name
        level[group] += reading.role_level == rank
    print("group, titles, a department named, the expected one among those, expected rank")  # noqa: T201
    for group in sorted(tried):
        of, share = tried[group], right[group] / max(named[group], 1)
        print(f"{group:6} {of:6} {named[group] / of:6.1%} {share:6.1%} {level[group] / of:6.1%}")  # noqa: T201


if __name__ == "__main__":
    main()
