"""What a source hands to a load: companies, and a full roster of the people at the companies it names."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

import pyarrow as pa

# How a source without keys of its own calls a company: by its domain, or by this and the name.
NAME_KEY = "name:"
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
        # Former names and other domains; the domain it had before; the company of this source that took it over.
        ("aliases", pa.list_(pa.string())),
        ("former_domain", pa.string()),
        ("merged_into", pa.string()),
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
        ("email", pa.string()),
        ("phone", pa.string()),
        # The last day in this position; null while the person holds it.
        ("until", pa.date32()),
    ]
)


class Source(Protocol):
    """One snapshot of one source.

    A person missing from a company that is in the roster has ended there; of companies that are not in the
    roster, nothing is known. Columns that a source does not have are simply absent from its tables.
    What else a source may say of itself is in `Terms`.
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


@dataclass(frozen=True)
class Terms:
    """What a source says of all its rows, by attributes of these names; one that says nothing has the defaults."""

    # Under which licence, and on which lawful basis (of the GDPR, say) its facts are held.
    licence: str = ""
    lawful_basis: str = ""
    # A full roster: whoever is missing has left. False: single records, of which absence says nothing.
    is_complete: bool = True
    # One for the same content, so that a load which died can tell whether it was published.
    content: str = ""


def terms_of(source: Source) -> Terms:
    """`terms_of(source).is_complete`."""
    said = {name: getattr(source, name) for name in Terms.__dataclass_fields__ if hasattr(source, name)}
    return Terms(**said)


def unsure_of(source: Source) -> frozenset[str]:
    """Companies (their company_id) of whose people some could not be read: absence there says nothing either. A source
    that has some says so in `unsure`."""
    found: frozenset[str] = getattr(source, "unsure", frozenset())
    return found
