"""A roster in a Parquet or CSV file: your own people data, or the month that follows the bundled ones."""

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
    BadSourceName,
    DateUnknown,
    Source,
    SourceUnclear,
)
from rollcall.universe.sources.roster_file.reading import (
    CellTooLong,
    EmptyFile,
    FileMissing,
    FileTooLarge,
    FileUnreadable,
    RepeatedColumn,
    UnevenRow,
)

__all__ = [
    "BadCell", "BadSourceName", "BlankCell", "CellTooLong", "ConflictingRows", "DateUnknown", "DatesDisagree",
    "EmptyFile", "FileMissing", "FileTooLarge", "FileUnreadable", "MissingColumns", "NoCompany", "OursToSay",
    "RepeatedColumn", "Source", "SourceUnclear", "TwoDomains", "UnevenRow", "UnknownColumns",
]  # fmt: skip
