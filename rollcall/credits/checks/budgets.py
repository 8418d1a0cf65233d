"""L8: what is used and reserved of budgets is what holds reserved, charges confirmed and refunds gave back."""

from rollcall.credits.checks.asking import Rule, statement

_BUDGETS = """
SELECT c.id AS n, 'bud_' || b.id || ' in ' || c.period_key || ': used ' || c.used || ', reserved ' || c.reserved
       || '; the reservations say ' || (c."before" + coalesce(sum(r.confirmed - r.refunded), 0)) || ' and '
       || coalesce(sum(r.amount - r.confirmed - r.released), 0) AS words
FROM (SELECT * FROM credits_budget {scope}) b JOIN credits_budgetcounter c ON c.budget_id = b.id
LEFT JOIN credits_budgetreservation r ON r.counter_id = c.id
GROUP BY b.id, c.id, c.period_key, c.used, c."before", c.reserved
HAVING c.used <> c."before" + coalesce(sum(r.confirmed - r.refunded), 0)
    OR c.reserved <> coalesce(sum(r.amount - r.confirmed - r.released), 0)
UNION ALL
SELECT c.id, 'bud_' || b.id || ' in ' || c.period_key || ': its limit is ' || coalesce('' || c."limit", 'none')
       || ', the budget''s ' || b."limit" || CASE WHEN b.is_hard THEN ' (hard)' ELSE ' (soft)' END
FROM (SELECT * FROM credits_budget {scope}) b JOIN credits_budgetcounter c ON c.budget_id = b.id
WHERE b.is_hard <> (c."limit" IS NOT NULL) OR c."limit" < c.used + c.reserved
UNION ALL
SELECT h.id, 'hol_' || h.id || ': amount ' || h.amount || ', captured ' || h.captured || ', released ' || h.released
       || '; its reservation in bud_' || b.id || ' says ' || r.amount || ', ' || r.confirmed || ', ' || r.released
FROM (SELECT * FROM credits_hold {scope}) h JOIN credits_budgetreservation r ON r.hold_id = h.id
JOIN credits_budgetcounter c ON c.id = r.counter_id JOIN credits_budget b ON b.id = c.budget_id
WHERE b.workspace_id <> h.workspace_id OR r.amount > h.amount OR r.confirmed > h.captured OR r.released > h.released
   OR (b.scope <> 'persona' AND (r.amount <> h.amount OR r.confirmed <> h.captured OR r.released <> h.released))
   OR (NOT h.is_open AND r.amount <> r.confirmed + r.released)
UNION ALL
SELECT h.id, 'hol_' || h.id || ': it says that budgets count it, and its reservations say otherwise'
FROM (SELECT * FROM credits_hold {scope}) h
WHERE h.is_budgeted <> EXISTS (SELECT 1 FROM credits_budgetreservation r WHERE r.hold_id = h.id)
"""

RULES = (Rule("L8", "What budgets count is what was reserved, charged and refunded", statement(_BUDGETS)),)
