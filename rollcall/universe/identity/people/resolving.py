"""The whole way: strong keys, pairs, verdicts, clusters, reasons."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.core.errors import Invalid
from rollcall.universe.ascending import distinct
from rollcall.universe.columns import flat, mapped
from rollcall.universe.identity.people import (
    clustering,
    comparing,
    deciding,
    explaining,
    features,
    joining,
    model,
    persons,
    portraits,
    unlike,
)
from rollcall.universe.identity.people.clustering import Edge


class RecordTwice(Invalid):
    """Two records have the number {record}. Number the records of one call without repeating any."""


# Reasons not to join two that somebody should look at.
_ASKED = (clustering.AMBIGUOUS, persons.NAMESAKES, persons.KNOWN_AS_TWO)
PAIRS = pa.schema(
    [
        ("left", pa.int64()),
        ("right", pa.int64()),
        ("probability", pa.float64()),
        ("verdict", pa.string()),
        ("why", pa.string()),
    ]
)
CLUSTERS = pa.schema([("record", pa.int64()), ("cluster", pa.int64())])
MERGES = pa.schema([("kept_id", pa.int64()), ("merged_id", pa.int64()), ("why", pa.string())])


@dataclass(frozen=True, slots=True)
class Decisions:
    """Who is who.

    - `pairs`: what was decided about two people, each named by a record: "same" or "doubtful".
    - `apart`: pairs that look like one person and are two, with the reason: verdict "different".
    - `clusters`: for each record its person, named by the smallest record.
    - `merges`: known ids that turned out to be one person; the smaller one is kept.
    """

    pairs: pa.Table
    apart: pa.Table
    clusters: pa.Table
    merges: pa.Table


def resolve(
    records: pa.Table,
    *,
    known: pa.Table | None = None,
    kept_apart: frozenset[tuple[int, int]] = frozenset(),
    engine: str = "duckdb",
) -> Decisions:
    """Which of these records are one person, among each other and with those known.

    Columns are those of `features.RECORDS`; absent ones are unknown. `record` numbers a row uniquely over both tables.
    Records of one known id stay one; two known ones are not compared with each other again. `kept_apart` are pairs of
    known ids (the smaller first) that somebody decided are two people. The order of the rows makes no difference,
    nor does `engine`, which says where pairs are compared.

    Raises:
        RecordTwice: two rows have one number.
    """
    whole, is_new = _together(records, known)
    if not whole.num_rows:
        return Decisions(
            PAIRS.empty_table(), PAIRS.empty_table(), CLUSTERS.empty_table(), MERGES.empty_table()
        )
    told = features.told(whole)
    people = joining.by_keys(told=told, apart=kept_apart)
    columns = features.compared(told=told, person=people.person, is_new=is_new)
    pairs = _judged(comparing.pairs(columns=columns, engine=engine), told, people.person)
    plain = deciding.is_plain(pairs=pairs, told=told, person=people.person)
    plain &= not kept_apart
    odd = np.flatnonzero(~plain)
    wanted = distinct(np.concatenate([pairs[name].to_numpy()[odd] for name in ("one", "other")]))
    looked = portraits.of(told=told, person=people.person, wanted=wanted)
    check = persons.checker(looked, kept_apart, _settled(whole, is_new))
    joined = clustering.join(_edges(pairs, odd), contradiction=check)
    refused = joined.refused | _impossible(pairs, odd, check)
    person = joining.renamed(people.person, joined.cluster | _plain_clusters(pairs, plain))
    rows = _of_keys(people, whole) + _of_pairs(pairs, refused, people, person, whole)
    return Decisions(
        pairs=_table(row for row in rows if row[3] != "different"),
        apart=_table(row for row in rows if row[3] == "different"),
        clusters=_clusters(whole, person),
        merges=_merges(whole, person, rows),
    )


def _together(records: pa.Table, known: pa.Table | None) -> tuple[pa.Table, Any]:
    """Both tables as one by record, and which rows are new."""
    parts = [features.records_of(records)] + ([] if known is None else [features.records_of(known)])
    whole = pa.concat_tables(parts).combine_chunks()
    numbers = whole["record"].to_numpy()
    order = np.argsort(numbers, kind="stable")
    twice = np.flatnonzero(np.diff(numbers[order]) == 0)
    if len(twice):
        raise RecordTwice(record=int(numbers[order][twice[0]]))
    return whole.take(pa.array(order)).combine_chunks(), (order < records.num_rows)


def _settled(whole: pa.Table, is_new: Any) -> frozenset[int]:
    """The known ids of which nothing new is told."""
    known = whole["known_id"]
    asked = set(known.filter(pa.array(is_new)).to_pylist())
    return frozenset(set(known.to_pylist()) - asked - {None})


def _same(names: Any, left: Any, right: Any) -> Any:
    codes = flat(names).dictionary_encode().indices.fill_null(-1).to_numpy()
    return (codes[left] == codes[right]) & (codes[left] >= 0)


def _are_of_many(told: pa.Table, left: Any, right: Any, asked: Any) -> Any:
    """Whether the pairs asked about have titles that many can have at once. To read a title takes long."""
    many = asked.copy()
    sole = np.ones(int(asked.sum()), bool)
    for side in (left, right):
        title = flat(told["title"]).take(pa.array(side[asked]))
        found = mapped(title, lambda words: "one" if portraits.is_held_by_one(words) else None)
        sole &= flat(found).is_valid().to_numpy(zero_copy_only=False)
    many[asked] = ~sole
    return many


def _other_numbers(names: Any, left: Any, right: Any) -> Any:
    """Whether both names of a pair have digits, and other ones."""
    digits = pc.replace_substring_regex(flat(names), r"\D+", "")
    codes = (
        pc.if_else(pc.equal(digits, ""), None, digits).dictionary_encode().indices.fill_null(-1).to_numpy()
    )
    return (codes[left] >= 0) & (codes[right] >= 0) & (codes[left] != codes[right])


def _judged(pairs: pa.Table, told: pa.Table, person: Any) -> pa.Table:
    """The pairs with their verdict, of each two people only the one that says most."""
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    source = flat(told["source"]).dictionary_encode().indices.fill_null(-1).to_numpy()
    generation = flat(told["generation"]).is_valid().to_numpy(zero_copy_only=False)
    one_generation = generation[left] != generation[right]
    one_source = (source[left] == source[right]) & (source[left] >= 0)
    likely = pairs["weight"].to_numpy() >= deciding.DOUBTFUL
    slips = {name: found & likely for name, found in deciding.slips(pairs=pairs).items()}
    slipped = slips["first"] | slips["last"]
    many = _are_of_many(told, left, right, (one_source & likely) | slipped)
    verdict = deciding.judge(
        pairs=pairs,
        one_source=one_source,
        namesakes=one_source & many,
        one_generation=one_generation,
        other_numbers=_other_numbers(told["first"], left, right) | _other_numbers(told["last"], left, right),
        unlike=_unlike(pairs, told, many, slips),
    )
    one, other = np.minimum(person[left], person[right]), np.maximum(person[left], person[right])
    weight = pairs["weight"].to_numpy()
    order = np.lexsort((right, left, -weight, -verdict, other, one))
    order = order[verdict[order] > deciding.DIFFERENT_VERDICT]
    new = np.r_[True, (np.diff(one[order]) != 0) | (np.diff(other[order]) != 0)] if len(order) else []
    kept = pa.array(order[np.asarray(new, bool)])
    extra = {"one": pa.array(one), "other": pa.array(other), "verdict": pa.array(verdict)}
    # Of father and son, who is not called junior is rather the one of whom it is not said.
    extra["sureness"] = pa.array(weight - np.where(one_generation, clustering.MARGIN + 1, 0))
    for name, column in extra.items():
        pairs = pairs.append_column(name, column)
    return pairs.take(kept).combine_chunks()


def _unlike(pairs: pa.Table, told: pa.Table, many: Any, slips: dict[str, Any]) -> Any:
    """Pairs whose names are two people's. Colleagues with a title of many are no place for slips in short names."""
    at_work = told["company_id"].is_valid().to_numpy()
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    crowd = many & at_work[left] & at_work[right]
    slips = {name: found & crowd if name in ("first", "last") else found for name, found in slips.items()}
    return unlike.mask(
        told=told,
        left=left,
        right=right,
        slips=slips,
        parts=deciding.are_parts(pairs=pairs),
        same_first=_same(told["first"], left, right),
    )


