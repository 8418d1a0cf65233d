"""The questions whose shape never changes; `asked` is the table that comes with the question."""

from functools import cache

from sqlglot import exp, parse_one
from sqlglot.dialects import duckdb as dialects

from rollcall.universe import fields, records


@cache
def statement(name: str) -> exp.Expr:
    """The statement of this name; copy it before it is changed."""
    # The class, not its name: a name is looked up by loading the dialect, by half when threads ask at once.
    return parse_one(_STATEMENTS[name], dialect=dialects.DuckDB)


@cache
def facets(field: str) -> exp.Expr:
    assert field in fields.TEXT_FIELDS, field
    return statement("facets").transform(lambda node: _named(node, field))


def _named(node: exp.Expr, field: str) -> exp.Expr:
    if isinstance(node, exp.Column) and node.name in ("shown", "folded"):
        return exp.column(field if node.name == "shown" else f"folded_{field}")
    return node


_STATEMENTS = {
    "company_rows": f"SELECT {', '.join(records.COMPANY.names)} FROM asked JOIN companies USING (id) ORDER BY n",  # noqa: S608 our own names
    # The present domain of a company counts before a former one; of two companies, the older.
    "domain_ids": """
        WITH known AS (
            SELECT domain, id, 0 AS former FROM companies WHERE domain IN (SELECT domain FROM asked)
            UNION ALL
            SELECT substring(key, 8) AS domain, id, 1 AS former FROM keys
            WHERE kind = 'company' AND key IN (SELECT concat('domain:', domain) FROM asked)
        )
        SELECT domain, id FROM known QUALIFY row_number() OVER (PARTITION BY domain ORDER BY former, id) = 1""",
    "position_rows": """
        WITH spells AS (
            SELECT p.* FROM positions p SEMI JOIN asked k
                ON k.company_id = p.company_id AND k.profile_id = p.profile_id
            QUALIFY row_number() OVER (
                PARTITION BY p.company_id, p.profile_id
                ORDER BY p.ended_on IS NOT NULL, p.ended_on DESC, p.started_on DESC) = 1
        )
        SELECT a.profile_id, a.company_id, f.full_name, f.first_name, f.last_name, f.profile_url,
            s.title, s.title_words, s.seniority, s.department, s.country, s.region, s.city,
            s.started_on, s.ended_on, s.first_seen_on, s.last_seen_on, s.noticed_on, s.source,
            c.name AS company_name, c.domain AS company_domain, f.email, f.phone, f.other_names
        FROM asked a
        LEFT JOIN spells s ON s.company_id = a.company_id AND s.profile_id = a.profile_id
        LEFT JOIN profiles f ON f.id = a.profile_id
        LEFT JOIN companies c ON c.id = a.company_id
        ORDER BY a.n""",
    "current_elsewhere": """
        WITH here AS (
            SELECT p.company_id, p.profile_id, max(p.last_seen_on) AS seen_on
            FROM positions p SEMI JOIN asked k ON k.company_id = p.company_id AND k.profile_id = p.profile_id
            GROUP BY p.company_id, p.profile_id
        ), there AS (
            SELECT h.company_id AS left_id, p.* FROM here h
            JOIN positions p ON p.profile_id = h.profile_id AND p.company_id <> h.company_id
            WHERE p.ended_on IS NULL AND p.first_seen_on >= h.seen_on
            QUALIFY row_number() OVER (
                PARTITION BY h.company_id, h.profile_id
                ORDER BY p.first_seen_on DESC, p.started_on DESC, p.company_id) = 1
        )
        SELECT a.profile_id, a.company_id, t.company_id AS now_company_id, c.name AS now_company_name,
            c.domain AS now_company_domain, t.title AS now_title, t.started_on AS now_started_on,
            t.first_seen_on AS now_first_seen_on
        FROM asked a
        JOIN there t ON t.left_id = a.company_id AND t.profile_id = a.profile_id
        LEFT JOIN companies c ON c.id = t.company_id
        ORDER BY a.n""",
    "role_history": """
        SELECT p.profile_id, p.company_id, c.name AS company_name, c.domain AS company_domain,
            p.title, p.title_words, p.seniority, p.department, p.country, p.region, p.city,
            p.started_on, p.ended_on, p.first_seen_on, p.last_seen_on, p.noticed_on, p.source
        FROM positions p LEFT JOIN companies c ON c.id = p.company_id
        WHERE p.profile_id = $profile_id
        ORDER BY p.ended_on IS NOT NULL, p.ended_on DESC, p.started_on DESC, p.company_id""",
    "titles": "SELECT DISTINCT title_words FROM positions WHERE ended_on IS NULL",
    "facets": """
        SELECT min(shown) AS value, count(*) AS n FROM companies
        WHERE starts_with(folded, $prefix)
        GROUP BY folded ORDER BY n DESC, folded LIMIT $most""",
}
