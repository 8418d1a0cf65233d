"""The questions whose shape never changes, as SQL; `schema` is a name of our own making."""


def company_rows(schema: str, columns: str) -> str:
    return f"""SELECT {columns} FROM asked JOIN "{schema}".companies USING (id) ORDER BY n"""  # noqa: S608


def domain_ids(schema: str) -> str:
    """The present domain of a company counts before a former one; of two companies, the older."""
    return f"""
        WITH known AS (
            SELECT domain, id, 0 AS former FROM "{schema}".companies WHERE domain IN (SELECT domain FROM asked)
            UNION ALL
            SELECT key[8:], id, 1 FROM "{schema}".keys
            WHERE kind = 'company' AND key IN (SELECT 'domain:' || domain FROM asked)
        )
        SELECT domain, id FROM known QUALIFY row_number() OVER (PARTITION BY domain ORDER BY former, id) = 1"""  # noqa: S608


def position_rows(schema: str) -> str:
    return f"""
        WITH spells AS (
            SELECT p.* FROM "{schema}".positions p SEMI JOIN asked USING (company_id, profile_id)
            QUALIFY row_number() OVER (
                PARTITION BY p.company_id, p.profile_id
                ORDER BY p.ended_on IS NOT NULL, p.ended_on DESC, p.started_on DESC) = 1
        )
        SELECT a.profile_id, a.company_id, f.full_name, f.first_name, f.last_name, f.profile_url,
            s.title, s.seniority, s.department, s.country, s.region, s.city,
            s.started_on, s.ended_on, s.first_seen_on, s.last_seen_on, s.noticed_on, s.source,
            c.name AS company_name, c.domain AS company_domain
        FROM asked a
        LEFT JOIN spells s ON s.company_id = a.company_id AND s.profile_id = a.profile_id
        LEFT JOIN "{schema}".profiles f ON f.id = a.profile_id
        LEFT JOIN "{schema}".companies c ON c.id = a.company_id
        ORDER BY a.n"""  # noqa: S608


def current_elsewhere(schema: str) -> str:
    return f"""
        WITH here AS (
            SELECT company_id, profile_id, max(last_seen_on) AS seen_on
            FROM "{schema}".positions SEMI JOIN asked USING (company_id, profile_id) GROUP BY ALL
        ), there AS (
            SELECT h.company_id AS left_id, p.* FROM here h
            JOIN "{schema}".positions p ON p.profile_id = h.profile_id AND p.company_id <> h.company_id
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
        LEFT JOIN "{schema}".companies c ON c.id = t.company_id
        ORDER BY a.n"""  # noqa: S608


def role_history(schema: str) -> str:
    return f"""
        SELECT p.profile_id, p.company_id, c.name AS company_name, c.domain AS company_domain,
            p.title, p.seniority, p.department, p.country, p.region, p.city,
            p.started_on, p.ended_on, p.first_seen_on, p.last_seen_on, p.noticed_on, p.source
        FROM "{schema}".positions p LEFT JOIN "{schema}".companies c ON c.id = p.company_id
        WHERE p.profile_id = $profile_id
        ORDER BY p.ended_on IS NOT NULL, p.ended_on DESC, p.started_on DESC, p.company_id"""  # noqa: S608


def facets(schema: str, field: str) -> str:
    return f"""
        SELECT min({field}) AS value, count(*) AS n FROM "{schema}".companies
        WHERE starts_with(folded_{field}, $prefix)
        GROUP BY folded_{field} ORDER BY n DESC, folded_{field} LIMIT $limit"""  # noqa: S608
