"""What is asked of a people search: as tables that come with the question, beside statements that never change.

However many personas there are, a plan has one shape: an engine plans it in no more time, and may keep what it made.
"""

from collections.abc import Collection, Iterable, Sequence
from functools import cache

import pyarrow as pa
from sqlglot import exp, parse_one
from sqlglot.dialects import duckdb as dialects

from rollcall.universe import titles
from rollcall.universe.engines.sql.bound import Bound
from rollcall.universe.engines.sql.meant import Titles
from rollcall.universe.index.owned import Pairs
from rollcall.universe.queries import PeopleQuery, PersonaQuery

_TEXTS = pa.list_(pa.string())
# A null list sets no condition. `phrases` say which titles are exactly what was asked for.
_PERSONA = pa.schema(
    [
        ("flag", pa.int64()), ("most", pa.int64()), ("says_titles", pa.bool_()), ("phrases", _TEXTS),
        ("seniorities", _TEXTS), ("departments", _TEXTS), ("countries", _TEXTS), ("ordering", pa.string()),
    ]
)  # fmt: skip


def ask(query: PeopleQuery, hidden: Collection[int], known: Titles | None, bound: Bound) -> None:
    """Bind what every statement about people needs. `known` are the version's titles, if a persona asks for some."""
    bound.table("wanted", _wanted(query.company_ids))
    bound.table("personas", _personas(query.personas))
    bound.table("overrides", query.overrides.table)
    bound.table("hidden", pa.table({"profile_id": pa.array(sorted(hidden), pa.int64())}))
    bound.table("meant", (known or Titles.none()).meant(query.personas))


def ask_owned(owned: Pairs | None, bound: Bound) -> None:
    companies, profiles = ([], []) if owned is None else owned.columns()
    columns = {"company_id": pa.array(companies, pa.int64()), "profile_id": pa.array(profiles, pa.int64())}
    bound.table("owned", pa.table(columns))


def says_titles(query: PeopleQuery) -> bool:
    return any(persona.titles or persona.titles_out for persona in query.personas)


@cache
def statement(name: str) -> exp.Expr:
    """The statement of this name; copy it before it is changed."""
    return parse_one(f"WITH {_FOUND} {_STATEMENTS[name]}", dialect=dialects.DuckDB)


def _wanted(company_ids: Sequence[int]) -> pa.Table:
    ids = list(dict.fromkeys(company_ids))
    return pa.table(
        {
            "company_id": pa.array(ids, pa.int64()),
            "company_rank": pa.array(range(1, len(ids) + 1), pa.int64()),
        }
    )


def _personas(personas: Iterable[PersonaQuery]) -> pa.Table:
    rows = [
        {
            "flag": 1 << bit, "most": persona.per_company, "says_titles": bool(persona.titles),
            "phrases": persona.phrases, "seniorities": list(persona.seniorities) or None,
            "departments": list(persona.departments) or None, "countries": persona.folded_countries or None,
            "ordering": persona.order,
        }
        for bit, persona in enumerate(personas)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=_PERSONA)


def _level() -> str:
    places = " ".join(f"WHEN '{name}' THEN {place}" for place, name in enumerate(titles.SENIORITIES))
    return f"CASE s.seniority {places} END"