def _plain_clusters(pairs: pa.Table, plain: Any) -> dict[int, int]:
    """Pairs taken for one person that nothing contradicts and nobody else is near: most of all pairs."""
    rows = np.flatnonzero(plain & (pairs["verdict"].to_numpy() == deciding.SAME_VERDICT))
    one, other = (pairs[name].to_numpy()[rows].tolist() for name in ("one", "other"))
    return dict(zip(other, one, strict=True))


def _impossible(pairs: pa.Table, odd: Any, check: clustering.Check) -> dict[int, str]:
    """Doubtful pairs that are two people after all: nobody needs to look at them."""
    numbers = odd[pairs["verdict"].to_numpy()[odd] == deciding.DOUBTFUL_VERDICT]
    part = pairs.select(["one", "other"]).take(pa.array(numbers))
    found = {}
    for number, one, other in zip(numbers.tolist(), *(c.to_pylist() for c in part.columns), strict=True):
        reason = check(frozenset((one,)), frozenset((other,)))
        if reason and reason not in _ASKED:
            found[number] = reason
    return found


def _edges(pairs: pa.Table, odd: Any) -> list[Edge]:
    """The pairs taken for one person; an edge's number is its row in `pairs`."""
    numbers = odd[pairs["verdict"].to_numpy()[odd] == deciding.SAME_VERDICT]
    part = pairs.select(["one", "other", "sureness"]).take(pa.array(numbers))
    columns = [*(column.to_pylist() for column in part.columns), numbers.tolist()]
    return [Edge(one, other, sure, number) for one, other, sure, number in zip(*columns, strict=True)]


