"""What a job title says: its words, how senior it is, which department it belongs to."""

from rollcall.universe.titles.departments import DEPARTMENTS, department
from rollcall.universe.titles.levels import SENIORITIES, seniority
from rollcall.universe.titles.spelling import phrase, words

# Raised by one whenever a rule changes, so that the next load reads every title again.
RULES_VERSION = 1

__all__ = ["DEPARTMENTS", "RULES_VERSION", "SENIORITIES", "department", "phrase", "seniority", "words"]
