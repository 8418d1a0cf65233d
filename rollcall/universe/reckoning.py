"""What the index of people answers, worked out from the rows of any engine: the meaning, for small universes."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

import pyarrow as pa

from rollcall.universe import titles
from rollcall.universe.answers import Count, Counts, Coverage, Facets
from rollcall.universe.folding import fold
from rollcall.universe.index.owned import Pairs


def count(people: pa.Table, owned: Pairs | None) -> Count:
    """`people` is what the engine found."""
    if owned is None:
        return Count(people.num_rows, 0)
    mine = owned.have(people["company_id"].to_numpy(), people["profile_id"].to_numpy())
    return Count(people.num_rows, int(mine.sum()))


def page(people: pa.Table, after: tuple[int, int, int] | None, limit: int) -> pa.Table:
    """The rows behind `after`, as far as `limit`."""
    names = ("company_rank", "person_rank", "profile_id")
    places = zip(*(people[name].to_pylist() for name in names), strict=True)
    return people.filter(pa.array([after is None or place > after for place in places], pa.bool_())).slice(
        0, limit
    )


def facets(rows: pa.Table, titles_max: int) -> Facets:
    """`rows` are the `position_rows` of the people found."""
    return Facets(
        seniorities=_counted(rows["seniority"].to_pylist()),
        departments=_counted(rows["department"].to_pylist()),
        countries=_counted(fold(country or "") for country in rows["country"].to_pylist()),
        titles=_counted(titles.words(title or "").strip() for title in rows["title"].to_pylist())[
            :titles_max
        ],
    )


def coverage(rows: pa.Table, since: date) -> Coverage:
    """`rows` are the `position_rows` of the people found."""
    seen = sum(day >= since for day in rows["last_seen_on"].to_pylist())
    told = (sum(map(bool, rows[name].to_pylist())) for name in ("email", "profile_url", "phone"))
    return Coverage(rows.num_rows, seen, *told)


def _counted(values: Iterable[str]) -> Counts:
    return sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0]))
