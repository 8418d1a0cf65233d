"""Files of any make, with a mapping that says what their columns mean: look, check, load."""

from rollcall.universe.sources.files.looking import ColumnLook, Preview, look
from rollcall.universe.sources.files.mapping import Mapping, MappingWrong, make, parse, told
from rollcall.universe.sources.files.report import Report
from rollcall.universe.sources.files.shipped import read
from rollcall.universe.sources.files.source import DayUnknown, NothingAccepted, Source, check, load
from rollcall.universe.sources.files.suggesting import Guess, Suggestion, suggest

__all__ = [
    "ColumnLook", "DayUnknown", "Guess", "Mapping", "MappingWrong", "NothingAccepted", "Preview", "Report", "Source",
    "Suggestion", "check", "load", "look", "make", "parse", "read", "suggest", "told",
]  # fmt: skip
