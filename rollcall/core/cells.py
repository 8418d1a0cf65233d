"""Cells of spreadsheets: text that none of them takes for a formula, and that can be read back exactly."""

import re

# What makes a spreadsheet compute: = + - @ (also full-width), even behind blanks or apostrophes; or a leading tab or
# line break, which some strip before they look.
RISKY = re.compile(r"['\s]*[=+\-@＝＋－＠]|'*[\t\r\n]")
_NUMBER = re.compile(r"-?[0-9]+")


def harmless(cell: str) -> str:
    """The text with an apostrophe before what would start a formula; whole numbers stay numbers."""
    return f"'{cell}" if RISKY.match(cell) and not _NUMBER.fullmatch(cell) else cell


def restored(cell: str) -> str:
    """What `harmless` was given."""
    return cell[1:] if cell.startswith("'") and RISKY.match(cell) else cell
