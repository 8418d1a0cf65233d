"""What a job title says: its words, how senior it is, which department it belongs to."""

from rollcall.universe.titles.departments import DEPARTMENTS
from rollcall.universe.titles.levels import ROLE_LEVELS, SENIORITIES
from rollcall.universe.titles.overrides import NO_OVERRIDES, Override, Overrides
from rollcall.universe.titles.reading import Explanation, Reading, department, explain, read, seniority
from rollcall.universe.titles.spelling import phrase, words

# Raised by one whenever a rule changes, so that the next load reads every title again.
RULES_VERSION = 5

__all__ = [
    "DEPARTMENTS",
    "NO_OVERRIDES",
    "ROLE_LEVELS",
    "RULES_VERSION",
    "SENIORITIES",
    "Explanation",
    "Override",
    "Overrides",
    "Reading",
    "department",
    "explain",
    "phrase",
    "read",
    "seniority",
    "words",
]
