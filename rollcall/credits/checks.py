"""What the proof asks the database: one statement a rule, each giving sentences about rows that break it.

`{scope}` becomes the condition on the workspace, or nothing; a table is narrowed by it before anything else.
"""

_LEGS_BALANCE = """
SELECT 'ent_' || e.id || ': its legs add up to ' || coalesce(sum(l.amount), 0) || ', its balance change is '
       || e.balance_change || ', its legs say '
       || coalesce(sum(CASE WHEN l.account IN ('available', 'held') THEN l.amount ELSE 0 END), 0)
FROM (SELECT * FROM credits_entry {scope}) e LEFT JOIN credits_leg l ON l.entry_id = e.id
GROUP BY e.id, e.amount, e.balance_change
HAVING count(l.id) = 0 OR sum(l.amount) <> 0
    OR sum(CASE WHEN l.account IN ('available', 'held') THEN l.amount ELSE 0 END) <> e.balance_change
"""
_GRANTS_EQUAL_LEGS = """
SELECT 'gra_' || g.id || ': granted ' || g.granted || ', its columns or its legs do not add up to that'
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
"""
_WALLET_AVAILABLE = """
SELECT 'ws_' || coalesce(w.workspace_id, g.workspace_id) || ': available ' || coalesce(w.available, 0)
       || ', its grants have ' || coalesce(g.remaining, 0) || ' left'
FROM (SELECT * FROM credits_wallet {scope}) w FULL JOIN (
  SELECT workspace_id, sum(remaining) AS remaining FROM credits_grant {scope} GROUP BY workspace_id) g
  ON g.workspace_id = w.workspace_id
WHERE coalesce(w.available, 0) <> coalesce(g.remaining, 0)
"""
_WALLET_HELD = """
SELECT 'ws_' || coalesce(w.workspace_id, h.workspace_id) || ': held ' || coalesce(w.held, 0)
       || ', its open holds are ' || coalesce(h.amount, 0)
FROM (SELECT * FROM credits_wallet {scope}) w FULL JOIN (
  SELECT workspace_id, sum(CASE WHEN is_open THEN amount ELSE 0 END) AS amount
  FROM credits_hold {scope} GROUP BY workspace_id) h
  ON h.workspace_id = w.workspace_id
WHERE coalesce(w.held, 0) <> coalesce(h.amount, 0)
"""
_HOLD_PARTS = """
SELECT 'hol_' || h.id || ': amount ' || h.amount || ', captured ' || h.captured || ', released ' || h.released
       || '; its parts say ' || coalesce(sum(p.amount), 0) || ', ' || coalesce(sum(p.captured), 0) || ', '
       || coalesce(sum(p.released), 0)
FROM (SELECT * FROM credits_hold {scope}) h LEFT JOIN credits_holdgrant p ON p.hold_id = h.id
GROUP BY h.id, h.amount, h.captured, h.released, h.is_open
HAVING h.captured + h.released > h.amount OR (NOT h.is_open AND h.captured + h.released <> h.amount)
    OR h.amount <> coalesce(sum(p.amount), 0) OR h.captured <> coalesce(sum(p.captured), 0)
    OR h.released <> coalesce(sum(p.released), 0) OR min(p.amount - p.captured - p.released) < 0
UNION ALL
SELECT 'gra_' || g.id || ': held ' || g.held || ', the holds have '
       || coalesce(sum(p.amount - p.captured - p.released), 0) || ' of it left'
FROM (SELECT * FROM credits_grant {scope}) g LEFT JOIN credits_holdgrant p ON p.grant_id = g.id
GROUP BY g.id, g.held HAVING g.held <> coalesce(sum(p.amount - p.captured - p.released), 0)
"""
_CLAIMS_PAID = """
SELECT 'ent_' || coalesce(c.entry_id, s.entry_id) || ': ' || coalesce(c.people, 0) || ' people, '
       || coalesce(s.credits, 0) || ' credits of gra_' || coalesce(c.grant_id, s.grant_id)
FROM (SELECT entry_id, grant_id, count(*) AS people FROM credits_acquisition {scope} GROUP BY entry_id, grant_id) c
FULL JOIN (SELECT l.entry_id, l.grant_id, sum(l.amount) AS credits
           FROM (SELECT * FROM credits_entry {scope}) e JOIN credits_leg l ON l.entry_id = e.id
           WHERE e.kind = 'charge' AND l.account = 'spent' GROUP BY l.entry_id, l.grant_id) s
  ON s.entry_id = c.entry_id AND s.grant_id = c.grant_id
WHERE coalesce(c.people, 0) <> coalesce(s.credits, 0)
UNION ALL
SELECT 'ent_' || e.id || ': a charge of ' || e.amount || ' that changes the balance by ' || e.balance_change
FROM (SELECT * FROM credits_entry {scope}) e WHERE e.kind = 'charge' AND e.amount <> -e.balance_change
"""
_REFUNDS = """
SELECT 'ent_' || coalesce(r.id, c.refund_entry_id) || ': gives back ' || coalesce(r.credits, 0) || ' of '
       || coalesce(c.people, 0) || ' people of ent_' || coalesce(c.entry_id, r.reverses_id, 0)
FROM (SELECT refund_entry_id, entry_id, grant_id, count(*) AS people FROM credits_acquisition {scope}
      GROUP BY refund_entry_id, entry_id, grant_id HAVING refund_entry_id IS NOT NULL) c
FULL JOIN (SELECT e.id, e.reverses_id, l.grant_id, -sum(l.amount) AS credits
           FROM (SELECT * FROM credits_entry {scope}) e JOIN credits_leg l ON l.entry_id = e.id
           WHERE e.kind = 'refund' AND l.account = 'spent' GROUP BY e.id, e.reverses_id, l.grant_id) r
  ON r.id = c.refund_entry_id AND r.grant_id = c.grant_id AND r.reverses_id = c.entry_id
WHERE coalesce(c.people, 0) <> coalesce(r.credits, 0)
"""
_CHARGES_WITHIN_HOLDS = """
SELECT 'ent_' || e.id || ': a charge after its hold was closed, or without one'
FROM (SELECT * FROM credits_entry {scope}) e
LEFT JOIN credits_entry r ON r.hold_id = e.hold_id AND r.kind = 'release'
WHERE e.kind = 'charge' AND (e.hold_id IS NULL OR r.id < e.id)
UNION ALL
SELECT 'hol_' || h.id || ': captured ' || h.captured || ', its charges are ' || coalesce(sum(e.amount), 0)
FROM (SELECT * FROM credits_hold {scope}) h LEFT JOIN credits_entry e ON e.hold_id = h.id AND e.kind = 'charge'
GROUP BY h.id, h.captured HAVING h.captured <> coalesce(sum(e.amount), 0)
"""
_ONE_WORKSPACE = """
SELECT 'pro_' || a.profile_id || ' at com_' || a.company_id || ' of ws_' || a.workspace_id
       || ': its entry, grant or refund is not of that workspace, or not of that kind'
FROM (SELECT * FROM credits_acquisition {scope}) a
LEFT JOIN credits_entry e ON e.id = a.entry_id AND e.workspace_id = a.workspace_id AND e.kind = 'charge'
LEFT JOIN credits_grant g ON g.id = a.grant_id AND g.workspace_id = a.workspace_id
LEFT JOIN credits_entry r ON r.id = a.refund_entry_id AND r.workspace_id = a.workspace_id AND r.kind = 'refund'
WHERE e.id IS NULL OR g.id IS NULL OR (a.refund_entry_id IS NOT NULL AND r.id IS NULL)
UNION ALL
SELECT 'ent_' || e.id || ': it moves a grant or a hold of another workspace'
FROM (SELECT * FROM credits_entry {scope}) e JOIN credits_leg l ON l.entry_id = e.id
JOIN credits_grant g ON g.id = l.grant_id LEFT JOIN credits_hold h ON h.id = e.hold_id
WHERE g.workspace_id <> e.workspace_id OR h.workspace_id <> e.workspace_id
"""
_WITHIN_DATES = """
SELECT 'ent_' || e.id || ': it sets aside credits of gra_' || g.id || ' outside its dates'
FROM (SELECT * FROM credits_entry {scope}) e JOIN credits_leg l ON l.entry_id = e.id AND l.account = 'held'
JOIN credits_grant g ON g.id = l.grant_id
WHERE e.kind = 'hold' AND (e.created_at < g.effective_at OR e.created_at >= g.expires_at)
"""

CHECKS = (
    ("L1", "Each entry's legs add up to 0, and to its balance change", _LEGS_BALANCE),
    ("L2", "Each grant is remaining + held + spent + expired + voided, as its legs say", _GRANTS_EQUAL_LEGS),
    ("L3", "What is available is what the grants have left", _WALLET_AVAILABLE),
    ("L4", "What is held is what open holds set aside", _WALLET_HELD),
    ("L5", "Each hold is the sum of its parts, and never more than its amount", _HOLD_PARTS),
    ("L6", "Each charge is as many credits as people, grant by grant", _CLAIMS_PAID),
    ("L7", "Each refund gives back people that were charged, each at most once", _REFUNDS),
    ("L9", "No charge came after its hold was closed, and none past what it captured", _CHARGES_WITHIN_HOLDS),
    ("L10", "Entry, grant, hold and claim are of one workspace", _ONE_WORKSPACE),
    ("L11", "Nothing was set aside from a grant outside its dates", _WITHIN_DATES),
)
