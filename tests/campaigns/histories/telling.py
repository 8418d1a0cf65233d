"""Tells the months of a world to an installation, load by load, and says how much of the truth arrived."""

import random
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from rollcall.universe import ingest
from tests.campaigns.histories import judging, words
from tests.campaigns.histories.judging import Judge
from tests.campaigns.histories.sources import Network, Pages, Register, Teller
from tests.campaigns.histories.world import World

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def carry_out(*, people: int, months: int, seed: int, examples: int = 0) -> dict[str, Any]:
    """One row of figures for each thing that is judged."""
    assert not judging.titles_agree(words.TITLES), judging.titles_agree(words.TITLES)
    world, judge = World(people=people, seed=seed), Judge()
    tellers: list[Teller] = [Register(world, seed), Network(world, seed), Pages(world, seed)]
    shown: dict[str, str] = {}
    for month in range(months):
        if month:
            world.go_on()
        for teller in tellers:
            snapshot = teller.tell()
            ingest.load(source=snapshot, now=NOW)
            judge.look(snapshot, living=world.living)
            shown |= {f"{snapshot.name}:{row['person_id']}": _said(row) for row in snapshot.people}
        judge.look_at_month(month)
    ways = {record: way for teller in tellers for record, way in teller.ways.items()}
    return _report(world, judge, ways, shown, examples)


def _report(
    world: World, judge: Judge, ways: dict[str, str], shown: dict[str, str], examples: int
) -> dict[str, Any]:
    expected = judge.expected()
    ids = {record: judge.ids[record] for record in judge.whose}
    found, true = judging.pairs_of(ids), judging.pairs_of(judge.whose)
    told = judging.pairs_of(expected)
    wrong, missed = found - true, told - found
    company_ids = judge.company_ids()
    companies, true_companies = judging.pairs_of(company_ids), judging.pairs_of(judge.where)
    groups = [{frozenset(names) for names in _groups(part)} for part in (ids, expected)]
    owned_true = {(judge._persons()[who], judge._companies()[at]) for who, at in judge.owned}
    report: dict[str, Any] = {
        "people": {
            "records": len(ids), "precision": _share(len(found & true), len(found)),
            "recall of what is told": _share(len(found & told), len(told)),
            "recall of everything": _share(len(found & true), len(true)),
            "clusters exact": _share(len(groups[0] & groups[1]), len(groups[1])),
            "wrong pairs": len(wrong), "missed by way": _by_way(missed, ways), "wrong by way": _by_way(wrong, ways),
        },
        "companies": {
            "records": len(company_ids), "precision": _share(len(companies & true_companies), len(companies)),
            "recall": _share(len(companies & true_companies), len(true_companies)),
        },
        "credits": {
            "spent": len(judge.owned), "true pairs": len(judge.true_pairs), "bought": judge.bought,
            "refunded": judge.refunded, "hidden": len(judge.true_pairs - owned_true),
            "twice because of two ids of a person": judge.twice(),
        },
        "ids that meant somebody else": len(judge.others),
        "events": {
            kind: {"found": number, "precision": _share(right, number), "recall": _share(right, there)}
            for kind, (number, right, there) in judging.events(judge.found, world.events).items()
        },
    }  # fmt: skip
    said = judge.said()
    report["people"]["missed and asked about"] = sum(
        said.get(pair, ("", ""))[0] == "doubtful" for pair in missed
    )
    for name, pairs in (("wrong", wrong), ("missed", missed)):
        report[f"{name} examples"] = [
            [f"{one} {shown[one]}", f"{other} {shown[other]}", *said.get((one, other), ())]
            for one, other in random.Random(1).sample(sorted(pairs), min(len(pairs), examples))
        ]
    wrong_companies = sorted(companies - true_companies)[:examples]
    report["wrong companies"] = wrong_companies
    report["missed companies"] = sorted(true_companies - companies)[:examples]
    report["bad"] = judge.others[:5]
    return report


def _said(row: dict[str, Any]) -> str:
    return ", ".join(
        str(row.get(name) or "-") for name in ("full_name", "company_id", "title", "profile_url", "email")
    )


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0


def _by_way(pairs: set[tuple[str, str]], ways: dict[str, str]) -> dict[str, int]:
    counted = Counter(" / ".join(sorted((ways[one], ways[other]))) for one, other in pairs)
    return dict(counted.most_common(12))


def _groups(numbers: dict[str, int]) -> list[list[str]]:
    inside: dict[int, list[str]] = {}
    for name, number in numbers.items():
        inside.setdefault(number, []).append(name)
    return list(inside.values())
