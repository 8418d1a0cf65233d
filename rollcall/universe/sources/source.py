"""What a source hands to a load: companies, and a full roster of the people at the companies it names."""

from datetime import date
from typing import Protocol

import pyarrow as pa

COMPANIES = pa.schema(
    [
        ("company_id", pa.string()),
        ("domain", pa.string()),
        ("name", pa.string()),
        ("ticker", pa.string()),
        ("sector", pa.string()),
        ("industry", pa.string()),
        ("country", pa.string()),
        ("region", pa.string()),
        ("city", pa.string()),
        ("employees", pa.int64()),
        ("founded_year", pa.int64()),
        ("observed_on", pa.date32()),
    ]
)
ROSTER = pa.schema(
    [
        ("company_id", pa.string()),
        ("person_id", pa.string()),
        ("title", pa.string()),
        ("last_seen", pa.date32()),
        # First day of the unbroken run of this title, and first day at this company under any title.
        ("since", pa.date32()),
        ("first_seen", pa.date32()),
        ("full_name", pa.string()),
        ("first_name", pa.string()),
        ("last_name", pa.string()),
        ("profile_url", pa.string()),
        ("country", pa.string()),
        ("region", pa.string()),
        ("city", pa.string()),
    ]
)


class Source(Protocol):
    """One snapshot of one source.

    A person missing from a company that is in the roster has ended there; of companies that are not in the
    roster, nothing is known. Columns that a source does not have are simply absent from its tables.
    """

    @property
    def name(self) -> str: ...

    @property
    def as_of(self) -> date: ...

    @property
    def collapsed_duplicates(self) -> int:
        """How many identical rows the source itself has already put together."""
        ...

    def companies(self) -> pa.Table:
        """Rows in the shape of `COMPANIES`."""
        ...

    def roster(self) -> pa.Table:
        """Rows in the shape of `ROSTER`."""
        ...
