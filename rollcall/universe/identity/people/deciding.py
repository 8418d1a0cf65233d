"""Same, doubtful or different: what the weight of a pair and the steps it reached amount to."""

from typing import Any

import numpy as np
import pyarrow as pa

from rollcall.universe.identity.people import model

# Chosen for precision: see docs/explanation/person-identity.md. In powers of two of the odds.
# Colleagues have much in common, so more is asked of two records at companies than of two with dates and addresses.
SAME_AT_WORK, SAME_AT_HOME, DOUBTFUL = 7.0, 5.0, 3.0
DIFFERENT_VERDICT, DOUBTFUL_VERDICT, SAME_VERDICT = 0, 1, 2
VERDICTS = ("different", "doubtful", "same")
_NAME_FITS = ("exact", "heard", "short", "initial", "spelling", "swapped")
_LAST_FITS = ("exact", "heard", "part", "spelling", "swapped", "like", "initial")


def judge(
    *,
    pairs: pa.Table,
    one_source: Any,
    namesakes: Any,
    one_generation: Any,
    other_numbers: Any,
    unlike: Any,
) -> Any:
    """For each pair the number of its verdict in `VERDICTS`.

    `one_source`: whether one source tells of both; `namesakes`: whether it gives them titles that many can have at
    once; `unlike`: whether their names are two people's (`unlike.py`); `one_generation`: whether only one of the two
    is called junior, or the second, or the like; `other_numbers`: whether there are other numbers in their names, which
    are not two spellings then.

    Weight alone is not enough. A pair is at most doubtful when
    - the first names differ, or the last names do, and neither date of birth nor mailbox makes up for it;
    - neither first nor last names fit: company, title and address are never enough;
    - dates of birth differ and no address speaks for it, or middle initials differ;
    - one source lists both at one company at once, unless the titles agree: it knows its people;
    - it lists both at once under a title of many: it would not write one person down twice;
    - other middle names are written out, or each has another second surname;
    - only one is called junior, unless the titles agree: the other may be the parent.
    """
    reached = {c.name: _Reached(pairs, c) for c in model.COMPARISONS}
    given, family, birth = reached["given"], reached["family"], reached["birth"]
    surely = birth.at("exact") | reached["mail"].at("exact", "typo")
    likely = surely | birth.at("typo")
    lives = reached["street"].at("exact", "spelling", "words") | reached["postcode"].at("exact", "typo")
    agrees = reached["title"].at("exact", "part")
    weak = (
        (given.at("other", "like") & ~likely)
        | (family.at("other") & ~(surely | reached["phone"].at("exact")))
        | (given.at("other") & family.at("other"))
        | ((given.is_untold | family.is_untold) & ~likely)
        | (birth.at("other") & ~lives)
        | (reached["middle"].at("other") & ~surely)
        | (one_source & reached["company"].at("together") & ~agrees & ~surely)
        | (namesakes & reached["company"].at("together") & ~surely)
        | (unlike & ~surely)
        | (one_generation & ~reached["company"].is_untold & ~agrees & ~surely)
    )
    weight = pairs["weight"].to_numpy()
    plausible = (given.at(*_NAME_FITS) | given.is_untold) & (family.at(*_LAST_FITS) | family.is_untold)
    impossible = other_numbers | reached["generation"].at("other") | (given.is_untold & family.is_untold)
    same = np.where(reached["company"].is_untold, SAME_AT_HOME, SAME_AT_WORK)
    verdict = np.where(weight >= same, SAME_VERDICT, np.where(weight >= DOUBTFUL, DOUBTFUL_VERDICT, 0))
    verdict = np.where(weak, np.minimum(verdict, DOUBTFUL_VERDICT), verdict)
    verdict = np.where((verdict == DOUBTFUL_VERDICT) & ~(plausible | surely), 0, verdict)
    return np.where(impossible, DIFFERENT_VERDICT, verdict).astype(np.int8)


def slips(*, pairs: pa.Table) -> dict[str, Any]:
    """Of the first and the last names of each pair: whether they are spelled nearly alike; whether the name is only
    heard alike; whether the first names are but forms of one another."""
    reached = {c.name: _Reached(pairs, c) for c in (model.GIVEN, model.FAMILY)}
    return {
        "first": reached["given"].at("spelling", "like"),
        "last": reached["family"].at("spelling", "like"),
        "heard": reached["given"].at("heard"),
        "compound": reached["given"].at("short", "spelling"),
    }


def are_parts(*, pairs: pa.Table) -> Any:
    """Whether a last name is only a part of the other."""
    return _Reached(pairs, model.FAMILY).at("part")


def is_plain(*, pairs: pa.Table, told: pa.Table, person: Any) -> Any:
    """Pairs in which nothing can contradict: each person is one record and in no other pair, and whatever
    `persons.contradiction` looks at is equal, or told by one of the two at most."""
    one, other = pairs["one"].to_numpy(), pairs["other"].to_numpy()
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    reached = {c.name: _Reached(pairs, c) for c in model.COMPARISONS}
    pages = told["page"].is_valid().to_numpy()
    source = told["source"].combine_chunks().dictionary_encode().indices.fill_null(-1).to_numpy()
    quiet = ~(pages[left] & pages[right]) & (source[left] != source[right])
    quiet &= reached["given"].at("exact", "short", "initial") & ~reached["middle"].at("other")
    quiet &= ~reached["birth"].at("other") & ~reached["generation"].at("other")
    records = np.bincount(person)
    near = np.bincount(np.concatenate([one, other]), minlength=len(records))
    return quiet & (records[one] == 1) & (records[other] == 1) & (near[one] == 1) & (near[other] == 1)


class _Reached:
    """How far the pairs came in one comparison."""

    def __init__(self, pairs: pa.Table, comparison: model.Comparison) -> None:
        self.steps = [step.name for step in reversed(comparison.steps)]
        self.numbers = pairs[comparison.name].to_numpy()
        self.is_untold = self.numbers < 0

    def at(self, *names: str) -> Any:
        return np.isin(self.numbers, [self.steps.index(name) for name in names if name in self.steps])
