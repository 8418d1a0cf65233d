"""Rows of results: what was measured, beside what it should be."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measurement; `met` is None where there is nothing to compare it with in this run."""

    what: str
    measured: str
    target: str = ""
    met: bool | None = None
    how: str = ""


def show(rows: list[Row]) -> None:
    """A table of Markdown."""
    print(f"| {'What':<52} | {'Measured':>22} | {'Target':<30} | {'Met':<3} | {'How':<46} |")
    print(f"|{'-' * 54}|{'-' * 24}|{'-' * 32}|{'-' * 5}|{'-' * 48}|")
    for row in rows:
        met = "" if row.met is None else "yes" if row.met else "NO"
        print(f"| {row.what:<52} | {row.measured:>22} | {row.target:<30} | {met:<3} | {row.how:<46} |")
