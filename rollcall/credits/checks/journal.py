"""L1 to L11 without budgets: what the journal says, and the sums and claims that must follow from it.

One statement a rule, giving (number, sentence) of each bad row; see `asking.statement`.
"""

from rollcall.credits.checks.asking import Rule, statement

# Which accounts an entry of each kind moves its amount between. A charge without a hold spends what is available.
_FITS_KIND = """
  CASE e.kind
    WHEN 'grant' THEN l.source = -e.amount AND l.available = e.amount AND l.moved = 2 * e.amount
    WHEN 'hold' THEN l.available = -e.amount AND l.held = e.amount AND l.moved = 2 * e.amount
    WHEN 'charge' THEN l.spent = e.amount AND l.moved = 2 * e.amount
                       AND CASE WHEN e.hold_id IS NULL THEN l.available ELSE l.held END = -e.amount
    WHEN 'release' THEN l.held = -e.amount AND l.available = e.amount AND l.moved = 2 * e.amount
    WHEN 'expiry' THEN l.available = -e.amount AND l.expired = e.amount AND l.moved = 2 * e.amount
    WHEN 'void' THEN l.available = -e.amount AND l.voided = e.amount AND l.moved = 2 * e.amount
    WHEN 'refund' THEN l.spent = -e.amount AND l.available = e.amount AND l.expired = -l.source
                       AND l.moved = 2 * (e.amount + l.expired) AND l.expired IN (0, e.amount)
    WHEN 'adjustment' THEN l.moved = 2 * e.amount AND (
      (l.source = -e.amount AND l.available = e.amount) OR (l.available = -e.amount AND l.voided = e.amount))
    ELSE false END
"""
_LEGS_BALANCE = f"""
SELECT e.id AS n, 'ent_' || e.id || ': ' || e.kind || ' of ' || e.amount || ', balance change ' || e.balance_change
       || '; its legs add up to ' || coalesce(l.total, 0) || ', change the balance by '
       || coalesce(l.available + l.held, 0) || ', or are not those of this kind' AS words
FROM (SELECT * FROM credits_entry {{scope}}) e LEFT JOIN (
  SELECT entry_id, sum(amount) AS total, sum(abs(amount)) AS moved, count(*) AS lines,
         min(line) AS first_line, max(line) AS last_line,
         sum(CASE WHEN account = 'source' THEN amount ELSE 0 END) AS source,
         sum(CASE WHEN account = 'available' THEN amount ELSE 0 END) AS available,
         sum(CASE WHEN account = 'held' THEN amount ELSE 0 END) AS held,
         sum(CASE WHEN account = 'spent' THEN amount ELSE 0 END) AS spent,
         sum(CASE WHEN account = 'expired' THEN amount ELSE 0 END) AS expired,
         sum(CASE WHEN account = 'voided' THEN amount ELSE 0 END) AS voided
  FROM credits_leg GROUP BY entry_id) l ON l.entry_id = e.id
WHERE l.entry_id IS NULL OR l.total <> 0 OR l.available + l.held <> e.balance_change
   OR l.first_line <> 1 OR l.last_line <> l.lines OR NOT ({_FITS_KIND})
UNION ALL
SELECT l.entry_id, 'ent_' || l.entry_id || ': it is not there, and a leg of gra_' || l.grant_id || ' belongs to it'
FROM (SELECT * FROM credits_grant {{scope}}) g JOIN credits_leg l ON l.grant_id = g.id
LEFT JOIN credits_entry e ON e.id = l.entry_id WHERE e.id IS NULL
"""  # noqa: S608  nothing but our own text is put in
_GRANTS_EQUAL_LEGS = """
SELECT g.id AS n, 'gra_' || g.id || ': granted ' || g.granted || ', and its columns or its legs say otherwise' AS words
FROM (SELECT * FROM credits_grant {scope}) g LEFT JOIN (
  SELECT grant_id,
         sum(CASE WHEN account = 'source' THEN -amount ELSE 0 END) AS granted,
         sum(CASE WHEN account = 'available' THEN amount ELSE 0 END) AS remaining,
         sum(CASE WHEN account = 'held' THEN amount ELSE 0 END) AS held,
         sum(CASE WHEN account = 'spent' THEN amount ELSE 0 END) AS spent,
         sum(CASE WHEN account = 'expired' THEN amount ELSE 0 END) AS expired,
         sum(CASE WHEN account = 'voided' THEN amount ELSE 0 END) AS voided
  FROM credits_leg GROUP BY grant_id) l ON l.grant_id = g.id
WHERE l.grant_id IS NULL OR g.granted <> g.remaining + g.held + g.spent + g.expired + g.voided
   OR g.granted <> l.granted OR g.remaining <> l.remaining OR g.held <> l.held OR g.spent <> l.spent
   OR g.expired <> l.expired OR g.voided <> l.voided
UNION ALL
SELECT l.grant_id, 'gra_' || l.grant_id || ': it is not there, and ent_' || e.id || ' moved its credits'
FROM (SELECT * FROM credits_entry {scope}) e JOIN credits_leg l ON l.entry_id = e.id
LEFT JOIN credits_grant g ON g.id = l.grant_id WHERE g.id IS NULL
"""
_WALLET_AVAILABLE = """
SELECT coalesce(w.workspace_id, g.workspace_id) AS n, 'ws_' || coalesce(w.workspace_id, g.workspace_id)
       || ': available ' || coalesce(w.available, 0) || ', its grants have ' || coalesce(g.remaining, 0) || ' left'
       AS words
FROM (SELECT * FROM credits_wallet {scope}) w FULL JOIN (
  SELECT workspace_id, sum(remaining) AS remaining FROM credits_grant {scope} GROUP BY workspace_id) g
  ON g.workspace_id = w.workspace_id
WHERE coalesce(w.available, 0) <> coalesce(g.remaining, 0)
"""
_WALLET_HELD = """
SELECT coalesce(w.workspace_id, h.workspace_id) AS n, 'ws_' || coalesce(w.workspace_id, h.workspace_id)
       || ': held ' || coalesce(w.held, 0) || ', its open holds are ' || coalesce(h.amount, 0) AS words
FROM (SELECT * FROM credits_wallet {scope}) w FULL JOIN (
  SELECT workspace_id, sum(CASE WHEN is_open THEN amount ELSE 0 END) AS amount
  FROM credits_hold {scope} GROUP BY workspace_id) h
  ON h.workspace_id = w.workspace_id
WHERE coalesce(w.held, 0) <> coalesce(h.amount, 0)
"""
_HOLD_PARTS = """
SELECT h.id AS n, 'hol_' || h.id || ': amount ' || h.amount || ', captured ' || h.captured || ', released '
       || h.released || '; its parts say ' || coalesce(sum(p.amount), 0) || ', ' || coalesce(sum(p.captured), 0) || ', '
       || coalesce(sum(p.released), 0) AS words
FROM (SELECT * FROM credits_hold {scope}) h LEFT JOIN credits_holdgrant p ON p.hold_id = h.id
GROUP BY h.id, h.amount, h.captured, h.released, h.is_open
HAVING h.captured + h.released > h.amount OR (NOT h.is_open AND h.captured + h.released <> h.amount)
    OR h.amount <> coalesce(sum(p.amount), 0) OR h.captured <> coalesce(sum(p.captured), 0)
    OR h.released <> coalesce(sum(p.released), 0) OR min(p.amount - p.captured - p.released) < 0
UNION ALL
SELECT g.id, 'gra_' || g.id || ': held ' || g.held || ', the holds have '
       || coalesce(sum(p.amount - p.captured - p.released), 0) || ' of it left'
FROM (SELECT * FROM credits_grant {scope}) g LEFT JOIN credits_holdgrant p ON p.grant_id = g.id
GROUP BY g.id, g.held HAVING g.held <> coalesce(sum(p.amount - p.captured - p.released), 0)
"""
_CLAIMS_PAID = """
SELECT coalesce(c.entry_id, s.entry_id) AS n, 'ent_' || coalesce(c.entry_id, s.entry_id) || ': '
       || coalesce(c.people, 0) || ' people, ' || coalesce(s.credits, 0) || ' credits of gra_'
       || coalesce(c.grant_id, s.grant_id) AS words
FROM (SELECT entry_id, grant_id, count(*) AS people FROM credits_acquisition {scope} GROUP BY entry_id, grant_id) c
FULL JOIN (SELECT l.entry_id, l.grant_id, sum(l.amount) AS credits
           FROM (SELECT * FROM credits_entry {scope}) e JOIN credits_leg l ON l.entry_id = e.id
           WHERE e.kind = 'charge' AND l.account = 'spent' GROUP BY l.entry_id, l.grant_id) s
  ON s.entry_id = c.entry_id AND s.grant_id = c.grant_id
WHERE coalesce(c.people, 0) <> coalesce(s.credits, 0)
"""
_REFUNDS = """
SELECT coalesce(r.id, c.refund_entry_id) AS n, 'ent_' || coalesce(r.id, c.refund_entry_id) || ': gives back '
       || coalesce(r.credits, 0) || ' of ' || coalesce(c.people, 0) || ' people of ent_'
       || coalesce(c.entry_id, r.reverses_id, 0) AS words
FROM (SELECT refund_entry_id, entry_id, grant_id, count(*) AS people FROM credits_acquisition {scope}
      GROUP BY refund_entry_id, entry_id, grant_id HAVING refund_entry_id IS NOT NULL) c
FULL JOIN (SELECT e.id, e.reverses_id, l.grant_id, -sum(l.amount) AS credits
           FROM (SELECT * FROM credits_entry {scope}) e JOIN credits_leg l ON l.entry_id = e.id
           WHERE e.kind = 'refund' AND l.account = 'spent' GROUP BY e.id, e.reverses_id, l.grant_id) r
  ON r.id = c.refund_entry_id AND r.grant_id = c.grant_id AND r.reverses_id = c.entry_id
WHERE coalesce(c.people, 0) <> coalesce(r.credits, 0)
"""
_CHARGES_WITHIN_HOLDS = """
SELECT e.id AS n, 'ent_' || e.id || ': a charge after its hold was closed' AS words
FROM (SELECT * FROM credits_entry {scope}) e
JOIN credits_entry r ON r.hold_id = e.hold_id AND r.kind = 'release'
WHERE e.kind = 'charge' AND r.id < e.id
UNION ALL
SELECT h.id, 'hol_' || h.id || ': captured ' || h.captured || ', its charges are ' || coalesce(sum(e.amount), 0)
FROM (SELECT * FROM credits_hold {scope}) h LEFT JOIN credits_entry e ON e.hold_id = h.id AND e.kind = 'charge'
GROUP BY h.id, h.captured HAVING h.captured <> coalesce(sum(e.amount), 0)
"""
_ONE_WORKSPACE = """
SELECT a.entry_id AS n, 'ent_' || a.entry_id || ': ' || a.people || ' people of ws_' || a.workspace_id
       || ', the first pro_' || a.first || ', name it, and it, gra_' || a.grant_id
       || ' or their refund is not of that workspace and kind' AS words
FROM (SELECT workspace_id, entry_id, grant_id, refund_entry_id, count(*) AS people, min(profile_id) AS first
      FROM credits_acquisition {scope} GROUP BY workspace_id, entry_id, grant_id, refund_entry_id) a
LEFT JOIN credits_entry e ON e.id = a.entry_id AND e.workspace_id = a.workspace_id AND e.kind = 'charge'
LEFT JOIN credits_grant g ON g.id = a.grant_id AND g.workspace_id = a.workspace_id
LEFT JOIN credits_entry r ON r.id = a.refund_entry_id AND r.workspace_id = a.workspace_id AND r.kind = 'refund'
WHERE e.id IS NULL OR g.id IS NULL OR (a.refund_entry_id IS NOT NULL AND r.id IS NULL)
UNION ALL
SELECT e.id, 'ent_' || e.id || ': it moves a grant or a hold of another workspace'
FROM (SELECT * FROM credits_entry {scope}) e JOIN credits_leg l ON l.entry_id = e.id
JOIN credits_grant g ON g.id = l.grant_id LEFT JOIN credits_hold h ON h.id = e.hold_id
WHERE g.workspace_id <> e.workspace_id OR h.workspace_id <> e.workspace_id
"""
_WITHIN_DATES = """
SELECT e.id AS n, 'ent_' || e.id || ': it spends or sets aside credits of gra_' || g.id || ' outside its dates' AS words
FROM (SELECT * FROM credits_entry {scope}) e JOIN credits_leg l ON l.entry_id = e.id
JOIN credits_grant g ON g.id = l.grant_id
WHERE ((e.kind = 'hold' AND l.account = 'held') OR (e.kind = 'charge' AND e.hold_id IS NULL AND l.account = 'spent'))
  AND (e.created_at < g.effective_at OR e.created_at >= g.expires_at)
"""

RULES = (
    Rule("L1", "Each entry's legs add up to 0, to its balance change, and to its amount by its kind",
         statement(_LEGS_BALANCE)),
    Rule("L2", "Each grant is remaining + held + spent + expired + voided, as its legs say",
         statement(_GRANTS_EQUAL_LEGS)),
    Rule("L3", "What is available is what the grants have left", statement(_WALLET_AVAILABLE)),
    Rule("L4", "What is held is what open holds set aside", statement(_WALLET_HELD)),
    Rule("L5", "Each hold is the sum of its parts, and never more than its amount", statement(_HOLD_PARTS)),
    Rule("L6", "Each charge is as many credits as people, grant by grant", statement(_CLAIMS_PAID)),
    Rule("L7", "Each refund gives back people that were charged, each at most once", statement(_REFUNDS)),
    Rule("L9", "No charge came after its hold was closed, and none past what it captured",
         statement(_CHARGES_WITHIN_HOLDS)),
    Rule("L10", "Entry, grant, hold and claim are of one workspace", statement(_ONE_WORKSPACE)),
    Rule("L11", "Nothing was spent or set aside from a grant outside its dates", statement(_WITHIN_DATES)),
)  # fmt: skip
