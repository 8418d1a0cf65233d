"""What the proof asks, rule by rule: statements, and finders where a statement cannot say it."""

from rollcall.credits.checks import agreements, alerts, budgets, chained, journal, origins, rules_set
from rollcall.credits.checks.asking import Rule

# In the order of their numbers, as people read them.
RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *journal.RULES,
            *budgets.RULES,
            *alerts.RULES,
            *origins.RULES,
            *chained.RULES,
            *rules_set.RULES,
            *agreements.RULES,
        ),
        key=lambda rule: int(rule.code.lstrip("L")),
    )
)