# Whoever sorts first is the best; the id decides between equals, so that every engine answers alike. Those whom no
# persona wants are gone before anything is sent to the place where their company is ranked.
_FOUND = f"""
    staff AS (
        SELECT p.company_id, p.profile_id, w.company_rank, p.title_words, p.folded_country,
            coalesce(o.seniority, p.seniority) AS seniority, coalesce(o.department, p.department) AS department,
            p.first_seen_on, p.last_seen_on, t.said, t.unsaid
        FROM positions p
        JOIN wanted w ON w.company_id = p.company_id
        LEFT JOIN meant t ON t.title_words = p.title_words
        LEFT JOIN overrides o ON o.title_words = p.title_words
        LEFT JOIN hidden h ON h.profile_id = p.profile_id
        WHERE p.ended_on IS NULL AND h.profile_id IS NULL
    ), met AS (
        SELECT s.*, a.flag, a.most, a.ordering, {_level()} AS level,
            CASE WHEN list_contains(a.phrases, s.title_words) THEN 0 ELSE 1 END AS relevance,
            date_diff('day', DATE '1970-01-01', s.first_seen_on) AS tenure,
            -date_diff('day', DATE '1970-01-01', s.last_seen_on) AS unseen
        FROM staff s JOIN personas a
            ON (NOT a.says_titles OR (coalesce(s.said, 0) & a.flag) <> 0)
            AND (coalesce(s.unsaid, 0) & a.flag) = 0
            AND (a.seniorities IS NULL OR list_contains(a.seniorities, s.seniority))
            AND (a.departments IS NULL OR list_contains(a.departments, s.department))
            AND (a.countries IS NULL OR list_contains(a.countries, s.folded_country))
    ), placed AS (
        SELECT m.*, row_number() OVER (
            PARTITION BY m.company_id, m.flag
            ORDER BY CASE m.ordering WHEN 'relevance' THEN m.relevance WHEN 'tenure' THEN m.tenure
                WHEN 'last_seen' THEN m.unseen ELSE 0 END,
                m.level, m.relevance, m.tenure, m.unseen, m.profile_id
        ) AS place
        FROM met m
    ), found AS (
        SELECT company_id, profile_id, company_rank, min(place) AS person_rank, bit_or(flag) AS persona_mask,
            min(seniority) AS seniority, min(department) AS department, min(folded_country) AS folded_country,
            min(title_words) AS title_words, max(last_seen_on) AS last_seen_on
        FROM placed WHERE most IS NULL OR place <= most
        GROUP BY company_id, profile_id, company_rank
    )"""  # noqa: S608 our own names
_PEOPLE = "SELECT company_id, profile_id, company_rank, person_rank, persona_mask FROM found"
_IN_ORDER = "ORDER BY company_rank, person_rank, profile_id"

_STATEMENTS = {
    "people": f"{_PEOPLE} {_IN_ORDER}",
    "page": f"""{_PEOPLE}
        WHERE company_rank > $company_rank OR (company_rank = $company_rank
            AND (person_rank > $person_rank OR (person_rank = $person_rank AND profile_id > $profile_id)))
        {_IN_ORDER} LIMIT $most""",
    "count": """
        SELECT count(*) AS people, count(o.profile_id) AS owned FROM found f
        LEFT JOIN owned o ON o.company_id = f.company_id AND o.profile_id = f.profile_id""",
    "coverage": """
        SELECT count(*) AS people, count(CASE WHEN f.last_seen_on >= $since THEN 1 END) AS seen,
            count(CASE WHEN r.email <> '' THEN 1 END) AS with_email,
            count(CASE WHEN r.profile_url <> '' THEN 1 END) AS with_page,
            count(CASE WHEN r.phone <> '' THEN 1 END) AS with_phone
        FROM found f LEFT JOIN profiles r ON r.id = f.profile_id""",
    # Of each kind the most frequent value first; of titles no more than were asked for.
    "facets": """
        , each_one AS (
            SELECT k.kind, coalesce(CASE k.kind WHEN 'seniorities' THEN f.seniority WHEN 'departments' THEN f.department
                WHEN 'countries' THEN f.folded_country ELSE f.title_words END, '') AS value
            FROM found f CROSS JOIN kinds k
        ), counted AS (
            SELECT kind, value, count(*) AS n FROM each_one GROUP BY kind, value
        ), numbered AS (
            SELECT kind, value, n, row_number() OVER (PARTITION BY kind ORDER BY n DESC, value) AS place FROM counted
        )
        SELECT kind, value, n FROM numbered WHERE kind <> 'titles' OR place <= $most ORDER BY kind, place""",
}
