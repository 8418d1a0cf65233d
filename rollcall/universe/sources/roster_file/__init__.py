"""A roster in a Parquet or CSV file: your own people data, or the month that follows the bundled ones."""

from rollcall.universe.sources.naming import BadSourceName
from rollcall.universe.sources.roster_file.checking import (
    BadCell,
    BlankCell,
    ConflictingRows,
    DatesDisagree,
    MissingColumns,
    NoCompany,
    OursToSay,
    TwoDomains,
    UnknownColumns,
)
from rollcall.universe.sources.roster_file.file import (
    DateUnknown,
    Source,
    SourceUnclear,
)
from rollcall.universe.sources.roster_file.reading import CellTooLong, UnevenRow
from rollcall.universe.sources.sandbox.refusals import (
    EmptyFile,
    FileMissing,
    FileTooLarge,
    FileUnreadable,
    RepeatedColumn,
)

__all__ = [
    "BadCell", "BadSourceName", "BlankCell", "CellTooLong", "ConflictingRows", "DateUnknown", "DatesDisagree",
    "EmptyFile", "FileMissing", "FileTooLarge", "FileUnreadable", "MissingColumns", "NoCompany", "OursToSay",
    "RepeatedColumn", "Source", "SourceUnclear", "TwoDomains", "UnevenRow", "UnknownColumns",
]  # fmt: skip
