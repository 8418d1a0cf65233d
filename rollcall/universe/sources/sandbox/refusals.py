"""Why a file as a whole is not read: every refusal says what to do about it."""

from rollcall.core.errors import Invalid, NotFound, RollcallError


class FileMissing(NotFound):
    """There is no file {path}. Check the path."""


class FileUnreadable(Invalid):
    """{path} cannot be read{kind}: {reason}. Write it again as CSV in UTF-8 with a header line, as JSON Lines, XLSX or
    Parquet."""


class FileTooLarge(Invalid):
    """{path} is too large: it holds more than {limit}. If that is what you mean, split it into several files."""


class EmptyFile(Invalid):
    """{path} has no rows, so it says nothing about anybody. Check how it was written."""


class RepeatedColumn(Invalid):
    """{path} has the column {column!r} twice. Keep one of them."""


class RecordTooLong(Invalid):
    """{path} has a row of more than {most:,} bytes. Most often a quotation mark that opens a cell is never closed: look
    for a lonely ", or shorten the row."""


class NoRowFits(Invalid):
    """{path}: hardly any row fits its header; row {row} has {cells}. Check the delimiter and in which row the header
    is, and say them in the mapping (delimiter, header_row)."""


class EncodingUnclear(Invalid):
    """{path} is not in UTF-8, and in which encoding it is cannot be known from its bytes. Say it in the mapping, such
    as encoding = "cp1251", or save the file as UTF-8."""


class EncodingUnknown(Invalid):
    """The encoding {encoding!r} is not known here. These are: {known}."""


class NoSuchSheet(NotFound):
    """{path} has no sheet {sheet!r}. It has: {sheets}."""


class FileTooHeavy(Invalid):
    """{path} takes more memory to read than any file may. Write it again in smaller parts (row groups, sheets or
    files)."""


class FileTooSlow(Invalid):
    """{path} takes so long to read that something must be wrong with it. Write it again, in smaller parts."""


_OF_CODE: dict[str, type[RollcallError]] = {
    "empty": EmptyFile,
    "repeated_column": RepeatedColumn,
    "record_too_long": RecordTooLong,
    "no_row_fits": NoRowFits,
    "encoding_unclear": EncodingUnclear,
    "encoding_unknown": EncodingUnknown,
    "no_such_sheet": NoSuchSheet,
    "too_heavy": FileTooHeavy,
    "too_slow": FileTooSlow,
    "too_much": FileTooLarge,
}


def of(path: str, code: str, details: dict[str, object]) -> RollcallError:
    """The error for what the reading process said; its words are quoted, never trusted."""
    plain = {
        str(name): value if isinstance(value, int) else str(value)[:300] for name, value in details.items()
    }
    try:
        return _OF_CODE[code](path=path, **plain)
    except (KeyError, IndexError, TypeError, ValueError):
        kind = f" as {plain['kind']}" if plain.get("kind") not in (None, "", "anything") else ""
        return FileUnreadable(path=path, kind=kind, reason=plain.get("reason", "it is damaged"))