Row = tuple[int, int, float, str, str]


def _of_keys(people: joining.People, whole: pa.Table) -> list[Row]:
    """What was decided about those who share a strong key."""
    told = _shown(whole, {number for pair in people.pairs for number in (pair.left, pair.right)})
    rows: list[Row] = []
    for pair in people.pairs:
        one, other = told[pair.left], told[pair.right]
        verdict = "same"
        if pair.apart:
            verdict = "different" if persons.is_certain(pair.apart) else "doubtful"
        why = explaining.by_key(
            names=(one[1], other[1]), because=joining.because(pair.kind), refused=pair.apart
        )
        rows.append((one[0], other[0], 0.5 if pair.apart else 1.0, verdict, why))
    return rows


def _of_pairs(
    pairs: pa.Table, refusals: dict[int, str], people: joining.People, person: Any, whole: pa.Table
) -> list[Row]:
    """What was decided about those who were compared, unless their keys have decided it."""
    decided = {
        tuple(sorted((int(people.person[p.left]), int(people.person[p.right]))))
        for p in people.pairs
        if p.apart
    }
    steps = [comparison.name for comparison in model.COMPARISONS]
    told = _shown(whole, set(pairs["left"].to_pylist()) | set(pairs["right"].to_pylist()))
    columns = ["one", "other", "left", "right", "probability", "verdict", *steps]
    rows: list[Row] = []
    for number, values in enumerate(zip(*(pairs[name].to_pylist() for name in columns), strict=True)):
        low, high, left, right, probability, code, *reached = values
        refused = refusals.get(number, "")
        verdict = deciding.VERDICTS[code]
        settled = verdict == "doubtful" and person[left] == person[right]
        if settled or (low, high) in decided:
            continue
        if refused:
            verdict = "doubtful" if refused in _ASKED else "different"
        one, other = told[left], told[right]
        why = explaining.sentence(
            verdict=verdict,
            names=(one[1], other[1]),
            reached=dict(zip(steps, reached, strict=True)),
            refused=refused,
        )
        rows.append((one[0], other[0], probability, verdict, why))
    return rows


def _shown(whole: pa.Table, rows: set[int]) -> dict[int, tuple[int, str]]:
    """For each row the number of its record and the name on it."""
    numbers = sorted(rows)
    part = whole.select(["record", "full_name", "first_name", "last_name"]).take(
        pa.array(numbers, pa.int64())
    )
    found = zip(*(column.to_pylist() for column in part.columns), strict=True)
    return {
        number: (record, explaining.shown(full, first, last))
        for number, (record, full, first, last) in zip(numbers, found, strict=True)
    }


def _table(rows: Iterable[Row]) -> pa.Table:
    """One row for each two records, the surest reason first; by record."""
    first: dict[tuple[int, int], Row] = {}
    for row in rows:
        left, right = min(row[:2]), max(row[:2])
        first.setdefault((left, right), (left, right, *row[2:]))
    ordered = [first[key] for key in sorted(first)]
    columns = zip(*ordered, strict=True) if ordered else [[] for _ in PAIRS]
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, PAIRS, strict=True)], schema=PAIRS)


def _clusters(whole: pa.Table, person: Any) -> pa.Table:
    record = flat(whole["record"])
    return pa.table({"record": record, "cluster": record.take(pa.array(person))}, schema=CLUSTERS)


def _merges(whole: pa.Table, person: Any, rows: list[Row]) -> pa.Table:
    """Known ids that are in one cluster, each with the smallest of it."""
    known = flat(whole["known_id"])
    places = np.flatnonzero(known.is_valid().to_numpy(zero_copy_only=False))
    ids: dict[int, set[int]] = {}
    for cluster, number in zip(
        person[places].tolist(), known.take(pa.array(places)).to_pylist(), strict=True
    ):
        ids.setdefault(cluster, set()).add(number)
    several = {cluster: found for cluster, found in ids.items() if len(found) > 1}
    if not several:
        return MERGES.empty_table()
    of_record = dict(zip(whole["record"].to_pylist(), person.tolist(), strict=True))
    reasons: dict[int, list[str]] = {}
    for left, _, _, verdict, why in rows:
        if verdict == "same" and of_record[left] in several:
            reasons.setdefault(of_record[left], []).append(why)
    found = [
        (min(group), number, "; ".join(reasons.get(cluster, [])[:3]))
        for cluster, group in sorted(several.items())
        for number in sorted(group - {min(group)})
    ]
    columns = zip(*found, strict=True)
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, MERGES, strict=True)], schema=MERGES)
