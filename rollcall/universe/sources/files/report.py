"""What came of a file: how many rows, which were refused and why, what to look at."""

from collections import Counter
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel

from rollcall.universe.sources.files import reasons
from rollcall.universe.sources.files.finishing import Finished
from rollcall.universe.sources.files.mapping import Mapping
from rollcall.universe.sources.files.staging import Staged

_EXAMPLES = 100
_ROWS = 5


class Count(BaseModel):
    """How often something happened, what it means, and what to do."""

    code: str
    count: int
    says: str
    remedy: str
    # The first rows of a file, as its reader counts them.
    rows: list[int] = []


class Rejected(BaseModel):
    """One row that was refused."""

    file: str
    row: int
    code: str
    column: str
    value: str
    says: str
    remedy: str


class Report(BaseModel):
    """rows_read = accepted + rejected + blank; of the accepted, `duplicates` said nothing new."""

    source: str
    kind: str
    as_of: date
    files: list[dict[str, Any]]
    rows_read: int
    accepted: int
    rejected: int
    blank: int
    duplicates: int
    people: int
    companies: int
    reasons: list[Count]
    warnings: list[Count]
    examples: list[Rejected]


def make(
    staged: Staged,
    finished: Finished,
    rejected: pa.Table,
    *,
    mapping: Mapping,
    as_of: date,
    skipped: list[str],
    unsure: int,
) -> Report:
    """`rejected`: all refused rows, those of `finished` among them."""
    parts = staged.manifest.parts
    accepted = sum(part.accepted for part in parts) - finished.conflicting.num_rows
    blank = sum(part.blank for part in parts)
    warnings = staged.manifest.warnings()
    warnings.update(
        {"two_domains": finished.two_domains, "skipped_file": len(skipped), "roster_not_whole": unsure}
    )
    return Report(
        source=mapping.source,
        kind=mapping.kind,
        as_of=as_of,
        files=[_file(staged.manifest.facts[number]) for number in sorted(staged.manifest.facts)],
        rows_read=accepted + rejected.num_rows + blank,
        accepted=accepted,
        rejected=rejected.num_rows,
        blank=blank,
        duplicates=finished.duplicates,
        people=len(finished.roster["person_id"].unique()),
        companies=finished.companies.num_rows,
        reasons=_reasons(rejected),
        warnings=_warnings(warnings),
        examples=[_example(one, staged.names) for one in rejected.slice(0, _EXAMPLES).to_pylist()],
    )


def _file(facts: dict[str, Any]) -> dict[str, Any]:
    shown = ("name", "kind", "encoding", "delimiter", "sheet")
    return {name: facts[name] for name in shown if facts.get(name) is not None}


def _reasons(rejected: pa.Table) -> list[Count]:
    counted = Counter(rejected["code"].to_pylist())
    found = []
    for code, count in counted.most_common():
        reason = reasons.ROW[code]
        rows = rejected.filter(pc.equal(rejected["code"], code))["row"].slice(0, _ROWS).to_pylist()
        found.append(Count(code=code, count=count, says=reason.says, remedy=reason.remedy, rows=rows))
    return found


def _warnings(counted: Counter[str]) -> list[Count]:
    return [
        Count(code=code, count=count, says=reasons.WARNINGS[code].says, remedy=reasons.WARNINGS[code].remedy)
        for code, count in counted.most_common()
        if count
    ]


def _example(one: dict[str, Any], names: list[str]) -> Rejected:
    reason = reasons.ROW[one["code"]]
    return Rejected(
        file=names[one["file"]], row=one["row"], code=one["code"], column=one["column"], value=one["value"],
        says=reason.says, remedy=reason.remedy,
    )  # fmt: skip
